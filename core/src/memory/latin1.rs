//! Bytes as text, one character each: `procfs-core` takes UTF-8 alone, and names
//! of cgroups and directories need not be that. What separates fields is ASCII.

use std::borrow::Cow;

/// Each byte as the character of its number.
pub(super) fn widen(bytes: &[u8]) -> Cow<'_, str> {
    match str::from_utf8(bytes) {
        Ok(text) if text.is_ascii() => text.into(),
        _ => bytes.iter().copied().map(char::from).collect::<String>().into(),
    }
}

/// The bytes that [`widen`] was given.
pub(super) fn narrow(text: &str) -> Vec<u8> {
    if text.is_ascii() {
        return text.into();
    }
    text.chars().map(|character| u8::try_from(character).unwrap_or(b'?')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_comes_back() {
        let bytes: Vec<u8> = (0..=u8::MAX).collect();
        assert_eq!(narrow(&widen(&bytes)), bytes);
        assert_eq!(narrow(&widen(b"/ascii")), b"/ascii");
    }
}
