//! Lines of a recording.

use std::fmt::Write as _;

/// `text` as JSON has it.
#[must_use]
pub fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for one in text.chars() {
        match one {
            '"' | '\\' => quoted.extend(['\\', one]),
            '\0'..='\u{1f}' => _ = write!(quoted, "\\u{:04x}", u32::from(one)),
            _ => quoted.push(one),
        }
    }
    quoted.push('"');
    quoted
}

/// Begins a line of `at` milliseconds.
pub fn begin(lines: &mut String, at: u64) {
    _ = write!(lines, "{{\"t\":{at},");
}

/// A line of `at` milliseconds whose other fields are those of the JSON object
/// `body`. `None` where that is not one line, or no object with a field.
#[must_use]
pub fn stamped(at: u64, body: &str) -> Option<String> {
    let fields = body.strip_prefix('{')?;
    if !fields.starts_with('"') || !fields.ends_with('}') || fields.contains('\n') {
        return None;
    }
    let mut line = String::with_capacity(body.len() + 24);
    begin(&mut line, at);
    line.push_str(fields);
    line.push('\n');
    Some(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_text_comes_back(text: String) {
            let read: String = serde_json::from_str(&quoted(&text)).unwrap();
            prop_assert_eq!(read, text);
        }
    }

    #[test]
    fn a_body_gets_its_time() {
        assert_eq!(stamped(5, r#"{"a":1}"#).unwrap(), "{\"t\":5,\"a\":1}\n");
        for wrong in ["", "{}", "{", "[1]", "{\"a\":1", "{\"a\":\n1}", "\"a\""] {
            assert_eq!(stamped(5, wrong), None, "{wrong}");
        }
    }
}
