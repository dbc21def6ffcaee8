//! The limits of the process's cgroup and of each cgroup above it.
//!
//! ```text
//! v2                v1                       content
//! memory.max        memory.limit_in_bytes    "max" (v2) or bytes
//! memory.high       -                        "max" or bytes
//! memory.current    memory.usage_in_bytes    bytes
//! memory.stat       memory.stat              "key bytes" a line
//! memory.events     memory.oom_control       "oom_kill count" among others
//! memory.pressure   -                        see `pressure`
//! ```
//!
//! What is not counted: swap (a limit on memory is reached with swap free or
//! not), and v1's kernel and TCP limits.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use super::fixed_cgroup::UNLIMITED_ABOVE;
use super::hierarchy::{Place, mounts};
use super::kernel_files::KernelFiles;
use super::memory_stat::flat_keyed;
use super::mountinfo::{Level, Mount, levels};
use super::number::parse_u64;
use super::pressure::{self, Pressure};
use super::reclaim::reclaimable;
use super::self_cgroup::{Membership, Version};

/// One cgroup. All figures in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CgroupLevel {
    /// The cgroup's path as the kernel names it.
    pub path: String,
    /// Where its files are.
    pub directory: PathBuf,
    /// Above this the kernel kills. `None`: no limit.
    pub limit: Option<u64>,
    /// v1: the smallest limit from here up, also of cgroups that can't be seen.
    pub hierarchical_limit: Option<u64>,
    /// v2: above this the kernel slows the cgroup down. `None`: no such limit.
    pub high: Option<u64>,
    /// Memory charged, page cache included. `None`: the file can't be read.
    pub usage: Option<u64>,
    /// The part of `usage` that the kernel takes back before it kills: see
    /// [`super::reclaim`]. `None`: not said, or not asked because the level has
    /// no limit.
    pub reclaimable: Option<u64>,
    /// What is left below the smaller of both limits. `None`: none is enforced
    /// on the process.
    pub headroom: Option<u64>,
}

/// The process's cgroups.
#[derive(Debug, Clone, PartialEq)]
pub struct Cgroup {
    /// The hierarchy's form.
    pub version: Version,
    /// From the process's own up to the root of the mount; never empty.
    pub levels: Vec<CgroupLevel>,
    /// Processes that the OOM killer ended in the process's own cgroup.
    pub oom_kills: Option<u64>,
    /// Of the process's own cgroup.
    pub pressure: Option<Pressure>,
}

impl Cgroup {
    /// The level that leaves least; the innermost of equals.
    #[must_use]
    pub fn tightest(&self) -> Option<&CgroupLevel> {
        self.levels.get(self.tightest_index()?)
    }

    /// Where [`Cgroup::tightest`] is in `levels`.
    #[must_use]
    pub fn tightest_index(&self) -> Option<usize> {
        (0..self.levels.len())
            .filter(|at| self.levels[*at].headroom.is_some() && !self.is_only_a_part(*at))
            .min_by_key(|at| self.levels[*at].headroom)
    }

    /// v1: whether the level is held against the limit of one further out, whose usage
    /// includes it. What was charged between two reads may make it seem the tighter one.
    fn is_only_a_part(&self, at: usize) -> bool {
        let (level, outer) = (&self.levels[at], &self.levels[at + 1..]);
        let enforced = level.enforced();
        level.limit != enforced
            && outer.iter().any(|one| one.headroom.is_some() && one.enforced() == enforced)
    }

    /// The smallest limit that is enforced.
    #[must_use]
    pub fn limit(&self) -> Option<u64> {
        self.levels
            .iter()
            .filter(|level| level.headroom.is_some())
            .filter_map(CgroupLevel::enforced)
            .min()
    }
}

impl CgroupLevel {
    fn enforced(&self) -> Option<u64> {
        [self.limit, self.hierarchical_limit].into_iter().flatten().min()
    }
}

/// Reads the process's cgroup and every one above it. `host_total` is the
/// machine's memory, where it is known: a limit that reaches it is none.
pub fn measure(
    files: &mut impl KernelFiles,
    places: &[Place],
    host_total: Option<u64>,
) -> Option<Cgroup> {
    mounts(places).find_map(|(membership, mount)| read_levels(files, membership, mount, host_total))
}

/// Files of cgroups.
pub(super) struct CgroupFiles<'a, F> {
    files: &'a mut F,
    /// Of the one that was read last; the next one's takes its memory.
    path: PathBuf,
}

impl<'a, F: KernelFiles> CgroupFiles<'a, F> {
    pub(super) fn new(files: &'a mut F) -> Self {
        Self { files, path: PathBuf::new() }
    }

    pub(super) fn read(&mut self, directory: &Path, name: &str) -> Option<Cow<'_, [u8]>> {
        self.path.clear();
        self.path.push(directory);
        self.path.push(name);
        self.files.read(&self.path).ok()
    }

    fn bytes(&mut self, directory: &Path, name: &str) -> Option<u64> {
        parse_u64(&self.read(directory, name)?)
    }

    /// cgroup-v2.rst: "max" stands for no limit.
    fn bytes_or_max(&mut self, directory: &Path, name: &str) -> Option<u64> {
        let file = self.read(directory, name)?;
        if file.trim_ascii() == b"max" { Some(u64::MAX) } else { parse_u64(&file) }
    }
}

fn read_levels(
    files: &mut impl KernelFiles,
    membership: &Membership,
    mount: &Mount,
    host_total: Option<u64>,
) -> Option<Cgroup> {
    let files = &mut CgroupFiles::new(files);
    let mut cgroup =
        Cgroup { version: membership.version, levels: Vec::new(), oom_kills: None, pressure: None };
    for Level { path, directory } in levels(mount, &membership.path) {
        let level = match membership.version {
            Version::V1 => read_v1(files, path, directory, host_total, cgroup.levels.is_empty()),
            Version::V2 => read_v2(files, path, directory, host_total, cgroup.levels.is_empty()),
        };
        let Some(level) = level else { continue };
        if cgroup.levels.is_empty() {
            let events = match membership.version {
                Version::V1 => "memory.oom_control",
                Version::V2 => "memory.events",
            };
            cgroup.oom_kills = files
                .read(&level.directory, events)
                .and_then(|events| flat_keyed(&events, "oom_kill"));
            if membership.version == Version::V2 {
                cgroup.pressure = files
                    .read(&level.directory, "memory.pressure")
                    .and_then(|file| pressure::parse(&file));
            }
        }
        cgroup.levels.push(level);
    }
    let own_limit = cgroup.levels.first().and_then(|own| own.hierarchical_limit);
    let in_sight = cgroup.levels.iter().filter_map(|level| level.limit).min();
    if let Some(unseen) = limited(own_limit, host_total)
        && in_sight.is_none_or(|limit| unseen < limit)
        && let [_, .., outermost] = &mut cgroup.levels[..]
        && outermost.limit.is_none()
    {
        // A cgroup out of sight sets the limit; of those in sight the outermost
        // has most of what counts against it.
        read_v1_stat(files, outermost, host_total);
    }
    for parent in cgroup.levels.iter_mut().skip(1) {
        // v1 before Linux 5.11 could leave the hierarchy out of account
        // (memory.use_hierarchy 0). Then the own cgroup's hierarchical limit is
        // larger than what the parent states: the parent's isn't enforced on it.
        if own_limit.is_some_and(|own| parent.enforced().is_some_and(|limit| limit < own)) {
            parent.headroom = None;
        }
    }
    // v1's sentinel is of no use to the reader.
    for level in &mut cgroup.levels {
        level.hierarchical_limit = limited(level.hierarchical_limit, host_total);
    }
    (!cgroup.levels.is_empty()).then_some(cgroup)
}

/// v2; `None` where the directory says neither a limit nor a usage, as the
/// machine's root cgroup.
fn read_v2(
    files: &mut CgroupFiles<'_, impl KernelFiles>,
    path: String,
    directory: PathBuf,
    host_total: Option<u64>,
    is_own: bool,
) -> Option<CgroupLevel> {
    let limit = files.bytes_or_max(&directory, "memory.max");
    let usage = files.bytes(&directory, "memory.current");
    if limit.is_none() && usage.is_none() {
        return None;
    }
    let limit = limited(limit, host_total);
    let high = limited(files.bytes_or_max(&directory, "memory.high"), host_total);
    // Only what counts against a limit, and the own cgroup: the file is large.
    let reclaimable = usage.filter(|_| is_own || limit.is_some()).and_then(|usage| {
        // Counts the cgroup and its descendants, as memory.current does.
        let stat = files.read(&directory, "memory.stat")?;
        Some(reclaimable(&stat, limit.or(host_total).unwrap_or(usage))?.min(usage))
    });
    let headroom = limit.map(|limit| left(limit, usage, reclaimable));
    let hierarchical_limit = None;
    Some(CgroupLevel {
        path,
        directory,
        limit,
        hierarchical_limit,
        high,
        usage,
        reclaimable,
        headroom,
    })
}

/// v1, with `memory.stat`'s hierarchical figures where it has them:
///
/// ```text
/// hierarchical_memory_limit 9223372036854771712
/// ```
///
/// cgroup-v1/memory.rst: "# of bytes of memory limit with regard to hierarchy
/// under which the memory cgroup is".
fn read_v1(
    files: &mut CgroupFiles<'_, impl KernelFiles>,
    path: String,
    directory: PathBuf,
    host_total: Option<u64>,
    is_own: bool,
) -> Option<CgroupLevel> {
    let limit = files.bytes(&directory, "memory.limit_in_bytes");
    let usage = files.bytes(&directory, "memory.usage_in_bytes");
    if limit.is_none() && usage.is_none() {
        return None;
    }
    let mut level = CgroupLevel {
        path,
        directory,
        limit: limited(limit, host_total),
        hierarchical_limit: None,
        high: None,
        usage,
        reclaimable: None,
        headroom: None,
    };
    // Above the own cgroup only what counts against a limit: the file is large.
    if is_own || level.limit.is_some() {
        read_v1_stat(files, &mut level, host_total);
    }
    Some(level)
}

fn read_v1_stat(
    files: &mut CgroupFiles<'_, impl KernelFiles>,
    level: &mut CgroupLevel,
    host_total: Option<u64>,
) {
    let stat = files.read(&level.directory, "memory.stat");
    let stat = stat.as_deref().unwrap_or_default();
    level.hierarchical_limit = flat_keyed(stat, "hierarchical_memory_limit");
    let hierarchical = limited(level.hierarchical_limit, host_total);
    let limit = [level.limit, hierarchical].into_iter().flatten().min();
    let usage = level.usage.unwrap_or(0);
    level.reclaimable =
        reclaimable(stat, limit.or(host_total).unwrap_or(usage)).map(|bytes| bytes.min(usage));
    level.headroom = limit.map(|limit| left(limit, level.usage, level.reclaimable));
}

/// Where the usage can't be read the whole limit is left: an upper bound is
/// more than none.
fn left(limit: u64, usage: Option<u64>, reclaimable: Option<u64>) -> u64 {
    limit.saturating_sub(usage.unwrap_or(0).saturating_sub(reclaimable.unwrap_or(0)))
}

/// A limit that can be reached. v1 writes a sentinel just below 2^63 (its value
/// depends on the page size) where none is set.
fn limited(limit: Option<u64>, host_total: Option<u64>) -> Option<u64> {
    limit
        .filter(|limit| (*limit as f64) < UNLIMITED_ABOVE)
        .filter(|limit| host_total.is_none_or(|total| *limit < total))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::hierarchy::{self, Controller};
    use crate::memory::kernel_files::{Capture, InMemory};

    const V2_MOUNT: &str = "1 1 0:1 / /cg rw - cgroup2 cgroup2 rw\n";
    const V1_MOUNT: &str = "1 1 0:1 / /cg rw - cgroup cgroup rw,memory\n";
    const NONE_V1: &str = "9223372036854771712\n";

    fn measure(files: &mut impl KernelFiles, host_total: Option<u64>) -> Option<Cgroup> {
        let [places] = hierarchy::find(files, &[Controller::Memory]);
        super::measure(files, &places, host_total)
    }

    fn machine(cgroup: &str, mount: &str, files: &[(&str, &str)]) -> Capture<InMemory> {
        let mut machine = InMemory::default();
        let own = [("/proc/self/cgroup", cgroup), ("/proc/self/mountinfo", mount)];
        for (path, content) in own.iter().chain(files) {
            machine.0.insert(path.into(), content.as_bytes().into());
        }
        Capture::new(machine)
    }

    fn v2(files: &[(&str, &str)]) -> Option<Cgroup> {
        measure(&mut machine("0::/a/b\n", V2_MOUNT, files), Some(1 << 40))
    }

    fn v1(files: &[(&str, &str)]) -> Option<Cgroup> {
        measure(&mut machine("4:memory:/a/b\n", V1_MOUNT, files), Some(1 << 40))
    }

    fn headroom(cgroup: Option<Cgroup>) -> Option<(String, u64)> {
        let cgroup = cgroup?;
        cgroup.tightest().map(|level| (level.path.clone(), level.headroom.unwrap()))
    }

    #[test]
    fn rule_smallest_headroom_of_all_levels_wins() {
        let parent = [
            ("/cg/a/b/memory.max", "1000"),
            ("/cg/a/b/memory.current", "100"),
            ("/cg/a/memory.max", "2000"),
            ("/cg/a/memory.current", "1900"),
        ];
        assert_eq!(headroom(v2(&parent)), Some(("/a".into(), 100)));
        let child = [parent[0], parent[1], parent[2], ("/cg/a/memory.current", "150")];
        assert_eq!(headroom(v2(&child)), Some(("/a/b".into(), 900)));
    }

    #[test]
    fn rule_page_cache_is_not_counted_as_used() {
        // 1,800 MiB, 15 of them in use, and a file of 1,000 MiB read twice.
        const MIB: u64 = 1 << 20;
        let (limit, usage) = ((1800 * MIB).to_string(), (1015 * MIB).to_string());
        let active = format!("active_file {}\ninactive_file 0\n", 1000 * MIB);
        let figures = |cgroup: Option<Cgroup>| {
            let level = cgroup.unwrap().levels.swap_remove(0);
            (level.reclaimable.unwrap(), level.headroom.unwrap())
        };
        let (reclaimable, headroom) = figures(v2(&[
            ("/cg/a/b/memory.max", &limit),
            ("/cg/a/b/memory.current", &usage),
            ("/cg/a/b/memory.stat", &active),
        ]));
        assert_eq!(headroom, 785 * MIB + reclaimable);
        assert_eq!(headroom / MIB, 1778);
        let v1 = v1(&[
            ("/cg/a/b/memory.limit_in_bytes", &limit),
            ("/cg/a/b/memory.usage_in_bytes", &usage),
            (
                "/cg/a/b/memory.stat",
                &active
                    .replace("active_file", "total_active_file")
                    .replace("intotal_active_file", "total_inactive_file"),
            ),
        ]);
        assert_eq!(figures(v1), (reclaimable, headroom));
    }

    #[test]
    fn rule_usage_above_the_limit_leaves_zero() {
        let files = [("/cg/a/b/memory.max", "1000"), ("/cg/a/b/memory.current", "1400")];
        assert_eq!(headroom(v2(&files)), Some(("/a/b".into(), 0)));
        let more_cache_than_usage = [
            files[0],
            ("/cg/a/b/memory.current", "10"),
            ("/cg/a/b/memory.stat", "inactive_file 99"),
        ];
        assert_eq!(headroom(v2(&more_cache_than_usage)), Some(("/a/b".into(), 1000)));
    }

    #[test]
    fn rule_max_and_the_v1_sentinel_and_a_limit_of_all_memory_are_no_limit() {
        for limit in ["max\n", NONE_V1, "1099511627776", "99999999999999999999999"] {
            let cgroup =
                v2(&[("/cg/a/b/memory.max", limit), ("/cg/a/b/memory.current", "5")]).unwrap();
            assert_eq!((cgroup.levels[0].limit, cgroup.levels[0].headroom), (None, None));
        }
        let stat = format!("hierarchical_memory_limit {NONE_V1}");
        let cgroup = v1(&[
            ("/cg/a/b/memory.limit_in_bytes", NONE_V1),
            ("/cg/a/b/memory.usage_in_bytes", "5"),
            ("/cg/a/b/memory.stat", &stat),
        ])
        .unwrap();
        assert_eq!(cgroup.levels[0].hierarchical_limit, None);
        assert_eq!(cgroup.tightest(), None);
        assert_eq!(cgroup.limit(), None);
    }

    #[test]
    fn rule_memory_high_is_reported_and_limits_nothing() {
        let files = [
            ("/cg/a/b/memory.max", "max"),
            ("/cg/a/b/memory.high", "500"),
            ("/cg/a/b/memory.current", "400"),
        ];
        let cgroup = v2(&files).unwrap();
        assert_eq!(cgroup.levels[0].high, Some(500));
        assert_eq!(cgroup.tightest(), None);
    }

    #[test]
    fn rule_v1_hierarchical_limit_stands_for_parents_out_of_sight() {
        let files = [
            ("/cg/a/b/memory.limit_in_bytes", NONE_V1),
            ("/cg/a/b/memory.usage_in_bytes", "300"),
            ("/cg/a/b/memory.stat", "total_inactive_file 0\nhierarchical_memory_limit 1000\n"),
        ];
        assert_eq!(headroom(v1(&files)), Some(("/a/b".into(), 700)));
    }

    #[test]
    fn rule_v1_a_limit_is_that_of_the_cgroup_that_states_it() {
        let named = |own_limit: &str, usage: &str, outer_usage: &str| {
            headroom(v1(&[
                ("/cg/a/b/memory.limit_in_bytes", own_limit),
                ("/cg/a/b/memory.usage_in_bytes", usage),
                ("/cg/a/b/memory.stat", "total_inactive_file 0\nhierarchical_memory_limit 1000\n"),
                ("/cg/a/memory.limit_in_bytes", "1000"),
                ("/cg/a/memory.usage_in_bytes", outer_usage),
                ("/cg/a/memory.stat", "total_inactive_file 0\nhierarchical_memory_limit 1000\n"),
            ]))
        };
        for own_limit in [NONE_V1, "2000"] {
            // Of equals, and where some was given back between the two reads, too.
            for (usage, outer_usage) in [("300", "400"), ("300", "300"), ("300", "290")] {
                let left = 1000 - outer_usage.parse::<u64>().unwrap();
                assert_eq!(named(own_limit, usage, outer_usage), Some(("/a".into(), left)));
            }
        }
        assert_eq!(named("1000", "300", "300"), Some(("/a/b".into(), 700)));
    }

    #[test]
    fn rule_v1_limit_out_of_sight_is_held_against_the_outermost_cgroup_in_sight() {
        let files = [
            ("/cg/a/b/memory.limit_in_bytes", NONE_V1),
            ("/cg/a/b/memory.usage_in_bytes", "300"),
            ("/cg/a/b/memory.stat", "hierarchical_memory_limit 1000\n"),
            ("/cg/a/memory.limit_in_bytes", NONE_V1),
            ("/cg/a/memory.usage_in_bytes", "500"),
            ("/cg/a/memory.stat", "hierarchical_memory_limit 1000\n"),
            ("/cg/memory.limit_in_bytes", NONE_V1),
            ("/cg/memory.usage_in_bytes", "800"),
            ("/cg/memory.stat", "total_inactive_file 50\nhierarchical_memory_limit 1000\n"),
        ];
        let cgroup = v1(&files);
        assert_eq!(cgroup.as_ref().unwrap().levels[1].headroom, None);
        assert_eq!(headroom(cgroup), Some(("/".into(), 250)));
    }

    #[test]
    fn rule_v1_parent_that_does_not_count_its_children_does_not_limit_them() {
        let files = [
            ("/cg/a/b/memory.limit_in_bytes", "5000"),
            ("/cg/a/b/memory.usage_in_bytes", "300"),
            ("/cg/a/b/memory.stat", "hierarchical_memory_limit 5000\n"),
            ("/cg/a/memory.limit_in_bytes", "1000"),
            ("/cg/a/memory.usage_in_bytes", "900"),
            ("/cg/a/memory.stat", "hierarchical_memory_limit 1000\n"),
        ];
        assert_eq!(headroom(v1(&files)), Some(("/a/b".into(), 4700)));
    }

    #[test]
    fn rule_missing_files_at_a_level_are_skipped() {
        let cgroup = v2(&[("/cg/a/memory.max", "10"), ("/cg/a/memory.current", "x")]).unwrap();
        assert_eq!(cgroup.levels.len(), 1);
        assert_eq!(headroom(Some(cgroup)), Some(("/a".into(), 10)));
        assert_eq!(v2(&[]), None);
        assert_eq!(v2(&[("/cg/a/memory.max", "garbage"), ("/cg/a/memory.high", "5")]), None);
    }

    #[test]
    fn rule_usage_that_can_not_be_read_leaves_the_whole_limit() {
        assert_eq!(headroom(v2(&[("/cg/a/b/memory.max", "10")])), Some(("/a/b".into(), 10)));
    }

    #[test]
    fn rule_oom_kills_are_those_of_the_own_cgroup() {
        let files = [
            ("/cg/a/b/memory.max", "10"),
            ("/cg/a/b/memory.events", "oom 4\noom_kill 3\noom_group_kill 0\n"),
            ("/cg/a/memory.max", "10"),
            ("/cg/a/memory.events", "oom_kill 9\n"),
        ];
        assert_eq!(v2(&files).unwrap().oom_kills, Some(3));
        let files = [
            ("/cg/a/b/memory.usage_in_bytes", "10"),
            ("/cg/a/b/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n"),
        ];
        assert_eq!(v1(&files).unwrap().oom_kills, Some(2));
    }

    #[test]
    fn rule_usual_mounts_where_the_proc_files_are_hidden() {
        let mut hidden = InMemory::default();
        hidden.0.insert("/sys/fs/cgroup/memory.max".into(), b"7".into());
        assert_eq!(headroom(measure(&mut hidden, None)), Some(("/".into(), 7)));
        let no_mountinfo = [("/sys/fs/cgroup/a/memory.max", "8")];
        let mut machine = machine("0::/a\n", "", &no_mountinfo);
        assert_eq!(headroom(measure(&mut machine, None)), Some(("/a".into(), 8)));
    }

    #[test]
    fn rule_no_file_is_read_twice() {
        for (cgroup, mount) in [("0::/a/b\n", V2_MOUNT), ("4:memory:/a/b\n", V1_MOUNT), ("", "")] {
            let mut machine = machine(cgroup, mount, &[("/cg/a/b/memory.max", "1")]);
            measure(&mut machine, None);
            let mut paths: Vec<_> = machine.captured.iter().map(|file| &file.path).collect();
            let read = paths.len();
            paths.sort();
            paths.dedup();
            assert_eq!(paths.len(), read);
        }
    }
}
