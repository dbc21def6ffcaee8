//! Numbers and white space as JavaScript reads them: Remotion's rules are
//! written in it.

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
}
