#[cfg(target_os = "linux")]
use std::cell::RefCell;

use napi::bindgen_prelude::Result;
use napi_derive::napi;

use remotion_headroom_core::memory::cgroup::{Cgroup, CgroupLevel};
use remotion_headroom_core::memory::drop_in;
use remotion_headroom_core::memory::environment::{Runtime, Variables};
use remotion_headroom_core::memory::host::{self, HostMemory};
#[cfg(target_os = "linux")]
use remotion_headroom_core::memory::kept::Kept;
use remotion_headroom_core::memory::kernel_files::{Capture, Captured, Directory, KernelFiles};
use remotion_headroom_core::memory::report::{self, MemoryReport};
use remotion_headroom_core::memory::self_cgroup::Version;
use remotion_headroom_core::memory::{fixed_cgroup, lambda};

/// One reading of every source, in bytes. `-1` stands for a source without an
/// answer, so that the object has one shape.
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
fn on_this_machine<T>(measure: impl FnOnce(&mut Kept) -> T) -> T {
    KEPT.with_borrow_mut(|kept| measure(kept.begin()))
}

#[cfg(not(target_os = "linux"))]
fn on_this_machine<T>(measure: impl FnOnce(&mut Directory) -> T) -> T {
    measure(&mut Directory::new("/"))
}

/// What the system says without files.
fn system() -> Option<HostMemory> {
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
        cgroup: reading.cgroup.unwrap_or(-1.0),
        host_free: reading.host_free,
        proc_meminfo: reading.proc_meminfo.ok().flatten().unwrap_or(-1.0),
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

/// A report with every figure at the top level, which is far cheaper to hand
/// over than nested objects: `lib/measure.js` gives it its shape. `None` of a
/// number is `-1`.
#[napi(object, object_from_js = false)]
pub struct Measured {
    pub available: f64,
    pub total: f64,
    pub limited_by: &'static str,
    pub environment: &'static str,
    pub runtime: Option<&'static str>,
    pub host_total: f64,
    pub host_available: f64,
    /// 0 where the process has no cgroup.
    pub cgroup_version: u32,
    /// `path` and `directory` of each level, in turn.
    pub level_paths: Vec<String>,
    /// The six figures of each level, in the order of [`level_figures`].
    pub level_figures: Vec<f64>,
    pub oom_kills: f64,
    pub pressure_some: f64,
    pub pressure_full: f64,
    pub pressure_of_cgroup: bool,
    pub lambda: f64,
    pub limit_override: f64,
    pub override_ignored: bool,
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
) -> (MemoryReport, Option<Vec<Captured>>) {
    if !capture {
        return (report::measure(files, variables, system), None);
    }
    let mut files = Capture::new(files);
    let report = report::measure(&mut files, variables, system);
    (report, Some(files.captured))
}

fn measured(report: MemoryReport, captured: Option<Vec<CapturedFile>>) -> Measured {
    let cgroup = report.cgroup.as_ref();
    let levels = cgroup.map_or(&[][..], |cgroup| &cgroup.levels);
    Measured {
        available: report.available as f64,
        total: report.total as f64,
        limited_by: report.limited_by.name(),
        environment: report.environment.name(),
        runtime: report.runtime.map(Runtime::name),
        host_total: report.host.total as f64,
        host_available: report.host.available as f64,
        cgroup_version: match cgroup.map(|cgroup| cgroup.version) {
            None => 0,
            Some(Version::V1) => 1,
            Some(Version::V2) => 2,
        },
        level_paths: levels
            .iter()
            .flat_map(|level| [level.path.clone(), level.directory.to_string_lossy().into_owned()])
            .collect(),
        level_figures: levels.iter().flat_map(level_figures).collect(),
        oom_kills: number(cgroup.and_then(|cgroup: &Cgroup| cgroup.oom_kills)),
        pressure_some: report.pressure.map_or(-1.0, |pressure| pressure.some),
        pressure_full: report.pressure.map_or(-1.0, |pressure| pressure.full),
        pressure_of_cgroup: report.pressure_of_cgroup,
        lambda: number(report.lambda),
        limit_override: number(report.limit_override),
        override_ignored: report.override_ignored,
        captured,
    }
}

fn level_figures(level: &CgroupLevel) -> [f64; 6] {
    [
        number(level.limit),
        number(level.hierarchical_limit),
        number(level.high),
        number(level.usage),
        number(level.reclaimable),
        number(level.headroom),
    ]
}

fn number(bytes: Option<u64>) -> f64 {
    bytes.map_or(-1.0, |bytes| bytes as f64)
}

fn captured_file(file: Captured) -> CapturedFile {
    let path = file.path.to_string_lossy().into_owned();
    let (content, error) = match file.content {
        Ok(content) => (Some(content), None),
        Err(error) => (None, Some(error)),
    };
    CapturedFile { path, content, error }
}
