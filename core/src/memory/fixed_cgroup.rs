//! The memory limit at the two paths that Remotion looks at: the root of a
//! cgroup v2 mount, then of a v1 memory controller. Inside a container with a
//! cgroup namespace that is the container's own limit.
//!
//! ```text
//! /sys/fs/cgroup/memory.max                    "max" or bytes        (v2)
//! /sys/fs/cgroup/memory.current                bytes                 (v2)
//! /sys/fs/cgroup/memory/memory.limit_in_bytes  bytes                 (v1)
//! /sys/fs/cgroup/memory/memory.usage_in_bytes  bytes                 (v1)
//! ```

use std::path::Path;

use super::js_number::{is_js_space, parse_int};
use super::kernel_files::KernelFiles;

/// Above this a limit means "none". The kernel's v1 answer without a limit is
/// `PAGE_COUNTER_MAX` pages, 9223372036854771712 bytes with 4 KiB pages, and
/// other page sizes give other figures just below 2^63.
pub const UNLIMITED_ABOVE: f64 = 1_152_921_504_606_846_976.0; // 2^60

/// Bytes left below the limit: never negative, infinity where no limit is set.
/// `None` where neither version gives both a limit and a usage.
pub fn available(files: &mut impl KernelFiles) -> Option<f64> {
    let mut level = |limit: &str, usage: &str| {
        let limit = read_limit(files, limit)?;
        let usage = read_bytes(files, usage)?;
        Some((limit - usage).max(0.0))
    };
    level("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current").or_else(|| {
        level(
            "/sys/fs/cgroup/memory/memory.limit_in_bytes",
            "/sys/fs/cgroup/memory/memory.usage_in_bytes",
        )
    })
}

fn read_limit(files: &mut impl KernelFiles, path: &str) -> Option<f64> {
    let bytes = files.read(Path::new(path)).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    if text.trim_matches(is_js_space) == "max" {
        return Some(f64::INFINITY);
    }
    parse_int(&text).map(|limit| if limit > UNLIMITED_ABOVE { f64::INFINITY } else { limit })
}

fn read_bytes(files: &mut impl KernelFiles, path: &str) -> Option<f64> {
    let bytes = files.read(Path::new(path)).ok()?;
    parse_int(&String::from_utf8_lossy(&bytes)).filter(|usage| usage.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::kernel_files::InMemory;

    fn available_in(files: &[(&str, &str)]) -> Option<f64> {
        let mut machine = InMemory::default();
        for (name, content) in files {
            let path = Path::new("/sys/fs/cgroup").join(name);
            machine.0.insert(path, content.as_bytes().to_vec());
        }
        available(&mut machine)
    }

    #[test]
    fn v2_limit_less_usage() {
        let files = [("memory.max", "1000\n"), ("memory.current", "400\n")];
        assert_eq!(available_in(&files), Some(600.0));
    }

    #[test]
    fn usage_above_the_limit_leaves_nothing() {
        let files = [("memory.max", "1000\n"), ("memory.current", "1400\n")];
        assert_eq!(available_in(&files), Some(0.0));
    }

    #[test]
    fn max_and_the_v1_sentinel_are_no_limit() {
        let v2 = [("memory.max", "max\n"), ("memory.current", "400\n")];
        assert_eq!(available_in(&v2), Some(f64::INFINITY));
        let v1 = [
            ("memory/memory.limit_in_bytes", "9223372036854771712\n"),
            ("memory/memory.usage_in_bytes", "400\n"),
        ];
        assert_eq!(available_in(&v1), Some(f64::INFINITY));
    }

    #[test]
    fn v1_answers_where_v2_cannot() {
        let v1 =
            [("memory/memory.limit_in_bytes", "5000"), ("memory/memory.usage_in_bytes", "1000")];
        for v2 in [("memory.max", ""), ("memory.max", "garbage"), ("memory.max", "9")] {
            assert_eq!(available_in(&[v2, v1[0], v1[1]]), Some(4000.0), "{v2:?}");
        }
        assert_eq!(available_in(&[("memory.max", "max")]), None);
        assert_eq!(available_in(&[]), None);
    }
}
