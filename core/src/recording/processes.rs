//! What a recording asks of a system.

use std::time::Duration;

/// Which part of its pages a process has for itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shares {
    /// Of its anonymous pages, 0 to 1. Below 1 after a fork.
    pub anonymous: f64,
    /// Of its shared memory, 0 to 1: a page of two processes is half of each.
    pub shared: f64,
}

impl Default for Shares {
    fn default() -> Self {
        Self { anonymous: 1.0, shared: 1.0 }
    }
}

/// Bytes of a process.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Resident {
    /// Memory of no file; elsewhere than on Linux, all of it.
    pub anonymous: u64,
    /// Memory that can be shared with other processes.
    pub shared: u64,
}

impl Resident {
    /// What of it counts for the process.
    #[must_use]
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "shares are 0 to 1, and sizes below 2^53"
    )]
    pub fn counted(self, shares: Shares) -> u64 {
        (self.anonymous as f64 * shares.anonymous + self.shared as f64 * shares.shared) as u64
    }
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// By SIGKILL.
    Killed,
    /// In another way.
    Otherwise,
}

/// The processes of one machine. Any of them may be gone between two questions.
pub trait Processes {
    /// Between two looks.
    const EVERY: Duration;
    /// What [`Resident`] is: `pss-like` or `rss`.
    const MEMORY: &'static str;

    /// Has answers about `pids` be of now.
    fn refresh(&mut self, pids: &[u32]);

    /// `None`: it has no memory any more.
    fn resident(&mut self, pid: u32) -> Option<Resident>;

    /// When it started, in a unit of the system's: two processes of one id differ.
    fn started(&mut self, pid: u32) -> Option<u64>;

    /// Appends the ids of all processes below `pids`, but for those of `leaves`,
    /// which are known to start none.
    fn below(&mut self, pids: &[u32], leaves: &[u32], found: &mut Vec<u32>);

    /// Program and arguments; empty where that is not said.
    fn command_line(&mut self, pid: u32) -> Vec<String>;

    /// What is its own, which takes milliseconds to find out.
    fn shares(&mut self, pid: u32) -> Option<Shares>;

    /// How it ended, as long as its parent has not asked.
    fn end(&mut self, pid: u32) -> Option<End>;
}
