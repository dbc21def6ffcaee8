//! `/proc/meminfo`: how much memory the machine has, and how much is left.
//!
//! ```text
//! MemTotal:       32795408 kB
//! MemAvailable:   24578640 kB
//! ```
//!
//! `proc_meminfo(5)`: "An estimate of how much memory is available for starting
//! new applications, without swapping", since Linux 3.14. The kernel always
//! writes `kB` and means 1,024 bytes.
//!
//! Three readers: ours, and, because Remotion has two, its own (any unit) and
//! libuv's behind `os.freemem()`. On a file the kernel wrote they agree.
//! (`procfs-core` 0.18 refuses a file without all of Linux's fields, as gVisor's.)

use std::error::Error;
use std::fmt;

use memchr::memmem;

use super::js_number::is_js_space;
use super::number::parse_u64;

/// Where the file is.
pub const PATH: &str = "/proc/meminfo";

/// Why a meminfo file gave no figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MeminfoError {
    /// The file could not be read.
    Unreadable,
    /// No line starts with `MemAvailable` (Linux before 3.14).
    MissingLine,
    /// The line holds no number followed by a unit.
    MissingValue,
    /// The unit is none of kB, MB and GB.
    UnknownUnit,
}

impl fmt::Display for MeminfoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unreadable => "the file could not be read",
            Self::MissingLine => "there is no MemAvailable line",
            Self::MissingValue => "the MemAvailable line has no number with a unit",
            Self::UnknownUnit => "the unit of MemAvailable is not kB, MB or GB",
        })
    }
}

impl Error for MeminfoError {}

/// What follows `start` in the first line that begins with it.
fn behind<'a>(file: &'a [u8], start: &str) -> Option<&'a [u8]> {
    file.split(|byte| *byte == b'\n').find_map(|line| line.strip_prefix(start.as_bytes()))
}

/// A field in bytes, by its name with the colon.
///
/// The kernel's `show_val_kb` writes the name with its colon, the number
/// padded to eight places, and ` kB`, always 1,024 bytes (fs/proc/meminfo.c).
#[must_use]
pub fn field(file: &[u8], name: &str) -> Option<u64> {
    let kib = parse_u64(behind(file, name)?.trim_ascii_end().strip_suffix(b"kB")?)?;
    Some(kib.saturating_mul(1024))
}

/// `MemAvailable` in bytes, whatever its unit.
///
/// # Errors
/// [`MeminfoError`], where the line, its number or a known unit is missing.
pub fn mem_available(file: &[u8]) -> Result<f64, MeminfoError> {
    let line = behind(file, "MemAvailable").ok_or(MeminfoError::MissingLine)?;
    let line = String::from_utf8_lossy(line);
    let (value, unit) = number_and_unit(&line).ok_or(MeminfoError::MissingValue)?;
    // Digits always parse; a number beyond f64 becomes infinity, as in JavaScript.
    let value: f64 = value.parse().map_err(|_| MeminfoError::MissingValue)?;
    let factor = match unit.to_ascii_lowercase().as_str() {
        "kb" => 1024.0,
        "mb" => 1024.0 * 1024.0,
        "gb" => 1024.0 * 1024.0 * 1024.0,
        _ => return Err(MeminfoError::UnknownUnit),
    };
    Ok(value * factor)
}

/// First run of digits that white space and a word follow.
fn number_and_unit(line: &str) -> Option<(&str, &str)> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut rest = line;
    loop {
        let start = rest.find(|c: char| c.is_ascii_digit())?;
        let from_digits = &rest[start..];
        let digits_end =
            from_digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(from_digits.len());
        let (digits, behind) = from_digits.split_at(digits_end);
        let word = behind.trim_start_matches(is_js_space);
        if word.len() < behind.len() && word.starts_with(is_word) {
            let end = word.find(|c: char| !is_word(c)).unwrap_or(word.len());
            return Some((digits, &word[..end]));
        }
        rest = behind;
    }
}

/// How much of the file libuv looks at.
const LIBUV_BUFFER: usize = 4095;

/// Bytes that Node's `os.freemem()` takes from the file: libuv looks for
/// `MemAvailable:` anywhere in the first page and takes the number for kB
/// (libuv `src/unix/linux.c`, `uv_get_free_memory`). `None` where it finds no
/// number above zero and asks `sysinfo(2)` instead.
#[must_use]
pub fn libuv_free_memory(bytes: &[u8]) -> Option<f64> {
    const KEY: &[u8] = b"MemAvailable:";
    let bytes = &bytes[..bytes.len().min(LIBUV_BUFFER)];
    let at = memmem::find(bytes, KEY)?;
    let rest = bytes[at + KEY.len()..].trim_ascii_start();
    let end = rest.iter().position(|b| !b.is_ascii_digit()).unwrap_or(rest.len());
    let kib: u64 = std::str::from_utf8(&rest[..end]).ok()?.parse().ok()?;
    (kib > 0).then(|| kib.saturating_mul(1024) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use procfs_core::{FromBufRead, Meminfo};

    const KERNEL: &str =
        "MemTotal:       24577000 kB\nMemFree:        23000000 kB\nMemAvailable:   23500000 kB\n";

    #[test]
    fn all_readers_agree_on_what_the_kernel_writes() {
        assert_eq!(field(KERNEL.as_bytes(), "MemAvailable:"), Some(23_500_000 * 1024));
        assert_eq!(mem_available(KERNEL.as_bytes()), Ok(23_500_000.0 * 1024.0));
        assert_eq!(libuv_free_memory(KERNEL.as_bytes()), Some(23_500_000.0 * 1024.0));
    }

    #[test]
    fn units_other_than_kb() {
        assert_eq!(mem_available(b"MemAvailable: 3 MB"), Ok(3.0 * 1024.0 * 1024.0));
        assert_eq!(mem_available(b"MemAvailable: 3 gB"), Ok(3.0 * 1024.0 * 1024.0 * 1024.0));
        assert_eq!(mem_available(b"MemAvailable: 3 TB"), Err(MeminfoError::UnknownUnit));
    }

    #[test]
    fn lines_without_a_figure() {
        assert_eq!(mem_available(b""), Err(MeminfoError::MissingLine));
        assert_eq!(mem_available(b"MemFree: 5 kB"), Err(MeminfoError::MissingLine));
        assert_eq!(mem_available(b"MemAvailable:"), Err(MeminfoError::MissingValue));
        assert_eq!(mem_available(b"MemAvailable: 12"), Err(MeminfoError::MissingValue));
        assert_eq!(mem_available(b"MemAvailable: 12kB"), Err(MeminfoError::MissingValue));
        assert_eq!(mem_available(b"MemAvailable: 12kB 7 kB"), Ok(7.0 * 1024.0));
    }

    #[test]
    fn libuv_stops_at_its_buffer_and_at_zero() {
        let far = format!("{}MemAvailable: 5 kB\n", " ".repeat(5000));
        assert_eq!(libuv_free_memory(far.as_bytes()), None);
        assert_eq!(libuv_free_memory(b"MemAvailable: 0 kB"), None);
        assert_eq!(libuv_free_memory(b"xMemAvailable:\t7"), Some(7.0 * 1024.0));
        assert_eq!(libuv_free_memory(b"MemAvailable: -7 kB"), None);
    }

    #[test]
    fn a_file_without_all_of_linuxs_fields_is_read_as_gvisors() {
        let gvisor = b"MemTotal:        2097152 kB\nMemFree:         2083540 kB\n\
            MemAvailable:    2083540 kB\nBuffers:               0 kB\nCached:             4428 kB\n\
            SwapCache:             0 kB\nActive:            10812 kB\nInactive:           2216 kB\n\
            SwapTotal:             0 kB\nSwapFree:              0 kB\nDirty:                 0 kB\n\
            Writeback:             0 kB\nAnonPages:          8600 kB\nMapped:             4428 kB\n\
            Shmem:                 0 kB\n";
        assert_eq!(field(gvisor, "MemTotal:"), Some(2_097_152 * 1024));
        assert_eq!(mem_available(gvisor), Ok(2_083_540.0 * 1024.0));
        // Once the crate takes it, nothing here has to be written by hand.
        assert!(Meminfo::from_buf_read(&gvisor[..]).is_err());
    }
}
