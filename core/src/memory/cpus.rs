//! How many CPUs the process may use.
//!
//! ```text
//! v2       cpu.max              "QUOTA PERIOD" or "max PERIOD", microseconds
//! v1       cpu.cfs_quota_us     microseconds, -1 for no quota
//!          cpu.cfs_period_us    microseconds
//! all      /proc/self/status    "Cpus_allowed_list: 0-3,8" (sched_setaffinity(2), cpusets)
//!          /sys/devices/system/cpu/online    "0-3"
//! ```
//!
//! A quota is CPU time: with 2.5 CPUs' worth on 64, threads run on all of them,
//! and wait for most of each period. So it is no whole number, and nothing that
//! counts CPUs (`nproc`, x264) knows of it.

use std::path::Path;

use super::cgroup::CgroupFiles;
use super::hierarchy::{Place, mounts};
use super::kernel_files::KernelFiles;
use super::mountinfo::{Level, Mount, levels};
use super::number::parse_u64;
use super::self_cgroup::{Membership, Version};

/// What limits the CPUs of the process.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Cpus {
    /// CPUs that it may run on.
    pub allowed: Option<u32>,
    /// The smallest quota of its cgroups, in CPUs.
    pub quota: Option<f64>,
}

impl Cpus {
    /// How many it may use: above zero, and not always whole.
    #[must_use]
    pub fn usable(self) -> Option<f64> {
        [self.allowed.map(f64::from), self.quota].into_iter().flatten().reduce(f64::min)
    }
}

/// Reads all of these.
pub fn measure(files: &mut impl KernelFiles, places: &[Place]) -> Cpus {
    let quota = mounts(places)
        .find_map(|(membership, mount)| smallest_quota(files, membership, mount))
        .filter(|quota| quota.is_finite());
    Cpus { allowed: allowed(files), quota }
}

/// Infinity where no level has a quota; `None` where none says anything. Each
/// counts: cgroup-v2.rst "CPU Interface Files", and scheduler/sched-bwc.rst
/// "Hierarchical considerations".
fn smallest_quota(
    files: &mut impl KernelFiles,
    membership: &Membership,
    mount: &Mount,
) -> Option<f64> {
    let files = &mut CgroupFiles::new(files);
    levels(mount, &membership.path)
        .iter()
        .filter_map(|Level { directory, .. }| match membership.version {
            Version::V2 => parse_max(&files.read(directory, "cpu.max")?),
            Version::V1 => {
                let quota = microseconds(&files.read(directory, "cpu.cfs_quota_us")?)?;
                share(quota, &files.read(directory, "cpu.cfs_period_us")?)
            }
        })
        .reduce(f64::min)
}

fn parse_max(file: &[u8]) -> Option<f64> {
    let mut words = file.trim_ascii().splitn(2, |byte| *byte == b' ');
    let quota = match words.next()? {
        b"max" => f64::INFINITY,
        quota => parse_u64(quota)? as f64,
    };
    share(quota, words.next()?)
}

/// Below zero there is no quota.
fn microseconds(file: &[u8]) -> Option<f64> {
    if file.trim_ascii().starts_with(b"-") {
        Some(f64::INFINITY)
    } else {
        parse_u64(file).map(|quota| quota as f64)
    }
}

fn share(quota: f64, period: &[u8]) -> Option<f64> {
    let period = parse_u64(period).filter(|period| *period > 0)?;
    (quota > 0.0).then_some(quota / period as f64)
}

/// CPUs that are online and that the process may run on. The mask alone holds
/// CPUs that could be added.
fn allowed(files: &mut impl KernelFiles) -> Option<u32> {
    let status = files.read(Path::new("/proc/self/status")).ok()?;
    let mask = status
        .split(|byte| *byte == b'\n')
        .find_map(|line| line.strip_prefix(b"Cpus_allowed_list:"))
        .and_then(parse_list)?;
    let online = files
        .read(Path::new("/sys/devices/system/cpu/online"))
        .ok()
        .and_then(|file| parse_list(&file))
        .unwrap_or_else(|| vec![(0, MOST)]);
    let common =
        |(a, b): &(u32, u32), (c, d): &(u32, u32)| (*b.min(d) + 1).saturating_sub(*a.max(c));
    let count = mask.iter().flat_map(|mine| online.iter().map(move |its| common(mine, its))).sum();
    (count > 0).then_some(count)
}

/// More than Linux can be built for.
const MOST: u32 = 1 << 16;

/// `0-3,8`: ranges, in order (`%*pbl`, core-api/printk-formats.rst).
fn parse_list(text: &[u8]) -> Option<Vec<(u32, u32)>> {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for range in text.trim_ascii().split(|byte| *byte == b',') {
        let mut ends = range.splitn(2, |byte| *byte == b'-').map(|end| {
            parse_u64(end).and_then(|end| u32::try_from(end).ok()).filter(|end| *end < MOST)
        });
        let first = ends.next()??;
        let last = ends.next().unwrap_or(Some(first))?;
        if last < first || ranges.last().is_some_and(|(_, before)| first <= *before) {
            return None;
        }
        ranges.push((first, last));
    }
    Some(ranges)
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "every figure here is exact")]
mod tests {
    use super::*;
    use crate::memory::hierarchy::{Controller, find};
    use crate::memory::kernel_files::{Capture, InMemory};

    const V1: [(&str, &str); 2] = [
        ("/proc/self/cgroup", "4:memory:/m\n3:cpu,cpuacct:/a/b\n0::/\n"),
        (
            "/proc/self/mountinfo",
            "1 1 0:1 / /mem rw - cgroup cgroup rw,memory\n\
             1 1 0:2 / /set rw - cgroup cgroup rw,cpuset\n\
             1 1 0:3 / /cg rw - cgroup cgroup rw,cpu,cpuacct\n",
        ),
    ];
    const V2: [(&str, &str); 2] = [
        ("/proc/self/cgroup", "0::/a/b\n"),
        ("/proc/self/mountinfo", "1 1 0:1 / /cg rw - cgroup2 cgroup2 rw\n"),
    ];

    fn measured(own: &[(&str, &str)], files: &[(&str, &str)]) -> Cpus {
        let mut machine = InMemory::default();
        for (path, content) in own.iter().chain(files) {
            machine.0.insert(path.into(), content.as_bytes().into());
        }
        let files = &mut Capture::new(machine);
        let [places] = find(files, &[Controller::Cpu]);
        let cpus = measure(files, &places);
        let mut read: Vec<_> = files.captured.iter().map(|file| &file.path).collect();
        read.sort();
        assert!(read.windows(2).all(|two| two[0] != two[1]), "a file was read twice");
        cpus
    }

    fn quota(own: &[(&str, &str)], files: &[(&str, &str)]) -> Option<f64> {
        measured(own, files).quota
    }

    #[test]
    fn rule_v2_quota_is_the_smallest_of_all_levels() {
        let own = ("/cg/a/b/cpu.max", "250000 100000\n");
        assert_eq!(quota(&V2, &[own]), Some(2.5));
        assert_eq!(quota(&V2, &[own, ("/cg/a/cpu.max", "100000 50000\n")]), Some(2.0));
        assert_eq!(quota(&V2, &[own, ("/cg/a/cpu.max", "400000 100000\n")]), Some(2.5));
        assert_eq!(quota(&V2, &[own, ("/cg/a/cpu.max", "max 100000\n")]), Some(2.5));
        let max = ("/cg/a/b/cpu.max", "max 100000\n");
        assert_eq!(quota(&V2, &[max, ("/cg/a/cpu.max", "50000 100000\n")]), Some(0.5));
        assert_eq!(quota(&V2, &[max]), None);
        assert_eq!(quota(&V2, &[]), None);
    }

    #[test]
    fn rule_v1_quota_is_the_smallest_of_all_levels_of_the_cpu_hierarchy() {
        let period = ("/cg/a/b/cpu.cfs_period_us", "100000\n");
        let own = [period, ("/cg/a/b/cpu.cfs_quota_us", "200000\n")];
        assert_eq!(quota(&V1, &own), Some(2.0));
        let parent = [
            own[0],
            own[1],
            ("/cg/a/cpu.cfs_period_us", "50000\n"),
            ("/cg/a/cpu.cfs_quota_us", "75000\n"),
        ];
        assert_eq!(quota(&V1, &parent), Some(1.5));
        assert_eq!(quota(&V1, &parent[..3]), Some(2.0));
        let none = ("/cg/a/b/cpu.cfs_quota_us", "-1\n");
        assert_eq!(quota(&V1, &[period, none]), None);
        assert_eq!(quota(&V1, &[period, none, parent[2], parent[3]]), Some(1.5));
    }

    #[test]
    fn rule_usual_mounts_are_asked_for_quotas_too() {
        let v2 = [("/sys/fs/cgroup/cpu.max", "150000 100000\n")];
        assert_eq!(quota(&[], &v2), Some(1.5));
        let v1 = [
            ("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "50000"),
            ("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000"),
        ];
        assert_eq!(quota(&[], &v1), Some(0.5));
    }

    #[test]
    fn rule_quota_that_makes_no_sense_is_none() {
        for bad in ["", "max", "100000", "0 100000", "100000 0", "x 100000", "-5 100000", "1 2 3"] {
            assert_eq!(quota(&V2, &[("/cg/a/b/cpu.max", bad)]), None, "{bad:?}");
        }
        let most = quota(&V2, &[("/cg/a/b/cpu.max", "99999999999999999999999 1")]);
        assert!(most.unwrap().is_finite());
    }

    #[test]
    fn rule_cpus_allowed_are_those_of_the_mask_that_are_online() {
        let allowed = |mask: &str, online: &str| {
            let status = format!("Name:\tnode\nCpus_allowed:\tff\nCpus_allowed_list:\t{mask}\n");
            let files =
                [("/proc/self/status", &*status), ("/sys/devices/system/cpu/online", online)];
            measured(&V2, &files).allowed
        };
        assert_eq!(allowed("0-7", "0-3\n"), Some(4));
        assert_eq!(allowed("1,3,5-6", "0-63\n"), Some(4));
        assert_eq!(allowed("0-1023", "0-2,4,8-11\n"), Some(8));
        assert_eq!(allowed("2", ""), Some(1));
        assert_eq!(allowed("4-7", "0-3\n"), None);
        for bad in ["", "x", "3-1", "1,1", "0-", "5,2", "0-99999999999", "-1"] {
            assert_eq!(allowed(bad, "0-3\n"), None, "{bad:?}");
        }
        assert_eq!(measured(&V2, &[]).allowed, None);
    }

    #[test]
    fn rule_usable_cpus_are_the_smaller_of_both() {
        let usable = |allowed, quota| Cpus { allowed, quota }.usable();
        assert_eq!(usable(Some(64), Some(2.0)), Some(2.0));
        assert_eq!(usable(Some(2), Some(2.5)), Some(2.0));
        assert_eq!(usable(Some(2), None), Some(2.0));
        assert_eq!(usable(None, Some(0.5)), Some(0.5));
        assert_eq!(usable(None, None), None);
    }
}
