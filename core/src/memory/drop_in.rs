//! The rule behind `getAvailableMemory`, as `@remotion/renderer` has it, less
//! its defects: see "Deliberate differences" in the README.

use std::path::Path;

use super::meminfo::{MeminfoError, libuv_free_memory, mem_available};
use super::{fixed_cgroup, kernel_file, lambda};

/// Where the files are.
#[derive(Debug, Clone, Copy)]
pub struct Roots<'a> {
    /// `/proc` on a real machine.
    pub proc: &'a Path,
    /// `/sys/fs/cgroup` on a real machine.
    pub cgroup: &'a Path,
}

impl Default for Roots<'static> {
    fn default() -> Self {
        Self { proc: Path::new("/proc"), cgroup: Path::new("/sys/fs/cgroup") }
    }
}

/// Everything one call read. All figures in bytes.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// Memory of the Lambda function.
    pub lambda: Option<f64>,
    /// Left below the cgroup's limit; infinity where it has none.
    pub cgroup: Option<f64>,
    /// What Node's `os.freemem()` says.
    pub host_free: f64,
    /// `MemAvailable`; `Ok(None)` where the system has no meminfo.
    pub proc_meminfo: Result<Option<f64>, MeminfoError>,
}

/// Reads each source once. `host_free` is the answer of `os.freemem()` where
/// the caller has it; without it the kernel is asked, the way Node does.
#[must_use]
pub fn read(roots: Roots<'_>, lambda_memory_size: Option<&str>, host_free: Option<f64>) -> Reading {
    let meminfo = read_meminfo(roots.proc);
    Reading {
        lambda: lambda_memory_size.and_then(lambda::max_memory),
        cgroup: fixed_cgroup::available(roots.cgroup),
        host_free: host_free.unwrap_or_else(|| {
            meminfo
                .as_ref()
                .ok()
                .and_then(|bytes| libuv_free_memory(bytes.as_deref()?))
                .unwrap_or_else(free_ram)
        }),
        proc_meminfo: meminfo.and_then(|bytes| {
            bytes.map(|bytes| mem_available(&String::from_utf8_lossy(&bytes))).transpose()
        }),
    }
}

/// `MemAvailable` alone; `Ok(None)` where the system has no meminfo.
///
/// # Errors
/// [`MeminfoError`], where the file is there and says nothing usable.
pub fn read_proc_meminfo(proc: &Path) -> Result<Option<f64>, MeminfoError> {
    read_meminfo(proc)?.map(|bytes| mem_available(&String::from_utf8_lossy(&bytes))).transpose()
}

fn read_meminfo(proc: &Path) -> Result<Option<Vec<u8>>, MeminfoError> {
    let path = proc.join("meminfo");
    match kernel_file::read(&path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(_) if path.exists() => Err(MeminfoError::Unreadable),
        Err(_) => Ok(None),
    }
}

/// Free RAM by `sysinfo(2)`: what libuv asks where meminfo does not say.
#[cfg(target_os = "linux")]
fn free_ram() -> f64 {
    let info = rustix::system::sysinfo();
    #[allow(clippy::useless_conversion, reason = "unsigned long has 32 bits on some targets")]
    let free = u64::from(info.freeram);
    free.saturating_mul(u64::from(info.mem_unit)) as f64
}

#[cfg(not(target_os = "linux"))]
fn free_ram() -> f64 {
    0.0
}

impl Reading {
    /// Bytes that can still be used: the smallest of the sources that apply.
    #[must_use]
    pub fn available(&self) -> f64 {
        let meminfo = match (self.lambda, self.cgroup) {
            // As upstream: meminfo counts only where nothing else speaks.
            (None, None) => self.proc_meminfo.ok().flatten(),
            _ => None,
        };
        [self.lambda, self.cgroup, meminfo]
            .into_iter()
            .flatten()
            .fold(self.host_free, f64::min)
            .max(0.0)
    }

    /// Whether a cgroup limit allows clearly more than the machine has: a
    /// mistaken `docker run --memory`.
    #[must_use]
    pub fn limit_exceeds_host(&self) -> bool {
        self.lambda.is_none()
            && self.cgroup.is_some_and(|left| left.is_finite() && left > self.host_free * 1.25)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn reading() -> Reading {
        Reading { lambda: None, cgroup: None, host_free: 1000.0, proc_meminfo: Ok(None) }
    }

    #[test]
    fn the_smallest_source_wins() {
        assert_eq!(reading().available(), 1000.0);
        let cgroup = Reading { cgroup: Some(600.0), ..reading() };
        assert_eq!(cgroup.available(), 600.0);
        let both = Reading { lambda: Some(700.0), cgroup: Some(600.0), ..reading() };
        assert_eq!(both.available(), 600.0);
        let lambda = Reading { lambda: Some(700.0), cgroup: Some(900.0), ..reading() };
        assert_eq!(lambda.available(), 700.0);
    }

    #[test]
    fn meminfo_counts_only_alone() {
        let alone = Reading { proc_meminfo: Ok(Some(5.0)), ..reading() };
        assert_eq!(alone.available(), 5.0);
        let beside = Reading { cgroup: Some(f64::INFINITY), ..alone };
        assert_eq!(beside.available(), 1000.0);
    }

    #[test]
    fn only_a_finite_limit_can_exceed_the_host() {
        let at = |cgroup| Reading { cgroup, ..reading() }.limit_exceeds_host();
        assert!(!at(None));
        assert!(!at(Some(1250.0)));
        assert!(at(Some(1251.0)));
        assert!(!at(Some(f64::INFINITY)));
    }

    #[test]
    fn a_machine_without_files_still_has_an_answer() {
        let dir = tempfile::tempdir().unwrap();
        let roots = Roots { proc: dir.path(), cgroup: dir.path() };
        let reading = read(roots, None, Some(42.0));
        assert_eq!(reading, Reading { host_free: 42.0, ..super::tests::reading() });
    }

    #[test]
    fn meminfo_is_told_apart_missing_and_broken() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(read_proc_meminfo(dir.path()), Ok(None));
        fs::write(dir.path().join("meminfo"), "MemAvailable: 4 kB\n").unwrap();
        assert_eq!(read_proc_meminfo(dir.path()), Ok(Some(4096.0)));
        fs::remove_file(dir.path().join("meminfo")).unwrap();
        fs::create_dir(dir.path().join("meminfo")).unwrap();
        assert_eq!(read_proc_meminfo(dir.path()), Err(MeminfoError::Unreadable));
    }
}
