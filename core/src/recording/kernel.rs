//! What the kernel counts for the cgroup of the process that is recorded.

use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf};

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

/// Where it is told which cgroup a process is in.
const OWN: &str = "/proc/self/cgroup";

/// The files as another process has them, as far as its cgroup goes: who records
/// from outside may be in another one.
#[derive(Debug)]
pub struct Place {
    /// `None`: it is this process.
    file: Option<PathBuf>,
    statm: PathBuf,
    /// What the file held last. Of a process that was killed, that is all there is.
    last: Vec<u8>,
    /// Whether that has changed since the last [`Place::has_moved`].
    moved: bool,
}

impl Place {
    /// The place of process `pid`.
    #[must_use]
    pub fn of(pid: u32) -> Self {
        let is_other = pid != std::process::id();
        let file = is_other.then(|| PathBuf::from(format!("/proc/{pid}/cgroup")));
        let statm = format!("/proc/{pid}/statm").into();
        Self { file, statm, last: Vec::new(), moved: false }
    }

    /// Files of the machine, seen from there.
    pub fn on<'a, F: KernelFiles>(&'a mut self, files: &'a mut F) -> impl KernelFiles + 'a {
        OfProcess { place: self, files }
    }

    /// Whether the process is in another cgroup than when this was asked last.
    pub fn has_moved(&mut self) -> bool {
        std::mem::take(&mut self.moved)
    }
}

struct OfProcess<'a, F> {
    place: &'a mut Place,
    files: &'a mut F,
}

impl<F: KernelFiles> OfProcess<'_, F> {
    /// Version 1 has what ends in its root, once its memory is gone.
    fn has_memory(&mut self) -> bool {
        self.files.read(&self.place.statm).is_ok_and(|statm| !statm.starts_with(b"0 "))
    }
}

impl<F: KernelFiles> KernelFiles for OfProcess<'_, F> {
    fn read(&mut self, path: &Path) -> io::Result<Cow<'_, [u8]>> {
        let Some(file) = self.place.file.as_ref().filter(|_| path == Path::new(OWN)) else {
            return self.files.read(path);
        };
        let now = self.files.read(file).map(Cow::into_owned).unwrap_or_default();
        if !now.is_empty() && now != self.place.last && self.has_memory() {
            self.place.moved |= !self.place.last.is_empty();
            self.place.last = now;
        }
        if self.place.last.is_empty() {
            return self.files.read(path);
        }
        Ok(self.place.last.as_slice().into())
    }

    fn exists(&mut self, path: &Path) -> bool {
        self.files.exists(path)
    }
}

/// Kills as a recording counts them: those of a cgroup that the process came to
/// later are not of its time there.
#[derive(Debug)]
pub struct Kills {
    counted: Option<u64>,
    told: Option<u64>,
}

impl Kills {
    /// Counts on from `counted`.
    #[must_use]
    pub fn since(counted: Option<u64>) -> Self {
        Self { counted, told: counted }
    }

    /// What is to be told of `counted`.
    pub fn tell(&mut self, counted: Option<u64>, has_moved: bool) -> Option<u64> {
        if let (Some(before), Some(now), false) = (self.counted, counted, has_moved) {
            self.told = self.told.map(|told| told + now.saturating_sub(before));
        }
        self.told = self.told.or(counted);
        self.counted = counted.or(self.counted);
        counted.and(self.told)
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

    #[test]
    fn another_process_has_its_own_cgroup_also_after_its_end() {
        let mut machine = InMemory::default();
        for (path, content) in [
            (OWN, "0::/outside\n"),
            ("/proc/self/mountinfo", "1 1 0:1 / /cg rw - cgroup2 cgroup2 rw\n"),
            ("/proc/7/cgroup", "0::/outside\n"),
            ("/proc/7/statm", "9 5 1 0 0 2 0\n"),
            ("/cg/outside/memory.current", "1\n"),
            ("/cg/inside/memory.max", "900\n"),
            ("/cg/inside/memory.current", "800\n"),
            ("/cg/inside/memory.events", "max 1\noom_kill 4\n"),
        ] {
            machine.0.insert(path.into(), content.as_bytes().into());
        }
        let mut place = Place::of(7);
        let count = |place: &mut Place, machine: &mut InMemory| {
            let counted = super::count(&mut place.on(machine), Some(1 << 40));
            (counted.used, counted.limit, place.has_moved())
        };
        assert_eq!(count(&mut place, &mut machine), (Some(1), None, false));
        machine.0.insert("/proc/7/cgroup".into(), b"0::/inside\n".into());
        assert_eq!(count(&mut place, &mut machine), (Some(800), Some(900), true));
        assert_eq!(count(&mut place, &mut machine), (Some(800), Some(900), false));
        machine.0.insert("/proc/7/cgroup".into(), b"0::/\n".into());
        machine.0.insert("/proc/7/statm".into(), b"0 0 0 0 0 0 0\n".into());
        assert_eq!(count(&mut place, &mut machine), (Some(800), Some(900), false));
        machine.0.remove(Path::new("/proc/7/cgroup"));
        assert_eq!(count(&mut place, &mut machine), (Some(800), Some(900), false));
        let mut own = Place::of(std::process::id());
        assert_eq!(count(&mut own, &mut machine), (Some(1), None, false));
    }

    #[test]
    fn kills_before_the_process_came_are_not_told() {
        let mut kills = Kills::since(Some(2));
        assert_eq!(kills.tell(Some(2), false), Some(2));
        assert_eq!(kills.tell(Some(9), true), Some(2));
        assert_eq!(kills.tell(Some(10), false), Some(3));
        assert_eq!(kills.tell(None, false), None);
        assert_eq!(kills.tell(Some(11), false), Some(4));
        assert_eq!(Kills::since(None).tell(Some(5), false), Some(5));
    }
}
