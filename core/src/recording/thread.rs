//! A thread that records, which no busy event loop delays.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::kernel::{self, Counted, Kills, Place};
use super::line::{Named, named, stamped};
use super::processes::Processes;
use super::recorder::{Recorder, Sum};
use super::system;
use super::tail::Tail;
use crate::memory::host;
#[cfg(target_os = "linux")]
use crate::memory::kept::Kept;
#[cfg(not(target_os = "linux"))]
use crate::memory::kernel_files::Directory;

/// What is recorded, and where to.
#[derive(Debug)]
pub struct Options {
    /// Is made anew.
    pub file: PathBuf,
    /// Who is recorded, with all that it starts.
    pub root: u32,
    /// More fields of the header, as `"name":value` with commas between them.
    pub header: String,
    /// How long ago it is that the recording's time began.
    pub age: Duration,
    /// Where another process appends lines.
    pub tail: Option<PathBuf>,
}

/// What was seen last.
#[derive(Debug, Clone, Copy, Default)]
pub struct View {
    /// The kernel's count.
    pub counted: Counted,
    /// The processes.
    pub sum: Sum,
    /// Frames that were done, by the other process's lines.
    pub frames: u64,
    /// Actions of the governor, by the same.
    pub actions: u64,
    /// Whether a line could not be written. No more are then.
    pub failed: bool,
}

/// A file that takes lines until one fails: a disk that is full ends a recording,
/// and nothing else.
#[derive(Debug)]
struct Log(Option<File>);

impl Log {
    fn append(&mut self, lines: &str) {
        if let Some(file) = &mut self.0
            && file.write_all(lines.as_bytes()).is_err()
        {
            self.0 = None;
        }
    }
}

#[derive(Debug)]
struct Shared {
    log: Mutex<Log>,
    view: Mutex<View>,
    /// Whom lines have named since the last look.
    names: Mutex<Vec<Named>>,
    stop: Mutex<bool>,
    stopped: Condvar,
}

/// Nothing that holds one calls out, so a panic leaves nothing half done.
fn hold<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A recording that goes on.
#[derive(Debug)]
pub struct Recording {
    shared: Arc<Shared>,
    clock: Instant,
    thread: Option<JoinHandle<()>>,
}

fn millis(clock: Instant) -> u64 {
    u64::try_from(clock.elapsed().as_millis()).unwrap_or(u64::MAX)
}

fn header(fields: &str, limit: Option<u64>, memory: &str) -> String {
    let limit = limit.map_or("null".into(), |limit| limit.to_string());
    format!("{{\"headroom\":1,{fields},\"limit\":{limit},\"memory\":\"{memory}\"}}\n")
}

/// What the thread has.
struct Looker<P> {
    recorder: Recorder<P>,
    tail: Option<Tail>,
    host_total: Option<u64>,
    #[cfg(target_os = "linux")]
    files: Kept,
    #[cfg(not(target_os = "linux"))]
    files: Directory,
    place: Place,
    kills: Kills,
}

impl<P: Processes> Looker<P> {
    fn look(&mut self, clock: Instant, shared: &Shared) {
        let mut lines = String::new();
        let mut names = std::mem::take(&mut *hold(&shared.names));
        // First: what it says was before.
        if let Some(tail) = &mut self.tail {
            tail.follow(&mut lines, &mut names);
        }
        for named in names {
            self.recorder.rename(named);
        }
        #[cfg(target_os = "linux")]
        let files = self.files.begin();
        #[cfg(not(target_os = "linux"))]
        let files = &mut self.files;
        let mut counted = kernel::count(&mut self.place.on(files), self.host_total);
        counted.oom_kills = self.kills.tell(counted.oom_kills, self.place.has_moved());
        self.recorder.calibrate();
        // Held from when the time is taken, so that lines are in its order; who
        // writes waits for the rest, which takes a millisecond or two.
        let mut log = hold(&shared.log);
        let sum = self.recorder.look(millis(clock), &counted, &mut lines);
        log.append(&lines);
        let failed = log.0.is_none();
        drop(log);
        let (frames, actions) =
            self.tail.as_ref().map_or((0, 0), |tail| (tail.frames, tail.actions));
        *hold(&shared.view) = View { counted, sum, frames, actions, failed };
    }
}

fn create(file: &Path) -> io::Result<File> {
    // In one piece with what others append, should it be a file of theirs as well.
    File::create(file)?;
    File::options().append(true).open(file)
}

impl Recording {
    /// Starts it: the header and the first look are in the file then.
    ///
    /// # Errors
    /// What making the file or the thread says.
    pub fn start(options: Options) -> io::Result<Self> {
        let mut log = Log(Some(create(&options.file)?));
        #[cfg(target_os = "linux")]
        let mut files = Kept::default();
        #[cfg(target_os = "linux")]
        let begun = files.begin();
        #[cfg(not(target_os = "linux"))]
        let mut files = Directory::new("/");
        #[cfg(not(target_os = "linux"))]
        let begun = &mut files;
        let host_total = host::measure(begun, host::from_system).map(|host| host.total);
        let mut place = Place::of(options.root);
        let counted = kernel::count(&mut place.on(begun), host_total);
        let kills = Kills::since(counted.oom_kills);
        let processes = system();
        let every = every(&processes);
        log.append(&header(&options.header, counted.limit, memory(&processes)));
        let now = Instant::now();
        let clock = now.checked_sub(options.age).unwrap_or(now);
        let shared = Arc::new(Shared {
            log: Mutex::new(log),
            view: Mutex::default(),
            names: Mutex::default(),
            stop: Mutex::new(false),
            stopped: Condvar::new(),
        });
        let recorder = Recorder::new(processes, options.root, &counted);
        let tail = options.tail.map(Tail::new);
        let mut looker = Looker { recorder, tail, host_total, files, place, kills };
        looker.look(clock, &shared);
        let of_thread = Arc::clone(&shared);
        let thread = thread::Builder::new().name("headroom-record".into()).spawn(move || {
            let shared = of_thread;
            loop {
                // On the beat, however long a look takes.
                let late = clock.elapsed().as_nanos() % every.as_nanos();
                let late = Duration::from_nanos(u64::try_from(late).unwrap_or(0));
                let wait = every.saturating_sub(late);
                let (stop, _) = shared
                    .stopped
                    .wait_timeout_while(hold(&shared.stop), wait, |stop| !*stop)
                    .unwrap_or_else(PoisonError::into_inner);
                let stop = *stop;
                looker.look(clock, &shared);
                if stop {
                    return;
                }
            }
        })?;
        Ok(Self { shared, clock, thread: Some(thread) })
    }

    /// Writes a line of now: the fields of the JSON object `body`. Tells whether
    /// that is one.
    #[must_use]
    pub fn write(&self, body: &str) -> bool {
        let mut log = hold(&self.shared.log);
        let line = stamped(millis(self.clock), body);
        if let Some(line) = &line {
            log.append(line);
            hold(&self.shared.names).extend(named(line));
        }
        line.is_some()
    }

    /// Milliseconds since the start.
    #[must_use]
    pub fn now(&self) -> u64 {
        millis(self.clock)
    }

    /// What was seen last.
    #[must_use]
    pub fn view(&self) -> View {
        *hold(&self.shared.view)
    }

    /// Takes a last look, and ends.
    pub fn stop(&mut self) {
        *hold(&self.shared.stop) = true;
        self.shared.stopped.notify_all();
        if let Some(thread) = self.thread.take() {
            // It has nothing to tell, whichever way it ended.
            _ = thread.join();
        }
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        self.stop();
    }
}

fn every<P: Processes>(_: &P) -> Duration {
    P::EVERY
}

fn memory<P: Processes>(_: &P) -> &'static str {
    P::MEMORY
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn options(file: PathBuf, tail: Option<PathBuf>) -> Options {
        let header = "\"start\":1,\"version\":\"0\"".into();
        let age = Duration::from_millis(5);
        Options { file, root: std::process::id(), header, age, tail }
    }

    #[test]
    fn every_line_is_whole_and_in_the_order_of_time() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a.jsonl");
        let tail = dir.path().join("marks");
        let mut recording = Recording::start(options(file.clone(), Some(tail.clone()))).unwrap();
        assert!(fs::read_to_string(&file).unwrap().contains("\"p\":{"));
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..500 {
                        assert!(recording.write("{\"mark\":{\"kind\":\"aside\",\"text\":\"a\"}}"));
                    }
                });
            }
        });
        assert!(!recording.write("no object"));
        fs::write(tail, "{\"t\":0,\"frame\":{\"n\":1,\"ms\":2}}\n").unwrap();
        recording.stop();
        let text = fs::read_to_string(&file).unwrap();
        let mut lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
        let header: serde_json::Value = lines.next().unwrap();
        assert_eq!(header["headroom"], 1);
        let rest: Vec<serde_json::Value> = lines.collect();
        let marks = rest.iter().filter(|line| line["mark"].is_object());
        assert_eq!(marks.count(), 2000);
        let times = rest.iter().filter(|line| !line["frame"].is_object());
        assert!(times.map(|line| line["t"].as_u64().unwrap()).is_sorted());
        assert!(times_begin_at(&rest) >= 5);
        assert_eq!((recording.view().frames, recording.view().failed), (1, false));
        let length = text.len();
        recording.stop();
        assert_eq!(fs::read_to_string(&file).unwrap().len(), length);
    }

    fn times_begin_at(lines: &[serde_json::Value]) -> u64 {
        let look = lines.iter().find(|line| line["p"].is_object());
        look.and_then(|line| line["t"].as_u64()).unwrap()
    }

    #[test]
    fn a_file_that_cannot_be_made_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        assert!(Recording::start(options(dir.path().into(), None)).is_err());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_disk_that_is_full_ends_the_recording_alone() {
        let mut recording = Recording::start(options("/dev/full".into(), None)).unwrap();
        assert!(recording.write("{\"a\":1}"));
        assert!(recording.view().failed);
        recording.stop();
    }
}
