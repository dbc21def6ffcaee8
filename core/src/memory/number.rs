//! Numbers as the kernel writes them.

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
}
