//! Lines of a recording.

use std::fmt::Write as _;

use super::role::Role;

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

/// What somebody who knows better calls a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Its id.
    pub pid: u32,
    /// What it does.
    pub role: Role,
    /// As the line has it, without escapes.
    pub name: String,
}

/// What a line says of a process, where its fields are in the order in which ours
/// are. Any other line names nobody.
#[must_use]
pub fn named(line: &str) -> Option<Named> {
    let (_, rest) = line.split_once("\"process\":{\"pid\":")?;
    let (pid, rest) = rest.split_once(",\"role\":\"")?;
    let (role, rest) = rest.split_once("\",\"name\":\"")?;
    let (name, _) = rest.split_once('"')?;
    let role = Role::ALL.iter().copied().find(|one| one.name() == role)?;
    (!name.contains('\\')).then_some(Named { pid: pid.parse().ok()?, role, name: name.into() })
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
    fn a_line_may_name_a_process() {
        let line = r#"{"t":1,"process":{"pid":7,"role":"tab","name":"tab 1","render":"1"}}"#;
        let expected = Named { pid: 7, role: Role::Tab, name: "tab 1".into() };
        assert_eq!(named(line), Some(expected));
        for other in [
            r#"{"t":1,"process":{"pid":7,"gone":true}}"#,
            r#"{"t":1,"process":{"pid":7,"role":"king","name":"tab 1"}}"#,
            r#"{"t":1,"process":{"pid":-7,"role":"tab","name":"tab 1"}}"#,
            r#"{"t":1,"process":{"pid":7,"role":"tab","name":"a\"b"}}"#,
        ] {
            assert_eq!(named(other), None, "{other}");
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
