//! The rule behind `getAvailableMemory`, as `@remotion/renderer` has it, less
//! its defects: see "Deliberate differences" in the README.

use std::borrow::Cow;
use std::path::Path;

use super::host::HostMemory;
use super::kernel_files::KernelFiles;
use super::meminfo::{self, MeminfoError, libuv_free_memory, mem_available};
use super::{fixed_cgroup, lambda};

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
/// the caller has it; without it the kernel is asked, the way Node does:
/// meminfo first, then `system`.
pub fn read(
    files: &mut impl KernelFiles,
    lambda_memory_size: Option<&str>,
    host_free: Option<f64>,
    system: impl FnOnce() -> Option<HostMemory>,
) -> Reading {
    let meminfo = read_meminfo(files);
    Reading {
        lambda: lambda_memory_size.and_then(lambda::max_memory),
        cgroup: fixed_cgroup::available(files),
        host_free: host_free.unwrap_or_else(|| {
            meminfo
                .as_ref()
                .ok()
                .and_then(|bytes| libuv_free_memory(bytes.as_deref()?))
                .unwrap_or_else(|| system().map_or(0.0, |host| host.available as f64))
        }),
        proc_meminfo: meminfo.and_then(|bytes| bytes.as_deref().map(mem_available).transpose()),
    }
}

/// `MemAvailable` alone; `Ok(None)` where the system has no meminfo.
///
/// # Errors
/// [`MeminfoError`], where the file is there and says nothing usable.
pub fn read_proc_meminfo(files: &mut impl KernelFiles) -> Result<Option<f64>, MeminfoError> {
    read_meminfo(files)?.as_deref().map(mem_available).transpose()
}

fn read_meminfo(files: &mut impl KernelFiles) -> Result<Option<Vec<u8>>, MeminfoError> {
    let path = Path::new(meminfo::PATH);
    let bytes = files.read(path).map(Cow::into_owned);
    match bytes {
        Ok(bytes) => Ok(Some(bytes)),
        Err(_) if files.exists(path) => Err(MeminfoError::Unreadable),
        Err(_) => Ok(None),
    }
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
    use crate::memory::kernel_files::{Directory, InMemory};
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
        let files = &mut InMemory::default();
        let expected = Reading { host_free: 42.0, ..reading() };
        assert_eq!(read(files, None, Some(42.0), || None), expected);
        let system = || Some(HostMemory { total: 50, available: 42 });
        assert_eq!(read(files, None, None, system), expected);
    }

    #[test]
    fn meminfo_is_told_apart_missing_and_broken() {
        let dir = tempfile::tempdir().unwrap();
        let mut files = Directory::new(dir.path());
        fs::create_dir(dir.path().join("proc")).unwrap();
        let meminfo = dir.path().join("proc/meminfo");
        assert_eq!(read_proc_meminfo(&mut files), Ok(None));
        fs::write(&meminfo, "MemAvailable: 4 kB\n").unwrap();
        assert_eq!(read_proc_meminfo(&mut files), Ok(Some(4096.0)));
        fs::remove_file(&meminfo).unwrap();
        fs::create_dir(&meminfo).unwrap();
        assert_eq!(read_proc_meminfo(&mut files), Err(MeminfoError::Unreadable));
    }
}
