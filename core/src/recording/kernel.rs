//! What the kernel counts for the process's cgroup.

use crate::governor::look::limit_hits;
use crate::memory::cgroup;
use crate::memory::hierarchy::{self, Controller};
use crate::memory::kernel_files::KernelFiles;

/// One look at it; `None` and 0 where there is no cgroup that tells.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counted {
    /// Bytes in use where the smallest limit is; without a limit, in the own cgroup.
    pub used: Option<u64>,
    /// The smallest limit.
    pub limit: Option<u64>,
    /// How often a limit was reached.
    pub hits: u64,
    /// Processes that were killed.
    pub oom_kills: Option<u64>,
}

/// Takes a look. A limit that reaches the machine's memory, `host_total`, is none.
pub fn count(files: &mut impl KernelFiles, host_total: Option<u64>) -> Counted {
    let [places] = hierarchy::find(files, &[Controller::Memory]);
    let Some(cgroup) = cgroup::measure(files, &places, host_total) else {
        return Counted::default();
    };
    let limited = cgroup
        .levels
        .iter()
        .filter(|level| level.headroom.is_some())
        .min_by_key(|level| level.limit.unwrap_or(u64::MAX));
    Counted {
        used: limited.or(cgroup.levels.first()).and_then(|level| level.usage),
        limit: cgroup.limit(),
        hits: limit_hits(files, &cgroup),
        oom_kills: cgroup.oom_kills,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::kernel_files::InMemory;

    fn counted(files: &[(&str, &str)]) -> Counted {
        let mut machine = InMemory::default();
        for (path, content) in files {
            machine.0.insert(path.into(), content.as_bytes().into());
        }
        count(&mut machine, Some(1 << 40))
    }

    #[test]
    fn usage_is_that_of_the_smallest_limit() {
        let own = [
            ("/proc/self/cgroup", "0::/a/b\n"),
            ("/proc/self/mountinfo", "1 1 0:1 / /cg rw - cgroup2 cgroup2 rw\n"),
            ("/cg/a/b/memory.max", "max\n"),
            ("/cg/a/b/memory.current", "400\n"),
            ("/cg/a/b/memory.events", "max 0\noom_kill 1\n"),
            ("/cg/a/memory.current", "500\n"),
            ("/cg/a/memory.events", "max 3\noom_kill 2\n"),
        ];
        let limited = [&own[..], &[("/cg/a/memory.max", "9000\n")]].concat();
        let expected = Counted { used: Some(500), limit: Some(9000), hits: 3, oom_kills: Some(1) };
        assert_eq!(counted(&limited), expected);
        let free = [&own[..], &[("/cg/a/memory.max", "max\n")]].concat();
        let expected = Counted { used: Some(400), limit: None, hits: 0, oom_kills: Some(1) };
        assert_eq!(counted(&free), expected);
        assert_eq!(counted(&[]), Counted::default());
    }
}
