//! Kernel files that stay open between calls.
//!
//! Opening a file of procfs or cgroupfs costs several times what reading it
//! does (`npm run bench:memory`), and a render asks again and again. So each
//! thread keeps what it opened, and reads it again with `pread`.
//!
//! A path can come to name another file in two ways only. A mount over it, or
//! away from it, is told by `mountinfo`: then everything is opened anew. A
//! cgroup that was removed, and perhaps made again, answers `ENODEV`: then that
//! file is. What is of another file system (lxcfs, a test's own files) is never
//! kept. The files are closed on exec and at the thread's end, and don't keep a
//! cgroup from being removed.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

const MOUNTINFO: &str = "/proc/self/mountinfo";

/// `PROC_SUPER_MAGIC`, `CGROUP_SUPER_MAGIC` and `CGROUP2_SUPER_MAGIC` of
/// statfs(2).
const KERNEL_FILE_SYSTEMS: [u64; 3] = [0x9fa0, 0x0027_e0eb, 0x6367_7270];

/// A process that is moved through more cgroups than this starts over.
const MOST: usize = 64;

/// The kernel's `seq_file` gives a page at a time.
const STEP: usize = 4096;

/// What one thread keeps.
#[derive(Default)]
struct Kept {
    /// Open since before anything below was read.
    watch: Option<File>,
    files: HashMap<OsString, File>,
    mountinfo: Option<Vec<u8>>,
}

thread_local! {
    static KEPT: RefCell<Kept> = RefCell::default();
}

/// Whether the path is of a kernel file system, by its usual place.
pub(super) fn applies_to(path: &Path) -> bool {
    path.starts_with("/proc") || path.starts_with("/sys/fs/cgroup")
}

/// Reads at most `max` bytes.
///
/// # Errors
/// What `open` and `read` say.
pub(super) fn read(path: &Path, max: usize) -> io::Result<Vec<u8>> {
    KEPT.with_borrow_mut(|kept| kept.read(path, max))
}

impl Kept {
    fn read(&mut self, path: &Path, max: usize) -> io::Result<Vec<u8>> {
        self.forget_after_mounts();
        if path == Path::new(MOUNTINFO) {
            return self.read_mountinfo(path, max);
        }
        if let Some(file) = self.files.get(path.as_os_str()) {
            if let Ok(bytes) = read_all(file, max, false) {
                return Ok(bytes);
            }
            self.files.remove(path.as_os_str());
        }
        let file = File::open(path)?;
        let bytes = read_all(&file, max, false)?;
        if self.watch.is_some() && is_of_the_kernel(&file) {
            if self.files.len() >= MOST {
                self.files.clear();
            }
            self.files.insert(path.into(), file);
        }
        Ok(bytes)
    }

    fn read_mountinfo(&mut self, path: &Path, max: usize) -> io::Result<Vec<u8>> {
        if let Some(content) = &self.mountinfo {
            return Ok(content.clone());
        }
        let bytes = read_all(&File::open(path)?, max, true)?;
        if self.watch.is_some() {
            self.mountinfo = Some(bytes.clone());
        }
        Ok(bytes)
    }

    fn forget_after_mounts(&mut self) {
        if self.watch.as_ref().is_none_or(has_changed) {
            *self = Self { watch: File::open(MOUNTINFO).ok(), ..Self::default() };
        }
    }
}

/// `proc_pid_mounts(5)`: "after opening the file for reading, a change in this
/// file (i.e., a filesystem mount or unmount) causes [...] poll(2) [...] to mark
/// the file as having a priority event". Asking resets it.
fn has_changed(mountinfo: &File) -> bool {
    let mut polled = [PollFd::new(mountinfo, PollFlags::PRI)];
    let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
    poll(&mut polled, Some(&at_once)) != Ok(0)
}

fn is_of_the_kernel(file: &File) -> bool {
    rustix::fs::fstatfs(file).is_ok_and(|found| {
        // The type's width and sign differ between architectures.
        #[allow(clippy::cast_sign_loss, clippy::unnecessary_cast)]
        let kind = found.f_type as u64;
        KERNEL_FILE_SYSTEMS.contains(&(kind & 0xffff_ffff))
    })
}

fn read_all(file: &File, max: usize, in_records: bool) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; STEP];
    let mut length = 0;
    while length < max {
        if length == bytes.len() {
            bytes.resize((length * 2).min(max), 0);
        }
        let room = bytes.len().min(max) - length;
        match file.read_at(&mut bytes[length..length + room], length as u64) {
            Ok(0) => break,
            Ok(count) => {
                length += count;
                // All of our files but mountinfo are one seq_file record, which
                // comes whole where it fits; mountinfo is a record a mount.
                if count < room && !in_records {
                    break;
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(length);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn what_is_of_another_file_system_is_opened_each_time() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        fs::write(&path, "one").unwrap();
        assert_eq!(read(&path, 100).unwrap(), b"one");
        fs::write(&path, "two").unwrap();
        assert_eq!(read(&path, 100).unwrap(), b"two");
        fs::write(dir.path().join("other"), "x".repeat(10_000)).unwrap();
        fs::rename(dir.path().join("other"), &path).unwrap();
        assert_eq!(read(&path, 1 << 20).unwrap().len(), 10_000);
        assert_eq!(read(&path, 5000).unwrap().len(), 5000);
        fs::remove_file(&path).unwrap();
        assert!(read(&path, 100).is_err());
        KEPT.with_borrow(|kept| assert!(kept.files.is_empty()));
    }

    #[test]
    fn a_kept_file_is_read_again() {
        let path = Path::new("/proc/uptime");
        let first = read(path, 1 << 20).unwrap();
        KEPT.with_borrow(|kept| assert!(kept.files.contains_key(path.as_os_str())));
        // In steps of 10 ms. The content is read, not remembered.
        std::thread::sleep(std::time::Duration::from_millis(30));
        assert_ne!(read(path, 1 << 20).unwrap(), first);
    }

    #[test]
    fn a_file_that_is_gone_is_opened_anew() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let path = std::path::PathBuf::from(format!("/proc/{}/stat", child.id()));
        assert!(read(&path, 100).is_ok());
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(read(&path, 100).is_err());
        KEPT.with_borrow(|kept| assert!(!kept.files.contains_key(path.as_os_str())));
    }

    #[test]
    fn mountinfo_is_kept_while_it_has_not_changed() {
        let path = Path::new("/proc/self/mountinfo");
        let first = read(path, 1 << 20).unwrap();
        assert_eq!(read(path, 1 << 20).unwrap(), first);
        assert_eq!(fs::read(path).unwrap(), first);
    }

    #[test]
    fn kernel_files_are_told_by_their_place() {
        assert!(applies_to(Path::new("/proc/meminfo")));
        assert!(applies_to(Path::new("/sys/fs/cgroup/a/memory.max")));
        assert!(!applies_to(Path::new("/tmp/proc/meminfo")));
    }
}
