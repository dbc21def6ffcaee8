//! References: `same-as-<id>-<frame>`, written in place of a payload that an
//! earlier asset carries.
//!
//! Ids may contain dashes, so the frame is what follows the last one. Text is
//! UTF-16, as JavaScript has it: an id with a lone surrogate stays itself.

use std::ops::Range;

const PREFIX: [u16; 8] = [
    b's' as u16,
    b'a' as u16,
    b'm' as u16,
    b'e' as u16,
    b'-' as u16,
    b'a' as u16,
    b's' as u16,
    b'-' as u16,
];
const DASH: u16 = b'-' as u16;

/// Where the parts of a reference stand in the text, in UTF-16 units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The id of the asset that carries the payload.
    pub id: Range<usize>,
    /// Its frame, digits and dots.
    pub frame: Range<usize>,
}

/// The reference at the end of `text`.
///
/// The prefix may stand anywhere, the id may not span lines, and the frame is
/// the longest run of digits and dots at the end: the grammar of
/// `@remotion/renderer`, which accepts neither `-5` nor `1e+21` as a frame.
#[must_use]
pub fn parse(text: &[u16]) -> Option<Reference> {
    let is_frame = |unit: &u16| matches!(u8::try_from(*unit), Ok(b'0'..=b'9' | b'.'));
    let frame_start = text.iter().rposition(|unit| !is_frame(unit))? + 1;
    if frame_start == text.len() || text[frame_start - 1] != DASH {
        return None;
    }
    let id_end = frame_start - 1;
    // `.` of a regular expression stops at these, so an id starts behind the last.
    let is_line_end = |unit: &u16| matches!(*unit, 0x0a | 0x0d | 0x2028 | 0x2029);
    let line_start = text[..id_end].iter().rposition(is_line_end).map_or(0, |at| at + 1);
    let at =
        text[line_start..].windows(PREFIX.len()).position(|window| window == PREFIX)? + line_start;
    let id_start = at + PREFIX.len();
    (id_start <= id_end)
        .then_some(Reference { id: id_start..id_end, frame: frame_start..text.len() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Option<(String, String)> {
        let units: Vec<u16> = text.encode_utf16().collect();
        let found = parse(&units)?;
        let part = |range: Range<usize>| String::from_utf16(&units[range]).unwrap();
        Some((part(found.id), part(found.frame)))
    }

    #[test]
    fn ids_with_dashes_and_fractional_frames() {
        assert_eq!(parts("same-as-a-1"), Some(("a".to_owned(), "1".to_owned())));
        assert_eq!(
            parts("same-as-my-audio-3-12.5"),
            Some(("my-audio-3".to_owned(), "12.5".to_owned()))
        );
        assert_eq!(parts("same-as--7"), Some((String::new(), "7".to_owned())));
        assert_eq!(parts("same-as-same-as-x-1"), Some(("same-as-x".to_owned(), "1".to_owned())));
    }

    #[test]
    fn a_negative_frame_reads_as_a_longer_id() {
        assert_eq!(parts("same-as-a--5"), Some(("a-".to_owned(), "5".to_owned())));
    }

    #[test]
    fn what_is_no_reference() {
        for text in ["", "1", "-1", "same-as-", "same-as-1", "same-as-a-", "same-as-a-1e+21", "a-1"]
        {
            assert_eq!(parts(text), None, "{text:?}");
        }
    }

    #[test]
    fn an_id_does_not_span_lines() {
        assert_eq!(parts("same-as-a\nb-1"), None);
        assert_eq!(parts("x\nsame-as-b-1"), Some(("b".to_owned(), "1".to_owned())));
    }
}
