//! Lines that another process appends to a file.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;

use super::line::{Named, named};

/// Of so many bytes at most at once: a render writes some hundred a second.
const MOST: u64 = 4 << 20;

/// Follows a file.
#[derive(Debug)]
pub struct Tail {
    path: PathBuf,
    at: u64,
    /// Frames so far.
    pub frames: u64,
    /// Actions of the governor so far.
    pub actions: u64,
}

impl Tail {
    /// Follows `path` from its begin.
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        Self { path, at: 0, frames: 0, actions: 0 }
    }

    /// Appends the lines that were added, as far as they are whole, and whom they
    /// name. A file that can't be read has none.
    pub fn follow(&mut self, lines: &mut String, names: &mut Vec<Named>) {
        let mut bytes = Vec::new();
        let read = File::open(&self.path).and_then(|mut file| {
            file.seek(SeekFrom::Start(self.at))?;
            file.take(MOST).read_to_end(&mut bytes)
        });
        if read.is_err() {
            return;
        }
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        self.at += whole as u64;
        for line in String::from_utf8_lossy(&bytes[..whole]).lines() {
            // Anything else would be no line of a recording, or another header.
            if line.starts_with("{\"t\":") {
                self.frames += u64::from(line.contains("\"frame\":{"));
                self.actions += u64::from(line.contains("\"kind\":\"action\""));
                names.extend(named(line));
                lines.push_str(line);
                lines.push('\n');
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn lines_are_taken_once_and_whole() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("marks");
        let mut tail = Tail::new(path.clone());
        let mut lines = String::new();
        tail.follow(&mut lines, &mut Vec::new());
        assert_eq!(lines, "");
        let mut file = File::create(path).unwrap();
        file.write_all(b"{\"t\":1,\"frame\":{}}\n{\"t\":2,").unwrap();
        tail.follow(&mut lines, &mut Vec::new());
        tail.follow(&mut lines, &mut Vec::new());
        assert_eq!(lines, "{\"t\":1,\"frame\":{}}\n");
        file.write_all(b"\"mark\":{\"kind\":\"action\"}}\nnoise\n{\"headroom\":1}\n").unwrap();
        tail.follow(&mut lines, &mut Vec::new());
        assert!(lines.ends_with("}}\n{\"t\":2,\"mark\":{\"kind\":\"action\"}}\n"), "{lines}");
        assert_eq!((tail.frames, tail.actions), (1, 1));
    }
}
