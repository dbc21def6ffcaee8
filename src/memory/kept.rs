//! Kernel files that stay open between calls.
//!
//! Opening a file of cgroupfs costs several times what reading it does (about
//! 5 us against 0.7 us; benchmark/memory.mjs), and a render asks again and
//! again. So each thread keeps what it opened. A kept file is used only while
//! its path still names the same inode of the same device; one that is mounted
//! over, replaced or removed is opened anew. The files are closed on exec and
//! at the thread's end, and don't keep a cgroup from being removed.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

struct Kept {
    file: File,
    device: u64,
    inode: u64,
    /// Of mountinfo alone, which says by poll(2) when it has changed.
    content: Option<Vec<u8>>,
}

/// A process that is moved through more cgroups than this starts over.
const MOST: usize = 64;

/// The kernel's `seq_file` gives a page at a time.
const STEP: usize = 4096;

thread_local! {
    static KEPT: RefCell<HashMap<OsString, Kept>> = RefCell::new(HashMap::new());
}

/// Whether the path is of a kernel file system, by its usual place.
pub(super) fn applies_to(path: &Path) -> bool {
    path.starts_with("/proc") || path.starts_with("/sys/fs/cgroup")
}

/// Reads at most `max` bytes.
///
/// # Errors
/// What `stat`, `open` and `read` say.
pub(super) fn read(path: &Path, max: usize) -> io::Result<Vec<u8>> {
    KEPT.with_borrow_mut(|kept| {
        let now = fs::metadata(path).inspect_err(|_| {
            kept.remove(path.as_os_str());
        })?;
        if let Some(known) = kept.get_mut(path.as_os_str())
            && (known.device, known.inode) == (now.dev(), now.ino())
            // A removed cgroup answers ENODEV; one of the same name is another file.
            && let Ok(bytes) = known.read(max)
        {
            return Ok(bytes);
        }
        let file = File::open(path)?;
        let opened = file.metadata()?;
        let watched = path == Path::new("/proc/self/mountinfo");
        let bytes = read_all(&file, max, watched)?;
        if kept.len() >= MOST {
            kept.clear();
        }
        let content = watched.then(|| bytes.clone());
        let (device, inode) = (opened.dev(), opened.ino());
        kept.insert(path.into(), Kept { file, device, inode, content });
        Ok(bytes)
    })
}

impl Kept {
    fn read(&mut self, max: usize) -> io::Result<Vec<u8>> {
        if let Some(content) = &self.content
            && !has_changed(&self.file)
        {
            return Ok(content.clone());
        }
        let bytes = read_all(&self.file, max, self.content.is_some())?;
        if self.content.is_some() {
            self.content = Some(bytes.clone());
        }
        Ok(bytes)
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

fn read_all(file: &File, max: usize, in_records: bool) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; STEP];
    let mut length = 0;
    while length < max {
        if length == bytes.len() {
            bytes.resize((length * 2).min(max), 0);
        }
        let room = bytes.len() - length;
        match file.read_at(&mut bytes[length..], length as u64) {
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

    #[test]
    fn a_kept_file_is_read_again_and_a_replaced_one_opened_again() {
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
