//! Processes by procfs. Costs of one core: `npm run bench -- recording`.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use procfs_core::process::{SmapsRollup, Stat};
use procfs_core::{FromBufRead, FromRead};

use super::processes::{End, Processes, Resident, Shares};
use crate::memory::kernel_files::open;
use crate::memory::meminfo::field;
use crate::memory::number::parse_u64;

/// More than any of these files hold, but for command lines, which are cut.
const LONGEST: u64 = 64 << 10;

/// A `status` is 1.4 KB, and comes whole in one read. Asking what file it is and
/// reading to its end was a third of what recording costs.
const STATUS: usize = 4096;

/// `signal(7)`.
const SIGKILL: i32 = 9;

/// The processes whose procfs is below a root.
#[derive(Debug)]
pub struct Procfs {
    proc: PathBuf,
    page: Vec<u8>,
}

impl Procfs {
    /// Those of `root`/proc.
    pub fn new(root: impl AsRef<Path>) -> Self {
        Self { proc: root.as_ref().join("proc"), page: Vec::new() }
    }

    fn read(&mut self, file: &Path) -> io::Result<&[u8]> {
        self.page.clear();
        open(&self.proc.join(file))?.take(LONGEST).read_to_end(&mut self.page)?;
        Ok(&self.page)
    }

    fn of(&mut self, pid: u32, file: &str) -> io::Result<&[u8]> {
        self.read(&Path::new(&pid.to_string()).join(file))
    }

    fn stat(&mut self, pid: u32) -> Option<Stat> {
        Stat::from_read(self.of(pid, "stat").ok()?).ok()
    }

    /// The ids that name a directory below `place`.
    fn ids(&self, place: &Path) -> Vec<u32> {
        let entries = fs::read_dir(self.proc.join(place)).into_iter().flatten();
        entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).collect()
    }

    /// Appends children: those of each thread. `None`: nothing tells of them, as in
    /// a kernel without `CONFIG_PROC_CHILDREN`.
    fn children(&mut self, pid: u32, found: &mut Vec<u32>) -> Option<()> {
        let tasks = Path::new(&pid.to_string()).join("task");
        for task in self.ids(&tasks) {
            let task = tasks.join(task.to_string());
            if let Ok(file) = self.read(&task.join("children")) {
                let ids = file.split(|byte| *byte == b' ');
                found.extend(ids.filter_map(parse_u64).filter_map(|id| u32::try_from(id).ok()));
            } else if self.proc.join(task).exists() {
                // Not a thread that has ended.
                return None;
            }
        }
        Some(())
    }

    /// Whoever names one of `found` as its parent, by looking at every process.
    fn children_by_parent(&mut self, pids: &[u32], found: &mut Vec<u32>) {
        let all: Vec<_> = self
            .ids(Path::new(""))
            .into_iter()
            .filter_map(|pid| Some((pid, u32::try_from(self.stat(pid)?.ppid).ok()?)))
            .collect();
        let mut parents = pids.to_vec();
        while let Some(parent) = parents.pop() {
            for (pid, _) in all.iter().filter(|(_, its)| *its == parent) {
                if !found.contains(pid) {
                    found.push(*pid);
                    parents.push(*pid);
                }
            }
        }
    }
}

impl Processes for Procfs {
    const EVERY: Duration = Duration::from_millis(100);
    const MEMORY: &'static str = "pss-like";

    fn refresh(&mut self, _pids: &[u32]) {}

    /// `proc_pid_status(5)`: `RssAnon` and `RssShmem`, since Linux 4.5. What has
    /// ended and was not asked for yet has neither.
    fn resident(&mut self, pid: u32) -> Option<Resident> {
        let path = self.proc.join(pid.to_string()).join("status");
        self.page.resize(STATUS, 0);
        let length = fs::File::open(path).and_then(|mut file| file.read(&mut self.page)).ok()?;
        let status = &self.page[..length];
        let anonymous = field(status, "RssAnon:")?;
        Some(Resident { anonymous, shared: field(status, "RssShmem:").unwrap_or(0) })
    }

    fn started(&mut self, pid: u32) -> Option<u64> {
        Some(self.stat(pid)?.starttime)
    }

    fn below(&mut self, pids: &[u32], leaves: &[u32], found: &mut Vec<u32>) {
        let mut rest: Vec<_> = pids.iter().copied().filter(|pid| !leaves.contains(pid)).collect();
        let mut seen = rest.clone();
        while let Some(pid) = rest.pop() {
            let from = found.len();
            if self.children(pid, found).is_none() {
                self.children_by_parent(pids, found);
                return;
            }
            for child in &found[from..] {
                if !leaves.contains(child) && !seen.contains(child) {
                    seen.push(*child);
                    rest.push(*child);
                }
            }
        }
    }

    fn command_line(&mut self, pid: u32) -> Vec<String> {
        let file = self.of(pid, "cmdline").unwrap_or_default();
        let parts = file.split(|byte| *byte == 0).filter(|part| !part.is_empty());
        parts.map(|part| String::from_utf8_lossy(part).into_owned()).collect()
    }

    /// `smaps_rollup` tells the proportional size of each kind since Linux 5.4.
    fn shares(&mut self, pid: u32) -> Option<Shares> {
        let resident = self.resident(pid)?;
        let rollup = SmapsRollup::from_buf_read(self.of(pid, "smaps_rollup").ok()?).ok()?;
        let sizes = &rollup.memory_map_rollup.0.first()?.extension.map;
        let share = |kind: &str, whole: u64| {
            let proportional = *sizes.get(kind)? as f64;
            Some(if whole == 0 { 1.0 } else { (proportional / whole as f64).min(1.0) })
        };
        Some(Shares {
            anonymous: share("Pss_Anon", resident.anonymous)?,
            shared: share("Pss_Shmem", resident.shared)?,
        })
    }

    fn end(&mut self, pid: u32) -> Option<End> {
        let stat = self.stat(pid)?;
        // waitpid(2): the low seven bits are the signal.
        let signal = stat.exit_code? & 0x7f;
        (stat.state == 'Z').then_some(if signal == SIGKILL { End::Killed } else { End::Otherwise })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_and_its_child_are_seen() {
        let own = std::process::id();
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let mut procfs = Procfs::new("/");
        let mut found = Vec::new();
        procfs.below(&[own], &[], &mut found);
        assert!(found.contains(&child.id()), "{found:?}");
        let mut by_parent = Vec::new();
        procfs.children_by_parent(&[own], &mut by_parent);
        assert!(by_parent.contains(&child.id()), "{by_parent:?}");
        let mut without = Vec::new();
        procfs.below(&[own], &[own], &mut without);
        assert!(without.is_empty(), "{without:?}");
        assert!(procfs.resident(own).unwrap().anonymous > 0);
        assert!(procfs.started(child.id()) >= procfs.started(own));
        let shares = procfs.shares(own).unwrap();
        assert!(shares.anonymous > 0.0 && shares.anonymous <= 1.0, "{shares:?}");

        child.kill().unwrap();
        // Nobody has asked how it ended.
        while procfs.resident(child.id()).is_some() {
            std::thread::yield_now();
        }
        while procfs.end(child.id()).is_none() {
            std::thread::yield_now();
        }
        assert_eq!(procfs.end(child.id()), Some(End::Killed));
        child.wait().unwrap();
        assert_eq!(procfs.started(child.id()), None);
        assert_eq!(procfs.command_line(child.id()), [""; 0]);
    }

    #[test]
    fn memory_of_no_file_and_shared_memory_count() {
        let root = tempfile::tempdir().unwrap();
        let own = root.path().join("proc/7");
        fs::create_dir_all(&own).unwrap();
        let status = "Name:\ta\nVmRSS:\t  900 kB\nRssAnon:\t  300 kB\nRssFile:\t  500 kB\nRssShmem:\t  100 kB\n";
        fs::write(own.join("status"), status).unwrap();
        let mut procfs = Procfs::new(root.path());
        let expected = Resident { anonymous: 300 * 1024, shared: 100 * 1024 };
        assert_eq!(procfs.resident(7), Some(expected));
        let shares = Shares { anonymous: 0.5, shared: 0.25 };
        assert_eq!(expected.counted(shares), 175 * 1024);
        fs::write(own.join("status"), "Name:\ta\nState:\tZ (zombie)\n").unwrap();
        assert_eq!(procfs.resident(7), None);
        assert_eq!(procfs.resident(8), None);
    }
}
