//! Where a measurement reads from: the machine, a directory that pictures one,
//! or files in memory.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use super::kernel_file;

/// The files of one machine, by their absolute paths on it.
pub trait KernelFiles {
    /// The whole content.
    ///
    /// # Errors
    /// What `open` and `read` say.
    fn read(&mut self, path: &Path) -> io::Result<Vec<u8>>;

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
    fn read(&mut self, path: &Path) -> io::Result<Vec<u8>> {
        kernel_file::read(&self.locate(path))
    }

    fn exists(&mut self, path: &Path) -> bool {
        let path = self.locate(path);
        // A picture of a machine can change while the process runs.
        if self.root.as_os_str() == "/" { kernel_file::exists(&path) } else { path.exists() }
    }
}

/// Files held in memory.
#[derive(Debug, Clone, Default)]
pub struct InMemory(pub BTreeMap<PathBuf, Vec<u8>>);

impl KernelFiles for InMemory {
    fn read(&mut self, path: &Path) -> io::Result<Vec<u8>> {
        self.0.get(path).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
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
    /// What it held (nothing for a marker), or why it could not be read.
    pub content: Result<Vec<u8>, String>,
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
    fn read(&mut self, path: &Path) -> io::Result<Vec<u8>> {
        let result = self.files.read(path);
        let content = match &result {
            Ok(bytes) => Ok(bytes.clone()),
            Err(error) => Err(error.kind().to_string()),
        };
        self.captured.push(Captured { path: path.into(), content });
        result
    }

    fn exists(&mut self, path: &Path) -> bool {
        let exists = self.files.exists(path);
        let content =
            if exists { Ok(Vec::new()) } else { Err(io::ErrorKind::NotFound.to_string()) };
        self.captured.push(Captured { path: path.into(), content });
        exists
    }
}
