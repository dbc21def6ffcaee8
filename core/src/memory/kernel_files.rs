//! Where a measurement reads from: the machine, a directory that pictures one,
//! or files in memory. [`super::kept`] is the machine with its files left open.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use base64::prelude::{BASE64_STANDARD, Engine as _};

/// More than any of these files can hold; a longer one is cut here.
pub(super) const MAX_LENGTH: usize = 16 << 20;

/// The files of one machine, by their absolute paths on it.
pub trait KernelFiles {
    /// The whole content, lent where there is memory for it already.
    ///
    /// # Errors
    /// What `open` and `read` say.
    fn read(&mut self, path: &Path) -> io::Result<Cow<'_, [u8]>>;

    /// Whether the path is there. Used for markers whose content says nothing.
    fn exists(&mut self, path: &Path) -> bool;
}

/// Files below a directory: `/` on the machine itself, a fixture in tests.
#[derive(Debug, Clone)]
pub struct Directory {
    root: PathBuf,
}

impl Directory {
    /// Files below `root`.
    #[must_use]
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    fn locate<'a>(&self, path: &'a Path) -> Cow<'a, Path> {
        if self.root.as_os_str() == "/" {
            return path.into();
        }
        // join() with an absolute path would leave the root.
        self.root.join(path.strip_prefix("/").unwrap_or(path)).into()
    }
}

impl KernelFiles for Directory {
    fn read(&mut self, path: &Path) -> io::Result<Cow<'_, [u8]>> {
        let mut bytes = Vec::new();
        open(&self.locate(path))?.take(MAX_LENGTH as u64).read_to_end(&mut bytes)?;
        Ok(bytes.into())
    }

    fn exists(&mut self, path: &Path) -> bool {
        self.locate(path).exists()
    }
}

/// Opens a regular file, as all files of procfs and cgroupfs are. Without
/// NONBLOCK the open of a FIFO waits for a writer; on a regular file it changes
/// nothing.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    #[cfg(unix)]
    let file = {
        use rustix::fs::OFlags;
        use std::os::unix::fs::OpenOptionsExt;

        let flags = (OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed();
        File::options().read(true).custom_flags(flags).open(path)?
    };
    #[cfg(not(unix))]
    let file = File::open(path)?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"))
    }
}

impl<F: KernelFiles> KernelFiles for &mut F {
    fn read(&mut self, path: &Path) -> io::Result<Cow<'_, [u8]>> {
        (**self).read(path)
    }

    fn exists(&mut self, path: &Path) -> bool {
        (**self).exists(path)
    }
}

/// Files held in memory.
#[derive(Debug, Clone, Default)]
pub struct InMemory(pub BTreeMap<PathBuf, Vec<u8>>);

impl KernelFiles for InMemory {
    fn read(&mut self, path: &Path) -> io::Result<Cow<'_, [u8]>> {
        match self.0.get(path) {
            Some(bytes) => Ok(bytes.into()),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn exists(&mut self, path: &Path) -> bool {
        self.0.contains_key(path)
    }
}

/// One file that a report was made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Captured {
    /// Its path on the machine.
    pub path: PathBuf,
    /// What it held in base64 (nothing for a marker), or why it could not be read.
    pub content: Result<String, String>,
}

/// Passes reads on and keeps what they gave.
#[derive(Debug)]
pub struct Capture<F> {
    files: F,
    /// In the order of reading.
    pub captured: Vec<Captured>,
}

impl<F: KernelFiles> Capture<F> {
    /// Captures what is read from `files`.
    pub fn new(files: F) -> Self {
        Self { files, captured: Vec::new() }
    }
}

impl<F: KernelFiles> KernelFiles for Capture<F> {
    fn read(&mut self, path: &Path) -> io::Result<Cow<'_, [u8]>> {
        let result = self.files.read(path);
        let content = match &result {
            Ok(bytes) => Ok(BASE64_STANDARD.encode(bytes)),
            Err(error) => Err(error.kind().to_string()),
        };
        self.captured.push(Captured { path: path.into(), content });
        result
    }

    fn exists(&mut self, path: &Path) -> bool {
        let exists = self.files.exists(path);
        let content =
            if exists { Ok(String::new()) } else { Err(io::ErrorKind::NotFound.to_string()) };
        self.captured.push(Captured { path: path.into(), content });
        exists
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What waits for ever, if it is opened or read as a file is.
    #[cfg(target_os = "linux")]
    #[test]
    fn what_never_answers_is_an_error_at_once() {
        use crate::memory::kept::Kept;
        use rustix::fs::{CWD, FileType, Mode, mknodat};

        let dir = tempfile::tempdir().unwrap();
        let fifo = dir.path().join("memory.max");
        mknodat(CWD, &fifo, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
        let link = dir.path().join("memory.high");
        std::os::unix::fs::symlink(&fifo, &link).unwrap();
        let socket = dir.path().join("memory.current");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        for path in [&*fifo, &*link, &*socket, Path::new("/dev/zero")] {
            assert!(Directory::new("/").read(path).is_err(), "{path:?}");
            assert!(Kept::default().begin().read(path).is_err(), "{path:?}");
        }
    }

    #[test]
    fn a_capture_holds_what_was_read_in_base64() {
        let bytes: Vec<u8> = (0..=u8::MAX).collect();
        let mut files = InMemory::default();
        files.0.insert("/file".into(), bytes.clone());
        files.0.insert("/marker".into(), bytes.clone());
        let mut capture = Capture::new(files);
        assert_eq!(capture.read(Path::new("/file")).unwrap(), bytes);
        assert!(capture.exists(Path::new("/marker")));
        assert!(capture.read(Path::new("/missing")).is_err());
        let content: Vec<_> = capture.captured.into_iter().map(|file| file.content).collect();
        let decoded = BASE64_STANDARD.decode(content[0].as_ref().unwrap());
        assert_eq!(decoded, Ok(bytes));
        assert_eq!(content[1], Ok(String::new()));
        assert!(content[2].is_err());
    }

    #[test]
    fn a_directory_and_a_missing_file_are_errors() {
        let dir = tempfile::tempdir().unwrap();
        assert!(Directory::new("/").read(dir.path()).is_err());
        assert!(Directory::new(dir.path()).read(Path::new("/missing")).is_err());
    }
}
