//! Numbers as the kernel writes them.

use memchr::{memchr, memmem};

/// A decimal number that fills `text`, give or take white space. One too large
/// for 64 bits becomes the largest; signs, fractions and anything else: `None`.
#[must_use]
pub fn parse_u64(text: &[u8]) -> Option<u64> {
    let digits = text.trim_ascii();
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u64, |value, byte| {
        byte.is_ascii_digit()
            .then(|| value.saturating_mul(10).saturating_add(u64::from(byte - b'0')))
    })
}

/// Value of `key` in a flat keyed file (`key value\n`, cgroup-v2.rst
/// "Interface Files"): `memory.stat`, `memory.events`, `memory.oom_control`.
#[must_use]
pub fn flat_keyed(file: &[u8], key: &str) -> Option<u64> {
    let at = memmem::find_iter(file, key).find(|at| {
        let starts_line = *at == 0 || file[at - 1] == b'\n';
        starts_line && file.get(at + key.len()) == Some(&b' ')
    })?;
    let value = &file[at + key.len()..];
    parse_u64(&value[..memchr(b'\n', value).unwrap_or(value.len())])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_numbers_count() {
        assert_eq!(parse_u64(b"42\n"), Some(42));
        assert_eq!(parse_u64(b"99999999999999999999999"), Some(u64::MAX));
        for bad in [&b""[..], b"\n", b"-1", b"+1", b"1.5", b"1 2", b"0x10", b"max", b"\xff"] {
            assert_eq!(parse_u64(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn a_key_is_matched_whole() {
        let stat = b"inactive_file_x 1\ntotal_inactive_file 2\ninactive_file 3\n";
        assert_eq!(flat_keyed(stat, "inactive_file"), Some(3));
        assert_eq!(flat_keyed(stat, "total_inactive_file"), Some(2));
        assert_eq!(flat_keyed(stat, "file"), None);
        assert_eq!(flat_keyed(b"oom_kill", "oom_kill"), None);
    }
}
