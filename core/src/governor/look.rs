//! A look at a machine.

use super::view::Look;
use crate::memory::cgroup::Cgroup;
use crate::memory::environment::{Environment, Variables};
use crate::memory::host::HostMemory;
use crate::memory::kernel_files::KernelFiles;
use crate::memory::memory_stat::flat_keyed;
use crate::memory::number::parse_u64;
use crate::memory::report::{self, LimitedBy};
use crate::memory::self_cgroup::Version;

/// Takes a look, `at` milliseconds of a clock. `system` answers for the machine
/// where `/proc/meminfo` doesn't.
pub fn take(
    files: &mut impl KernelFiles,
    variables: &Variables,
    at: u64,
    system: impl FnOnce() -> Option<HostMemory>,
) -> Look {
    let report = report::measure_memory(files, variables, system);
    Look {
        at,
        available: report.available,
        limit: report.total,
        // A function's machine is its own.
        contained: report.limited_by != LimitedBy::Host
            || report.environment == Environment::Lambda,
        limit_hits: report.cgroup.as_ref().map_or(0, |cgroup| limit_hits(files, cgroup)),
        oom_kills: report.cgroup.and_then(|cgroup| cgroup.oom_kills).unwrap_or(0),
    }
}

/// The most that the kernel has ever counted, page cache included, in the cgroup
/// that leaves least: of v2 `memory.peak` (cgroup-v2.rst: "The max memory usage
/// recorded for the cgroup and its descendants since either the creation of the
/// cgroup or the most recent reset", from Linux 5.19), of v1
/// `memory.max_usage_in_bytes`.
pub fn high_water(
    files: &mut impl KernelFiles,
    variables: &Variables,
    system: impl FnOnce() -> Option<HostMemory>,
) -> Option<u64> {
    let cgroup = report::measure_memory(files, variables, system).cgroup?;
    let level = cgroup.tightest().or_else(|| cgroup.levels.first())?;
    let name = match cgroup.version {
        Version::V1 => "memory.max_usage_in_bytes",
        Version::V2 => "memory.peak",
    };
    parse_u64(&files.read(&level.directory.join(name)).ok()?)
}

/// How often a limit was hit at any level. v1: `memory.failcnt`
/// (cgroup-v1/memory.rst: "the number of times that a usage counter hit its
/// limit"). v2: `max` of `memory.events` ("was about to go over the max
/// boundary"), which counts those of cgroups below, too: the largest counts.
pub(crate) fn limit_hits(files: &mut impl KernelFiles, cgroup: &Cgroup) -> u64 {
    let limited = cgroup.levels.iter().filter(|level| level.headroom.is_some());
    let mut hits = 0;
    for level in limited {
        let found = match cgroup.version {
            Version::V1 => files
                .read(&level.directory.join("memory.failcnt"))
                .ok()
                .and_then(|file| parse_u64(&file)),
            Version::V2 => files
                .read(&level.directory.join("memory.events"))
                .ok()
                .and_then(|file| flat_keyed(&file, "max")),
        };
        let found = found.unwrap_or(0);
        hits = match cgroup.version {
            Version::V1 => found.saturating_add(hits),
            Version::V2 => found.max(hits),
        };
    }
    hits
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::kernel_files::InMemory;

    fn machine(files: &[(&str, &str)]) -> InMemory {
        let mut machine = InMemory::default();
        let host = [("/proc/meminfo", "MemTotal: 4000000 kB\nMemAvailable: 2000000 kB\n")];
        for (path, content) in host.iter().chain(files) {
            machine.0.insert(path.into(), content.as_bytes().into());
        }
        machine
    }

    fn look(files: &[(&str, &str)]) -> Look {
        take(&mut machine(files), &Variables::default(), 7, || None)
    }

    #[test]
    fn hits_of_v1_are_summed_over_its_levels() {
        let seen = look(&[
            ("/proc/self/cgroup", "4:memory:/a/b\n"),
            ("/proc/self/mountinfo", "1 1 0:1 / /cg rw - cgroup cgroup rw,memory\n"),
            ("/cg/a/b/memory.limit_in_bytes", "1000000\n"),
            ("/cg/a/b/memory.usage_in_bytes", "400000\n"),
            ("/cg/a/b/memory.failcnt", "3\n"),
            ("/cg/a/b/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n"),
            ("/cg/a/memory.limit_in_bytes", "2000000\n"),
            ("/cg/a/memory.usage_in_bytes", "500000\n"),
            ("/cg/a/memory.failcnt", "4\n"),
        ]);
        let expected = Look {
            at: 7,
            available: 600_000,
            limit: 1_000_000,
            contained: true,
            limit_hits: 7,
            oom_kills: 2,
        };
        assert_eq!(seen, expected);
    }

    #[test]
    fn what_has_to_be_written_first_or_is_in_use_is_no_headroom() {
        // The root of 16 * 976,562 KiB is 3,952; a quarter more.
        const RESERVE: u64 = 3952 * 1024 / 4 * 5;
        let left = |stat: &str| {
            look(&[
                ("/proc/self/cgroup", "0::/a\n"),
                ("/proc/self/mountinfo", "1 1 0:1 / /cg rw - cgroup2 cgroup2 rw\n"),
                ("/cg/a/memory.max", "1000000000\n"),
                ("/cg/a/memory.current", "900000000\n"),
                ("/cg/a/memory.stat", stat),
            ])
            .available
        };
        assert_eq!(left(""), 100_000_000);
        let clean = "inactive_file 300000000\nactive_file 300000000\n";
        assert_eq!(left(clean), 700_000_000 - RESERVE);
        for busy in ["file_dirty", "file_writeback", "file_mapped"] {
            assert_eq!(left(&format!("{clean}{busy} 600000000\n")), 100_000_000, "{busy}");
        }
    }

    #[test]
    fn hits_of_v2_count_at_every_level_above_already() {
        let seen = look(&[
            ("/proc/self/cgroup", "0::/a/b\n"),
            ("/proc/self/mountinfo", "1 1 0:1 / /cg rw - cgroup2 cgroup2 rw\n"),
            ("/cg/a/b/memory.max", "1000000\n"),
            ("/cg/a/b/memory.current", "400000\n"),
            ("/cg/a/b/memory.events", "low 0\nhigh 0\nmax 3\noom 1\noom_kill 1\n"),
            ("/cg/a/memory.max", "2000000\n"),
            ("/cg/a/memory.current", "500000\n"),
            ("/cg/a/memory.events", "low 0\nhigh 0\nmax 5\noom 1\noom_kill 1\n"),
        ]);
        assert_eq!((seen.limit_hits, seen.oom_kills, seen.contained), (5, 1, true));
    }

    #[test]
    fn the_high_water_mark_is_that_of_the_cgroup_that_leaves_least() {
        let mark = |files: &[(&str, &str)]| {
            high_water(&mut machine(files), &Variables::default(), || None)
        };
        let v2 = [
            ("/proc/self/cgroup", "0::/a/b\n"),
            ("/proc/self/mountinfo", "1 1 0:1 / /cg rw - cgroup2 cgroup2 rw\n"),
            ("/cg/a/b/memory.max", "max\n"),
            ("/cg/a/b/memory.current", "400000\n"),
            ("/cg/a/b/memory.peak", "500000\n"),
            ("/cg/a/memory.current", "500000\n"),
            ("/cg/a/memory.peak", "900000\n"),
        ];
        assert_eq!(mark(&v2), Some(500_000));
        let limited: Vec<_> = v2.into_iter().chain([("/cg/a/memory.max", "2000000\n")]).collect();
        assert_eq!(mark(&limited), Some(900_000));
        assert_eq!(mark(&v2[..4]), None);
        assert_eq!(mark(&[]), None);
        let v1 = [
            ("/proc/self/cgroup", "4:memory:/a\n"),
            ("/proc/self/mountinfo", "1 1 0:1 / /cg rw - cgroup cgroup rw,memory\n"),
            ("/cg/a/memory.limit_in_bytes", "1000000\n"),
            ("/cg/a/memory.usage_in_bytes", "400000\n"),
            ("/cg/a/memory.max_usage_in_bytes", "800000\n"),
        ];
        assert_eq!(mark(&v1), Some(800_000));
    }

    #[test]
    fn a_function_is_contained_though_its_machine_says_what_is_left() {
        let variables =
            Variables { lambda_memory_size: Some("3008".into()), ..Variables::default() };
        let seen = take(&mut machine(&[]), &variables, 7, || None);
        assert_eq!((seen.available, seen.limit), (2_048_000_000, 3008 << 20));
        assert!(seen.contained);
    }

    #[test]
    fn a_machine_without_cgroups_has_no_hits() {
        let seen = look(&[]);
        assert_eq!((seen.limit_hits, seen.oom_kills, seen.contained), (0, 0, false));
        assert_eq!((seen.available, seen.limit), (2_048_000_000, 4_096_000_000));
    }
}
