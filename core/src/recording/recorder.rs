//! Lines of looks: who is there, what each has, who has gone.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::time::Duration;

use super::kernel::Counted;
use super::line::{Named, begin, quoted};
use super::processes::{End, Processes, Shares};
use super::role::{self, Role};

/// Between two searches for processes that are new.
const SEARCH: Duration = Duration::from_millis(500);
/// Between two processes that are asked for their own share.
const CALIBRATE: Duration = Duration::from_secs(1);
/// So many searches ask for its command line: what is forked has that of its
/// parent until it runs a program of its own.
const NAMINGS: u8 = 4;
/// With more processes than that, one that has not changed is looked at in one look
/// of [`PATIENCE`]: a browser's are mostly at rest.
const MANY: usize = 16;
/// See [`MANY`].
const PATIENCE: u64 = 4;
/// A kill is counted before its process is gone, or after: at most so far apart.
const SAME_KILL_MS: u64 = 1000;

#[derive(Debug)]
struct Known {
    started: Option<u64>,
    role: Role,
    /// As [`role::of`] has it.
    kind: String,
    name: String,
    shares: Shares,
    /// What it had last.
    bytes: u64,
    /// It had the same the time before.
    rests: bool,
    namings: u8,
}

#[derive(Debug)]
struct Gone {
    at: u64,
    pid: u32,
    name: String,
    bytes: u64,
    end: Option<End>,
}

/// What a look came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sum {
    /// Bytes of all processes.
    pub bytes: u64,
    /// How many processes there are.
    pub processes: usize,
    /// How many of them are tabs.
    pub tabs: usize,
}

/// Records the processes below one.
#[derive(Debug)]
pub struct Recorder<P> {
    root: u32,
    processes: P,
    known: BTreeMap<u32, Known>,
    /// How often each kind was named.
    names: HashMap<String, u32>,
    gone: Vec<Gone>,
    looks: u64,
    /// The process whose share was asked for last.
    calibrated: u32,
    limit: Option<u64>,
    oom_kills: Option<u64>,
    /// Kills that were counted and whose process is not known, and when.
    unknown_kills: Vec<u64>,
}

impl<P: Processes> Recorder<P> {
    /// Records `root` and all that it starts. `counted`: what the header is to tell.
    pub fn new(processes: P, root: u32, counted: &Counted) -> Self {
        Self {
            root,
            processes,
            known: BTreeMap::new(),
            names: HashMap::new(),
            gone: Vec::new(),
            looks: 0,
            calibrated: 0,
            limit: counted.limit,
            oom_kills: counted.oom_kills,
            unknown_kills: Vec::new(),
        }
    }

    /// Takes a look, `at` milliseconds after the start. Appends its lines.
    pub fn look(&mut self, at: u64, counted: &Counted, lines: &mut String) -> Sum {
        let known: Vec<_> = self.known.keys().copied().collect();
        self.processes.refresh(&known);
        if self.is_due(SEARCH, 0) {
            self.search(at, lines);
        }
        self.looks += 1;
        let sum = self.measure(at, counted, lines);
        self.tell_kills(at, counted, lines);
        sum
    }

    /// Whether something that happens each `every` happens in this look, the
    /// `after`th of its turn.
    fn is_due(&self, every: Duration, after: u128) -> bool {
        let looks = (every.as_millis() / P::EVERY.as_millis()).max(1);
        u128::from(self.looks) % looks == after % looks
    }

    fn search(&mut self, at: u64, lines: &mut String) {
        let all: Vec<_> = self.known.keys().copied().collect();
        for pid in &all {
            let started = self.processes.started(*pid);
            // Somebody else has its id.
            if started.is_none() || started != self.known[pid].started {
                self.end(at, *pid, lines);
            }
        }
        // What lost its parent stays known by itself.
        let mut above: Vec<_> = self.known.keys().copied().collect();
        let leaves = self.known.iter().filter(|(_, one)| one.role.starts_none());
        let leaves: Vec<_> = leaves.map(|(pid, _)| *pid).collect();
        if self.looks == 0 {
            above.push(self.root);
        }
        let mut found = Vec::new();
        self.processes.below(&above, &leaves, &mut found);
        if self.looks == 0 {
            found.push(self.root);
        }
        found.sort_unstable();
        found.dedup();
        for pid in found {
            self.name(at, pid, lines);
        }
    }

    fn name(&mut self, at: u64, pid: u32, lines: &mut String) {
        if self.known.get(&pid).is_some_and(|one| one.namings >= NAMINGS) {
            return;
        }
        // On its way out already.
        if self.processes.resident(pid).is_none() {
            return;
        }
        let (role, kind) = role::of(&self.processes.command_line(pid));
        if let Some(one) = self.known.get_mut(&pid) {
            one.namings += 1;
            if one.role == role && one.kind == kind {
                return;
            }
        }
        let count = self.names.entry(kind.clone()).or_default();
        *count += 1;
        let name = match (role, *count) {
            (Role::Tab, count) => format!("{kind} {count}"),
            (_, 1) => kind.clone(),
            (_, count) => format!("{kind} {count}"),
        };
        begin(lines, at);
        let quoted = quoted(&name);
        let role_name = role.name();
        _ = writeln!(
            lines,
            "\"process\":{{\"pid\":{pid},\"role\":\"{role_name}\",\"name\":{quoted}}}}}"
        );
        if let Some(one) = self.known.get_mut(&pid) {
            (one.role, one.kind, one.name) = (role, kind, name);
            return;
        }
        let started = self.processes.started(pid);
        let shares = Shares::default();
        let one = Known { started, role, kind, name, shares, bytes: 0, rests: false, namings: 1 };
        self.known.insert(pid, one);
    }

    /// Takes over what somebody who knows better calls a process.
    pub fn rename(&mut self, named: Named) {
        if let Some(one) = self.known.get_mut(&named.pid) {
            one.role = named.role;
            one.name = named.name;
            one.namings = NAMINGS;
        }
    }

    fn end(&mut self, at: u64, pid: u32, lines: &mut String) {
        if let Some(one) = self.known.remove(&pid) {
            begin(lines, at);
            _ = writeln!(lines, "\"process\":{{\"pid\":{pid},\"gone\":true}}}}");
            let end = self.processes.end(pid);
            self.gone.push(Gone { at, pid, name: one.name, bytes: one.bytes, end });
        }
    }

    /// Before each look: asks one process in turn for its own share, now and then.
    pub fn calibrate(&mut self) {
        // Between two searches.
        if !self.is_due(CALIBRATE, 2) {
            return;
        }
        let next = self.known.range(self.calibrated + 1..).next().or(self.known.iter().next());
        let Some((pid, _)) = next else { return };
        let pid = *pid;
        self.calibrated = pid;
        if let (Some(shares), Some(one)) = (self.processes.shares(pid), self.known.get_mut(&pid)) {
            one.shares = shares;
        }
    }

    fn measure(&mut self, at: u64, counted: &Counted, lines: &mut String) -> Sum {
        let mut sum = Sum::default();
        let mut sizes = String::new();
        let mut ended = Vec::new();
        let many = self.known.len() > MANY;
        for (pid, one) in &mut self.known {
            // Each in a look of its own.
            let turn = self.looks + u64::from(*pid);
            let skipped = many && one.rests && !turn.is_multiple_of(PATIENCE);
            if !skipped {
                let Some(resident) = self.processes.resident(*pid) else {
                    ended.push(*pid);
                    continue;
                };
                let bytes = resident.counted(one.shares);
                one.rests = one.bytes == bytes;
                one.bytes = bytes;
            }
            sum.bytes += one.bytes;
            sum.processes += 1;
            sum.tabs += usize::from(one.role == Role::Tab);
            let comma = if sizes.is_empty() { "" } else { "," };
            _ = write!(sizes, "{comma}\"{pid}\":{}", one.bytes);
        }
        for pid in ended {
            self.end(at, pid, lines);
        }
        begin(lines, at);
        if let Some(used) = counted.used {
            _ = write!(lines, "\"used\":{used},\"hits\":{},", counted.hits);
        }
        if let Some(kills) = counted.oom_kills {
            _ = write!(lines, "\"oomKills\":{kills},");
        }
        if counted.limit != self.limit {
            self.limit = counted.limit;
            let limit = counted.limit.map_or("null".into(), |limit| limit.to_string());
            _ = write!(lines, "\"limit\":{limit},");
        }
        _ = writeln!(lines, "\"p\":{{{sizes}}}}}");
        sum
    }

    /// Says whom the kernel has killed, as soon as one that is gone can be it.
    fn tell_kills(&mut self, at: u64, counted: &Counted, lines: &mut String) {
        if let (Some(before), Some(now)) = (self.oom_kills, counted.oom_kills) {
            self.unknown_kills.extend((before..now).map(|_| at));
        }
        self.oom_kills = counted.oom_kills.or(self.oom_kills);
        self.unknown_kills.retain(|counted| at - counted <= SAME_KILL_MS);
        self.gone.retain(|one| at - one.at <= SAME_KILL_MS);
        while !self.unknown_kills.is_empty() {
            let killed = |one: &Gone| (one.end == Some(End::Killed), one.bytes);
            let victims = self.gone.iter().enumerate();
            let victims = victims.filter(|(_, one)| one.end != Some(End::Otherwise));
            let Some((index, _)) = victims.max_by_key(|(_, one)| killed(one)) else { return };
            let victim = self.gone.swap_remove(index);
            self.unknown_kills.pop();
            begin(lines, at);
            let text = quoted(&format!("the kernel killed {}", victim.name));
            let pid = victim.pid;
            _ = writeln!(
                lines,
                "\"mark\":{{\"kind\":\"kill\",\"text\":{text},\"figures\":{{\"pid\":{pid}}}}}}}"
            );
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use crate::recording::linux::Procfs;
    use std::fs;
    use std::path::Path;
    use tempfile::TempDir;

    /// A tree of procfs, with what is read of it.
    struct Machine(TempDir);

    impl Machine {
        fn new() -> Self {
            Self(tempfile::tempdir().unwrap())
        }

        fn directory(&self, pid: u32) -> std::path::PathBuf {
            self.0.path().join("proc").join(pid.to_string())
        }

        fn start(&self, pid: u32, started: u64, kib: u64, arguments: &str) {
            let own = self.directory(pid);
            fs::create_dir_all(own.join("task").join(pid.to_string())).unwrap();
            fs::write(own.join("cmdline"), arguments.replace(' ', "\0")).unwrap();
            self.stat(pid, started, 'S', 0);
            self.grow(pid, kib);
            self.parent(pid, "");
        }

        fn stat(&self, pid: u32, started: u64, state: char, exit: i32) {
            let zeros = "0 ".repeat(17);
            let more = "0 ".repeat(29);
            let stat = format!("{pid} (a) {state} 1 {zeros}{started} {more}{exit}\n");
            fs::write(self.directory(pid).join("stat"), stat).unwrap();
        }

        fn grow(&self, pid: u32, kib: u64) {
            let status = format!("Name:\ta\nRssAnon:\t{kib} kB\nRssShmem:\t0 kB\n");
            fs::write(self.directory(pid).join("status"), status).unwrap();
        }

        fn parent(&self, pid: u32, children: &str) {
            let task = self.directory(pid).join("task").join(pid.to_string());
            fs::write(task.join("children"), children).unwrap();
        }

        fn vanish(&self, pid: u32) {
            fs::remove_dir_all(self.directory(pid)).unwrap();
        }

        fn zombie(&self, pid: u32, signal: i32) {
            self.stat(pid, 0, 'Z', signal);
            fs::write(self.directory(pid).join("status"), "Name:\ta\n").unwrap();
        }
    }

    struct Run {
        recorder: Recorder<Procfs>,
        at: u64,
    }

    impl Run {
        fn new(root: &Path) -> Self {
            let counted = Counted { oom_kills: Some(0), ..Counted::default() };
            Self { recorder: Recorder::new(Procfs::new(root), 1, &counted), at: 0 }
        }

        /// The lines of a look, without their time.
        fn look(&mut self, counted: &Counted) -> Vec<String> {
            let mut lines = String::new();
            self.recorder.look(self.at, counted, &mut lines);
            let start = format!("{{\"t\":{},", self.at);
            self.at += 100;
            lines
                .lines()
                .map(|line| {
                    let _: serde_json::Value = serde_json::from_str(line).unwrap();
                    line.strip_prefix(&start).unwrap().strip_suffix('}').unwrap().into()
                })
                .collect()
        }

        /// Those of the looks until the next search, and of it.
        fn looks(&mut self) -> Vec<String> {
            (0..5).flat_map(|_| self.look(&Counted::default())).collect()
        }
    }

    const CHROME: &str = "/a/headless_shell --type=renderer";

    #[test]
    fn a_process_that_vanishes_between_two_looks_is_gone_once() {
        let machine = Machine::new();
        machine.start(1, 10, 4, "node a.js");
        machine.start(2, 11, 8, "ffmpeg -i");
        machine.parent(1, "2 ");
        let mut run = Run::new(machine.0.path());
        let lines = run.look(&Counted { used: Some(9), hits: 1, ..Counted::default() });
        let expected = [
            r#""process":{"pid":1,"role":"node","name":"Node"}"#,
            r#""process":{"pid":2,"role":"encoder","name":"FFmpeg"}"#,
            r#""used":9,"hits":1,"p":{"1":4096,"2":8192}"#,
        ];
        assert_eq!(lines, expected);
        machine.vanish(2);
        machine.parent(1, "");
        let expected = [r#""process":{"pid":2,"gone":true}"#, r#""p":{"1":4096}"#];
        assert_eq!(run.look(&Counted::default()), expected);
        let rest = run.looks();
        assert!(rest.iter().all(|line| line == r#""p":{"1":4096}"#), "{rest:?}");
    }

    #[test]
    fn of_many_processes_those_at_rest_are_looked_at_less_often() {
        let seen_after = |count: u32| {
            let machine = Machine::new();
            machine.start(1, 10, 4, "node a.js");
            let mut children = String::new();
            for pid in 2..=count {
                machine.start(pid, 11, 8, CHROME);
                _ = write!(children, "{pid} ");
            }
            machine.parent(1, &children);
            let mut run = Run::new(machine.0.path());
            run.looks();
            machine.grow(9, 16);
            let mut grown = || run.look(&Counted::default()).concat().contains("\"9\":16384");
            (1..10).find(|_| grown()).unwrap()
        };
        assert_eq!(seen_after(16), 1);
        // Five looks were before, and in the seventh it is 9's turn.
        assert_eq!(seen_after(17), 2);
    }

    #[test]
    fn an_id_that_comes_again_is_another_process() {
        let machine = Machine::new();
        machine.start(1, 10, 4, "node a.js");
        machine.start(2, 11, 8, CHROME);
        machine.parent(1, "2 ");
        let mut run = Run::new(machine.0.path());
        run.looks();
        machine.vanish(2);
        machine.start(2, 12, 16, CHROME);
        let lines = run.looks();
        let at = lines.iter().position(|line| line == r#""process":{"pid":2,"gone":true}"#);
        let next = &lines[at.unwrap() + 1];
        assert_eq!(next, r#""process":{"pid":2,"role":"tab","name":"tab 2"}"#);
    }

    #[test]
    fn what_is_forked_is_named_again_when_it_runs_its_program() {
        let machine = Machine::new();
        machine.start(1, 10, 4, "node a.js");
        machine.start(2, 11, 8, "node a.js");
        machine.parent(1, "2 ");
        let mut run = Run::new(machine.0.path());
        assert!(run.looks()[1].contains("Node 2"));
        fs::write(machine.directory(2).join("cmdline"), "ffmpeg\0-i").unwrap();
        let lines = run.looks();
        assert!(lines[0].contains(r#""role":"encoder","name":"FFmpeg""#), "{lines:?}");
    }

    #[test]
    fn who_loses_its_parent_is_still_recorded_and_so_are_its_children() {
        let machine = Machine::new();
        machine.start(1, 10, 4, "node a.js");
        machine.start(2, 11, 8, "/a/headless_shell");
        machine.parent(1, "2 ");
        let mut run = Run::new(machine.0.path());
        run.looks();
        machine.vanish(1);
        machine.start(3, 13, 16, CHROME);
        machine.parent(2, "3 ");
        run.looks();
        assert_eq!(run.look(&Counted::default()).last().unwrap(), r#""p":{"2":8192,"3":16384}"#);
    }

    #[test]
    fn a_kill_names_who_was_killed_whichever_is_seen_first() {
        for counted_first in [true, false] {
            let machine = Machine::new();
            machine.start(1, 10, 4, "node a.js");
            machine.start(2, 11, 80, CHROME);
            machine.start(3, 11, 90, "ffmpeg -i");
            machine.parent(1, "2 3 ");
            let mut run = Run::new(machine.0.path());
            let [before, after] =
                [0, 1].map(|kills| Counted { oom_kills: Some(kills), ..Counted::default() });
            run.look(&before);
            let is_kill = |line: &String| line.contains(r#""kind":"kill""#);
            if counted_first {
                assert!(!run.look(&after).iter().any(is_kill));
            }
            run.recorder.rename(Named { pid: 2, role: Role::Tab, name: "tab 5".into() });
            // The larger one ends as well, and not by a signal.
            machine.zombie(3, 0);
            machine.zombie(2, 9);
            let mut lines = run.look(if counted_first { &after } else { &before });
            lines.extend(run.look(&after));
            let kills: Vec<_> = lines.iter().filter(|line| is_kill(line)).collect();
            let text = r#"the kernel killed tab 5","figures":{"pid":2}"#;
            assert!(kills.len() == 1 && kills[0].contains(text), "{counted_first} {lines:?}");
        }
    }

    #[test]
    fn a_limit_is_told_when_it_changes() {
        let machine = Machine::new();
        machine.start(1, 10, 4, "node a.js");
        let mut run = Run::new(machine.0.path());
        run.look(&Counted::default());
        let limited = Counted { limit: Some(7), ..Counted::default() };
        assert_eq!(run.look(&limited), [r#""limit":7,"p":{"1":4096}"#]);
        assert_eq!(run.look(&limited), [r#""p":{"1":4096}"#]);
        assert_eq!(run.look(&Counted::default()), [r#""limit":null,"p":{"1":4096}"#]);
    }
}
