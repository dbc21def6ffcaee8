//! References against the grammar, written as a search over all splits.
#![no_main]

use libfuzzer_sys::fuzz_target;
use remotion_headroom_core::assets::reference::parse;

/// Bytes stand for the pieces that matter, so that references are common.
fn text(bytes: &[u8]) -> Vec<u16> {
    let mut units = Vec::new();
    for byte in bytes {
        match byte % 10 {
            0 | 1 => units.extend("same-as-".encode_utf16()),
            2 | 3 => units.push(u16::from(b'-')),
            4 => units.push(u16::from(b'.')),
            5 => units.push(u16::from(b'0' + (byte / 10) % 10)),
            6 => units.push([0x0a, 0x0d, 0x2028, 0x2029][usize::from(byte / 10) % 4]),
            7 => units.push(0xd800 + u16::from(*byte)),
            8 => units.extend("same".encode_utf16()),
            _ => units.push(u16::from(*byte)),
        }
    }
    units
}

fuzz_target!(|bytes: &[u8]| {
    let bytes = &bytes[..bytes.len().min(48)];
    let text = text(bytes);
    let prefix: Vec<u16> = "same-as-".encode_utf16().collect();
    let is_frame = |unit: &u16| (0x30..=0x39).contains(unit) || *unit == 0x2e;
    let ends_line = |unit: &u16| matches!(*unit, 0x0a | 0x0d | 0x2028 | 0x2029);

    let mut expected = None;
    'search: for start in 0..text.len() {
        if !text[start..].starts_with(&prefix) {
            continue;
        }
        let id = start + prefix.len();
        // The longest id first.
        for dash in (id..text.len()).rev() {
            let frame = &text[dash + 1..];
            if text[dash] == 0x2d
                && !frame.is_empty()
                && frame.iter().all(is_frame)
                && !text[id..dash].iter().any(ends_line)
            {
                expected = Some((id..dash, dash + 1..text.len()));
                break 'search;
            }
        }
    }
    assert_eq!(parse(&text).map(|found| (found.id, found.frame)), expected);
});
