#[cfg(target_os = "linux")]
use std::cell::RefCell;

use napi::bindgen_prelude::Result;
use napi_derive::napi;

use remotion_headroom_core::memory::drop_in;
use remotion_headroom_core::memory::environment::Variables;
use remotion_headroom_core::memory::flat::{self, FlatReport};
use remotion_headroom_core::memory::host::{self, HostMemory};
#[cfg(target_os = "linux")]
use remotion_headroom_core::memory::kept::Kept;
use remotion_headroom_core::memory::kernel_files::{Capture, Captured, Directory, KernelFiles};
use remotion_headroom_core::memory::report;
use remotion_headroom_core::memory::{fixed_cgroup, lambda, size};

/// Stands for a figure that nothing tells, so that an object has one shape.
#[napi]
pub const NO_FIGURE: f64 = flat::NO_FIGURE;

#[napi]
#[allow(clippy::cast_possible_truncation, reason = "a handful")]
pub const FIGURES_PER_LEVEL: u32 = flat::FIGURES_PER_LEVEL as u32;

/// One reading of every source, in bytes, or [`NO_FIGURE`].
#[napi(object)]
pub struct MemoryReading {
    pub available: f64,
    pub cgroup: f64,
    pub host_free: f64,
    pub proc_meminfo: f64,
    pub limit_exceeds_host: bool,
    /// Why meminfo is there and says nothing.
    pub problem: Option<String>,
}

#[cfg(target_os = "linux")]
thread_local! {
    static KEPT: RefCell<Kept> = RefCell::new(Kept::default());
}

/// One measurement of the machine, by files that may be open from the last one.
#[cfg(target_os = "linux")]
pub(super) fn on_this_machine<T>(measure: impl FnOnce(&mut Kept) -> T) -> T {
    KEPT.with_borrow_mut(|kept| measure(kept.begin()))
}

#[cfg(not(target_os = "linux"))]
pub(super) fn on_this_machine<T>(measure: impl FnOnce(&mut Directory) -> T) -> T {
    measure(&mut Directory::new("/"))
}

/// What the system says without files.
pub(super) fn system() -> Option<HostMemory> {
    let host = host::from_system()?;
    Some(match host_available() {
        Some(available) => HostMemory { available: available.min(host.total), ..host },
        None => host,
    })
}

/// What the system says where it tells more than free memory.
#[cfg(target_os = "macos")]
fn host_available() -> Option<u64> {
    remotion_headroom_core::memory::macos::available(super::raw::sysctl::number)
}

#[cfg(not(target_os = "macos"))]
fn host_available() -> Option<u64> {
    None
}

#[napi(catch_unwind)]
pub fn read_memory(lambda_memory_size: Option<String>, host_free: Option<f64>) -> MemoryReading {
    let lambda = lambda_memory_size.as_deref();
    let host_free = host_available().map(|bytes| bytes as f64).or(host_free);
    let reading =
        on_this_machine(|files| drop_in::read(files, lambda, host_free, host::from_system));
    MemoryReading {
        available: reading.available(),
        cgroup: reading.cgroup.unwrap_or(NO_FIGURE),
        host_free: reading.host_free,
        proc_meminfo: reading.proc_meminfo.ok().flatten().unwrap_or(NO_FIGURE),
        limit_exceeds_host: reading.limit_exceeds_host(),
        problem: reading.proc_meminfo.err().map(|error| error.to_string()),
    }
}

#[napi(catch_unwind)]
pub fn read_cgroup_available() -> Option<f64> {
    on_this_machine(fixed_cgroup::available)
}

/// `MemAvailable` in bytes; an error where the file is there and unusable.
#[napi(catch_unwind)]
pub fn read_proc_meminfo() -> Result<Option<f64>> {
    on_this_machine(drop_in::read_proc_meminfo)
        .map_err(|error| napi::Error::from_reason(error.to_string()))
}

#[napi(catch_unwind)]
pub fn parse_lambda_memory(value: String) -> Option<f64> {
    lambda::max_memory(&value)
}

/// Bytes of a size as people write it; `None` where it is none.
#[napi(catch_unwind)]
pub fn parse_size(text: String) -> Option<f64> {
    size::parse(&text).ok().map(|bytes| bytes as f64)
}

/// What is wrong with a size, to go behind it in a sentence.
#[napi(catch_unwind)]
pub fn why_no_size(text: String) -> Option<String> {
    size::parse(&text).err().map(|problem| problem.to_string())
}

/// A [`FlatReport`], and the files that it was made from.
#[napi(object, object_from_js = false)]
pub struct Measured {
    pub available: f64,
    pub total: f64,
    pub limited_by: &'static str,
    pub environment: &'static str,
    pub runtime: Option<&'static str>,
    pub host_total: f64,
    pub host_available: f64,
    pub cgroup_version: u32,
    pub level_paths: Vec<String>,
    pub level_figures: Vec<f64>,
    pub tightest_level: f64,
    pub oom_kills: f64,
    pub pressure_some: f64,
    pub pressure_full: f64,
    pub pressure_of_cgroup: bool,
    pub lambda: f64,
    pub limit_override: f64,
    pub override_ignored: bool,
    pub cpus: f64,
    pub cpus_counted: bool,
    pub captured: Option<Vec<CapturedFile>>,
}

#[napi(object, object_from_js = false)]
pub struct CapturedFile {
    pub path: String,
    /// In base64.
    pub content: Option<String>,
    pub error: Option<String>,
}

/// Measures from the files below `root`: `/` on the machine itself.
#[napi(catch_unwind)]
pub fn measure_memory(
    root: String,
    capture: bool,
    lambda_memory_size: Option<String>,
    limit_override: Option<String>,
    kubernetes_service_host: Option<String>,
    container: Option<String>,
) -> Measured {
    let variables =
        Variables { lambda_memory_size, limit_override, kubernetes_service_host, container };
    let (report, captured) = if root == "/" {
        on_this_machine(|files| measure_from(files, capture, &variables))
    } else {
        measure_from(&mut Directory::new(root), capture, &variables)
    };
    measured(report, captured.map(|files| files.into_iter().map(captured_file).collect()))
}

fn measure_from(
    files: &mut impl KernelFiles,
    capture: bool,
    variables: &Variables,
) -> (FlatReport, Option<Vec<Captured>>) {
    if !capture {
        return (report::measure(files, variables, system).into(), None);
    }
    let mut files = Capture::new(files);
    let report = report::measure(&mut files, variables, system);
    (report.into(), Some(files.captured))
}

fn measured(report: FlatReport, captured: Option<Vec<CapturedFile>>) -> Measured {
    let FlatReport {
        available,
        total,
        limited_by,
        environment,
        runtime,
        host_total,
        host_available,
        cgroup_version,
        level_paths,
        level_figures,
        tightest_level,
        oom_kills,
        pressure_some,
        pressure_full,
        pressure_of_cgroup,
        lambda,
        limit_override,
        override_ignored,
        cpus,
        cpus_counted,
    } = report;
    Measured {
        available,
        total,
        limited_by,
        environment,
        runtime,
        host_total,
        host_available,
        cgroup_version,
        level_paths,
        level_figures,
        tightest_level,
        oom_kills,
        pressure_some,
        pressure_full,
        pressure_of_cgroup,
        lambda,
        limit_override,
        override_ignored,
        cpus,
        cpus_counted,
        captured,
    }
}

fn captured_file(file: Captured) -> CapturedFile {
    let path = file.path.to_string_lossy().into_owned();
    let (content, error) = match file.content {
        Ok(content) => (Some(content), None),
        Err(error) => (None, Some(error)),
    };
    CapturedFile { path, content, error }
}
