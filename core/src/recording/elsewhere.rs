//! Processes where there is no procfs: resident set sizes, in which pages that
//! several share count for each.

use std::time::Duration;

use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System, UpdateKind};

use super::processes::{End, Processes, Resident, Shares};

/// What sysinfo says.
#[derive(Debug, Default)]
pub struct Sysinfo(System);

impl Processes for Sysinfo {
    // It asks for far more than is needed.
    const EVERY: Duration = Duration::from_secs(1);
    const MEMORY: &'static str = "rss";

    fn refresh(&mut self, pids: &[u32]) {
        let pids: Vec<_> = pids.iter().copied().map(Pid::from_u32).collect();
        let what = ProcessRefreshKind::nothing().with_memory();
        self.0.refresh_processes_specifics(ProcessesToUpdate::Some(&pids), true, what);
    }

    fn resident(&mut self, pid: u32) -> Option<Resident> {
        let anonymous = self.0.process(Pid::from_u32(pid))?.memory();
        Some(Resident { anonymous, shared: 0 })
    }

    fn started(&mut self, pid: u32) -> Option<u64> {
        Some(self.0.process(Pid::from_u32(pid))?.start_time())
    }

    fn below(&mut self, pids: &[u32], _leaves: &[u32], found: &mut Vec<u32>) {
        let what = ProcessRefreshKind::nothing().with_memory().with_cmd(UpdateKind::OnlyIfNotSet);
        self.0.refresh_processes_specifics(ProcessesToUpdate::All, true, what);
        let mut parents = pids.to_vec();
        while let Some(parent) = parents.pop() {
            let parent = Some(Pid::from_u32(parent));
            for (pid, process) in self.0.processes() {
                // Threads are listed as well on some systems.
                let pid = pid.as_u32();
                if process.parent() == parent && !found.contains(&pid) {
                    found.push(pid);
                    parents.push(pid);
                }
            }
        }
    }

    fn command_line(&mut self, pid: u32) -> Vec<String> {
        let process = self.0.process(Pid::from_u32(pid));
        let parts = process.map(sysinfo::Process::cmd).unwrap_or_default();
        parts.iter().map(|part| part.to_string_lossy().into_owned()).collect()
    }

    fn shares(&mut self, _pid: u32) -> Option<Shares> {
        None
    }

    fn end(&mut self, _pid: u32) -> Option<End> {
        None
    }
}
