//! Kernel files that stay open between calls.
//!
//! Finding a file of cgroupfs by its path costs several times what reading it
//! does (about 3 us a `stat`, 5 us an `open`, 1 us a read; docs/memory.md). A
//! render asks a handful of times, but who watches its memory asks ten times a
//! second. So what was opened stays open: a report of three levels took 52 us
//! by paths, and takes 12.
//!
//! A kept file is the one that its path names as long as nothing was mounted or
//! unmounted, which one poll(2) of mountinfo tells for all of them at the start
//! of each measurement ([`Kept::begin`]). Within a kernel file system a file is
//! never replaced: a removed cgroup answers ENODEV, also where one of the same
//! name was made since. What lies on any other file system (lxcfs over
//! `/proc/meminfo`) is not kept.
//!
//! The files are closed on exec and with their owner, and don't keep a cgroup
//! from being removed.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{PROC_SUPER_MAGIC, fstatfs};

use super::kernel_files::{KernelFiles, MAX_LENGTH, open};

const MOUNTINFO: &str = "/proc/self/mountinfo";

/// `linux/magic.h`.
const CGROUP_SUPER_MAGIC: u32 = 0x0027_e0eb;
const CGROUP2_SUPER_MAGIC: u32 = 0x6367_7270;
const SYSFS_MAGIC: u32 = 0x6265_6572;

/// A process that is moved through more cgroups than this starts over.
const MOST: usize = 64;

/// The kernel's `seq_file` gives a page at a time.
const STEP: usize = 4096;

/// The machine's files, open ones first.
#[derive(Debug, Default)]
pub struct Kept {
    /// Where it is hidden nothing says when mounts change: nothing is kept.
    mounts: Option<Mounts>,
    /// In the order in which they are asked for, which is the same each time.
    files: Vec<(OsString, File)>,
    /// Where the one that is asked for next should be.
    next: usize,
    /// Whether each marker that was asked for is there.
    markers: HashMap<OsString, bool>,
    /// What was read last, and room for more: no read has to ask for memory.
    page: Vec<u8>,
}

#[derive(Debug)]
struct Mounts {
    file: File,
    /// Read when it is first asked for.
    content: Option<Vec<u8>>,
}

impl Kept {
    /// Begins a measurement: what is open and no longer what its path names is
    /// closed. Mounts that change afterwards are seen by the next one.
    pub fn begin(&mut self) -> &mut Self {
        if self.mounts.as_ref().is_none_or(|mounts| has_changed(&mounts.file)) {
            self.files.clear();
            self.markers.clear();
            self.mounts = open(Path::new(MOUNTINFO))
                .ok()
                .filter(is_of_kernel)
                .map(|file| Mounts { file, content: None });
        }
        self.next = 0;
        self
    }

    fn read_at_most(&mut self, path: &Path, max: usize) -> io::Result<Cow<'_, [u8]>> {
        // As bytes: paths compare component by component.
        let path = path.as_os_str();
        let length = if self.mounts.is_none() {
            read_all(&open(path.as_ref())?, max, &mut self.page)?
        } else if path == MOUNTINFO {
            return self.mountinfo(max).map(Cow::from);
        } else if let Some(length) = self.read_open(path, max) {
            length
        } else {
            self.read_anew(path, max)?
        };
        Ok(self.page[..length].into())
    }

    fn mountinfo(&mut self, max: usize) -> io::Result<&[u8]> {
        let Some(mounts) = self.mounts.as_mut() else { return Ok(&[]) };
        if mounts.content.is_none() {
            let length = read_all(&mounts.file, max, &mut self.page)?;
            mounts.content = Some(self.page[..length].into());
        }
        Ok(mounts.content.as_deref().unwrap_or_default())
    }

    /// `None` where it is not open, or was removed.
    fn read_open(&mut self, path: &OsStr, max: usize) -> Option<usize> {
        let (before, from) = self.files.split_at(self.next.min(self.files.len()));
        let at = from.iter().chain(before).position(|(its, _)| its == path)?;
        let at = (at + before.len()) % self.files.len();
        let length = read_one(&self.files[at].1, max, &mut self.page);
        if length.is_err() {
            self.files.remove(at);
        }
        self.next = at + 1;
        length.ok()
    }

    fn read_anew(&mut self, path: &OsStr, max: usize) -> io::Result<usize> {
        let file = open(path.as_ref())?;
        if !is_of_kernel(&file) {
            return read_all(&file, max, &mut self.page);
        }
        let length = read_one(&file, max, &mut self.page)?;
        if self.files.len() >= MOST {
            self.files.clear();
        }
        self.files.push((path.into(), file));
        self.next = self.files.len();
        Ok(length)
    }
}

impl KernelFiles for Kept {
    fn read(&mut self, path: &Path) -> io::Result<Cow<'_, [u8]>> {
        self.read_at_most(path, MAX_LENGTH)
    }

    /// For markers that are there before the process is: their absence is kept
    /// as well.
    fn exists(&mut self, path: &Path) -> bool {
        if self.mounts.is_none() {
            return path.exists();
        }
        if let Some(known) = self.markers.get(path.as_os_str()) {
            return *known;
        }
        if self.markers.len() >= MOST {
            self.markers.clear();
        }
        let exists = path.exists();
        self.markers.insert(path.into(), exists);
        exists
    }
}

fn is_of_kernel(file: &File) -> bool {
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::unnecessary_cast,
        reason = "f_type is signed, and of another width, on some targets"
    )]
    fstatfs(file).is_ok_and(|system| {
        [PROC_SUPER_MAGIC as u32, CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC, SYSFS_MAGIC]
            .contains(&(system.f_type as u32))
    })
}

/// `proc_pid_mounts(5)`: "after opening the file for reading, a change in this
/// file (i.e., a filesystem mount or unmount) causes [...] poll(2) [...] to mark
/// the file as having a priority event". Asking resets it.
fn has_changed(mountinfo: &File) -> bool {
    let mut polled = [PollFd::new(mountinfo, PollFlags::PRI)];
    let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
    poll(&mut polled, Some(&at_once)) != Ok(0)
}

/// A file that is one `seq_file` record, as all of ours but mountinfo: it comes
/// whole where it fits, so that no second read has to find the end.
fn read_one(file: &File, max: usize, page: &mut Vec<u8>) -> io::Result<usize> {
    read_until(file, max, page, |count, room| count < room)
}

fn read_all(file: &File, max: usize, page: &mut Vec<u8>) -> io::Result<usize> {
    read_until(file, max, page, |count, _| count == 0)
}

/// Reads to the start of `page`; how much.
fn read_until(
    file: &File,
    max: usize,
    page: &mut Vec<u8>,
    ended: impl Fn(usize, usize) -> bool,
) -> io::Result<usize> {
    let mut length = 0;
    while length < max {
        let end = max.min(length + STEP);
        if page.len() < end {
            page.try_reserve(end - page.len())?;
            page.resize(end, 0);
        }
        match file.read_at(&mut page[length..end], length as u64) {
            Ok(count) => {
                let room = end - length;
                length += count;
                if ended(count, room) {
                    break;
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn only_files_of_the_kernel_are_kept() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        let mut kept = Kept::default();
        fs::write(&path, "one").unwrap();
        assert_eq!(kept.begin().read(&path).unwrap(), &b"one"[..]);
        fs::write(dir.path().join("other"), "x".repeat(10_000)).unwrap();
        fs::rename(dir.path().join("other"), &path).unwrap();
        assert_eq!(kept.begin().read(&path).unwrap().len(), 10_000);
        assert_eq!(kept.read_at_most(&path, 5000).unwrap().len(), 5000);
        assert_eq!(kept.read_at_most(&path, 10).unwrap().len(), 10);
        fs::remove_file(&path).unwrap();
        assert!(kept.begin().read(&path).is_err());
        assert!(kept.files.is_empty());

        let meminfo = Path::new("/proc/meminfo");
        let first = kept.begin().read(meminfo).unwrap();
        assert!(first.starts_with(b"MemTotal:") && first.ends_with(b" kB\n"));
        assert!(kept.begin().read(meminfo).unwrap().starts_with(b"MemTotal:"));
        assert_eq!(kept.files.len(), 1);
    }

    #[test]
    fn open_files_are_found_in_any_order() {
        let paths = ["/proc/version", "/proc/self/cgroup", "/proc/self/status"];
        let name = |path: &str| fs::read(path).unwrap()[..6].to_vec();
        let mut kept = Kept::default();
        for order in [[0, 1, 2], [2, 1, 0], [1, 1, 0], [2, 0, 1]] {
            kept.begin();
            for path in order.map(|at| paths[at]) {
                assert_eq!(kept.read(Path::new(path)).unwrap()[..6], name(path), "{order:?}");
            }
        }
        assert_eq!(kept.files.len(), paths.len());
    }

    #[test]
    fn nothing_is_kept_before_the_first_measurement() {
        let mut kept = Kept::default();
        assert!(kept.read(Path::new("/proc/meminfo")).unwrap().starts_with(b"MemTotal:"));
        assert!(kept.files.is_empty());
    }

    #[test]
    fn mountinfo_is_read_whole() {
        let path = Path::new(MOUNTINFO);
        let mut kept = Kept::default();
        let first = kept.begin().read(path).unwrap().into_owned();
        assert_eq!(kept.begin().read(path).unwrap(), first);
        assert_eq!(fs::read(path).unwrap(), first);
    }
}
