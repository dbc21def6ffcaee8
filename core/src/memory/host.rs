//! The machine's own memory.

use std::path::Path;

use super::kernel_files::KernelFiles;
use super::meminfo::{self, field};

/// What the machine has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HostMemory {
    /// Bytes of RAM.
    pub total: u64,
    /// Bytes that new work can take without swapping.
    pub available: u64,
}

/// Reads `/proc/meminfo`; where that does not say, asks `system`.
pub fn measure(
    files: &mut impl KernelFiles,
    system: impl FnOnce() -> Option<HostMemory>,
) -> Option<HostMemory> {
    let meminfo = files.read(Path::new(meminfo::PATH)).unwrap_or_default();
    let total = field(&meminfo, "MemTotal:").filter(|total| *total > 0);
    // Linux before 3.14 has no MemAvailable; its free memory is a floor.
    let available = field(&meminfo, "MemAvailable:").or_else(|| field(&meminfo, "MemFree:"));
    if let (Some(total), Some(available)) = (total, available) {
        return Some(HostMemory { total, available: available.min(total) });
    }
    system().map(|system| {
        let total = total.unwrap_or(system.total);
        HostMemory { total, available: available.unwrap_or(system.available).min(total) }
    })
}

/// `sysinfo(2)`, as libuv asks it where meminfo is missing.
#[cfg(target_os = "linux")]
#[must_use]
pub fn from_system() -> Option<HostMemory> {
    let info = rustix::system::sysinfo();
    #[allow(clippy::useless_conversion, reason = "unsigned long has 32 bits on some targets")]
    let bytes = |units| u64::from(units).saturating_mul(u64::from(info.mem_unit));
    Some(HostMemory { total: bytes(info.totalram), available: bytes(info.freeram) })
}

/// What Windows says; of macOS, free memory alone: see [`super::macos`].
#[cfg(any(windows, target_os = "macos"))]
#[must_use]
pub fn from_system() -> Option<HostMemory> {
    let mut system = sysinfo::System::new();
    system.refresh_memory();
    let total = system.total_memory();
    let available =
        if cfg!(target_os = "macos") { system.free_memory() } else { system.available_memory() };
    (total > 0).then(|| HostMemory { total, available: available.min(total) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::kernel_files::InMemory;

    fn measured(meminfo: &str) -> Option<HostMemory> {
        let mut files = InMemory::default();
        files.0.insert("/proc/meminfo".into(), meminfo.into());
        measure(&mut files, || Some(HostMemory { total: 100, available: 7 }))
    }

    #[test]
    fn rule_host_is_mem_available() {
        let host = measured("MemTotal:  8 kB\nMemFree:  2 kB\nMemAvailable:   5 kB\n");
        assert_eq!(host, Some(HostMemory { total: 8192, available: 5120 }));
    }

    #[test]
    fn rule_host_before_linux_3_14_is_mem_free() {
        let host = measured("MemTotal:  8 kB\nMemFree:  2 kB\n");
        assert_eq!(host, Some(HostMemory { total: 8192, available: 2048 }));
    }

    #[test]
    fn rule_host_without_meminfo_asks_the_system() {
        for meminfo in ["", "MemTotal: x kB\nMemAvailable: -3 kB\n", "MemTotal: 0 kB\n"] {
            assert_eq!(measured(meminfo), Some(HostMemory { total: 100, available: 7 }));
        }
        assert_eq!(measure(&mut InMemory::default(), || None), None);
    }

    #[test]
    fn more_available_than_there_is_is_cut() {
        let host = measured("MemTotal: 8 kB\nMemAvailable: 99999999999999999999999 kB\n");
        assert_eq!(host, Some(HostMemory { total: 8192, available: 8192 }));
    }

    #[test]
    fn the_running_system_answers() {
        let host = from_system().unwrap();
        assert!(host.total > 0 && host.available <= host.total);
    }
}
