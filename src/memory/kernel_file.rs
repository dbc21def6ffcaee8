//! Reading the small files of procfs and cgroupfs, and the numbers in them.

use std::io;
use std::path::Path;

#[cfg(target_os = "linux")]
use super::kept;

/// More than any of these files can hold; a longer one is cut here.
const MAX_LENGTH: usize = 16 << 20;

/// Reads a whole kernel file.
///
/// # Errors
/// What `open` and `read` say: missing file, missing rights; and anything that
/// is not a regular file, as all files of procfs and cgroupfs are.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    #[cfg(target_os = "linux")]
    return kept::read(path, MAX_LENGTH);
    #[cfg(not(target_os = "linux"))]
    {
        use std::io::Read;
        // Opening a FIFO would wait for a writer.
        if !std::fs::metadata(path)?.is_file() {
            return Err(not_a_file());
        }
        let mut bytes = Vec::new();
        std::fs::File::open(path)?.take(MAX_LENGTH as u64).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

pub(super) fn not_a_file() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "not a regular file")
}

/// Whether `path` is there; for markers that are there before the process is.
#[must_use]
pub fn exists(path: &Path) -> bool {
    #[cfg(target_os = "linux")]
    return kept::exists(path);
    #[cfg(not(target_os = "linux"))]
    path.exists()
}

/// Runs one measurement: the files it reads may still be open from the last
/// one, after one look at whether they are still those that their paths name.
pub fn one_call<T>(work: impl FnOnce() -> T) -> T {
    #[cfg(target_os = "linux")]
    return kept::call(work);
    #[cfg(not(target_os = "linux"))]
    work()
}

/// Decimal integer at the start of `text`, the way JavaScript's
/// `parseInt(text, 10)` reads it: leading white space and a sign are skipped,
/// anything behind the digits is ignored. `None` where that would be `NaN`.
#[must_use]
pub fn parse_int(text: &str) -> Option<f64> {
    let text = text.trim_start_matches(is_js_space);
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let end = digits.bytes().position(|b| !b.is_ascii_digit()).unwrap_or(digits.len());
    let value: f64 = digits[..end].parse().ok()?;
    Some(if negative { -value } else { value })
}

/// White space as `\s` and `String.prototype.trim` define it in JavaScript.
#[must_use]
pub fn is_js_space(c: char) -> bool {
    // U+0085 is white space to Unicode and not to JavaScript; U+FEFF the reverse.
    (c.is_whitespace() && c != '\u{85}') || c == '\u{feff}'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_javascript_reads_them() {
        let cases: &[(&str, Option<f64>)] = &[
            ("123\n", Some(123.0)),
            ("  42 kB", Some(42.0)),
            ("-5", Some(-5.0)),
            ("+7", Some(7.0)),
            ("0x10", Some(0.0)),
            ("1e3", Some(1.0)),
            ("12.9", Some(12.0)),
            ("9223372036854771712", Some(9_223_372_036_854_771_712.0)),
            ("", None),
            ("max", None),
            ("- 5", None),
            ("\u{feff}9", Some(9.0)),
            ("\u{85}9", None),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_int(text), *expected, "{text:?}");
        }
    }

    /// What waits for ever, if it is opened or read as a file is.
    #[cfg(target_os = "linux")]
    #[test]
    fn what_never_answers_is_an_error_at_once() {
        use rustix::fs::{CWD, FileType, Mode, mknodat};

        let dir = tempfile::tempdir().unwrap();
        let fifo = dir.path().join("memory.max");
        mknodat(CWD, &fifo, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
        let link = dir.path().join("memory.high");
        std::os::unix::fs::symlink(&fifo, &link).unwrap();
        let socket = dir.path().join("memory.current");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        for path in [&*fifo, &*link, &*socket, Path::new("/dev/zero")] {
            assert!(read(path).is_err(), "{path:?}");
            assert!(one_call(|| read(path)).is_err(), "{path:?}");
        }
    }

    #[test]
    fn a_directory_and_a_missing_file_are_errors() {
        let dir = tempfile::tempdir().unwrap();
        assert!(read(dir.path()).is_err());
        assert!(read(&dir.path().join("missing")).is_err());
    }
}
