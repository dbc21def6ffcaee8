//! What is said to people: a table for each kind, each entry with a stable
//! code for programs. Nothing decides by the words.
//!
//! The codes are declared in `index.d.ts`, and a test compares.

pub mod doctor_advice;
pub mod doctor_lines;
pub mod governor_actions;
pub mod hints;
pub mod metrics;
pub mod plan_reasons;
pub mod render_summary;

/// How bad it is, and the log level it is printed at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It can't work like this.
    Error,
    /// Something in the set-up has to change.
    Warn,
    /// Good to know.
    Info,
}

impl Severity {
    /// The name of the log level.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
        }
    }
}

/// `bytes` for people: "1,771 MiB". What no machine has is "∞ MiB".
#[must_use]
pub fn mib(bytes: f64) -> String {
    let rounded = (bytes / 1024.0 / 1024.0).round();
    if rounded >= u64::MAX as f64 {
        return "∞ MiB".to_owned();
    }
    let digits = whole(rounded).to_string();
    let mut grouped = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{grouped} MiB")
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "whole, and what is below zero, above u64 or no number is its nearest or zero"
)]
fn whole(number: f64) -> u64 {
    number as u64
}

/// What stands for a `{placeholder}`.
#[derive(Debug, Clone, Copy)]
enum Filling<'a> {
    Text(&'a str),
    Bytes(f64),
    /// So many of a thing, and its name where it is one and where it is not.
    Count(u64, &'static str, &'static str),
}

impl Filling<'_> {
    fn text(self) -> String {
        match self {
            Self::Text(text) => text.to_owned(),
            Self::Bytes(bytes) => mib(bytes),
            Self::Count(count, one, more) => {
                format!("{count} {}", if count == 1 { one } else { more })
            }
        }
    }
}

/// `template` with every `{name}` that `fillings` know. What is filled in is
/// not looked at again.
fn fill(template: &str, fillings: &[(&str, Filling<'_>)]) -> String {
    let mut filled = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(start) = rest.find('{') {
        filled.push_str(&rest[..start]);
        rest = &rest[start..];
        let known = fillings.iter().find_map(|(name, filling)| {
            let behind = rest[1..].strip_prefix(name)?.strip_prefix('}')?;
            Some((filling, behind))
        });
        if let Some((filling, behind)) = known {
            filled.push_str(&filling.text());
            rest = behind;
        } else {
            filled.push('{');
            rest = &rest[1..];
        }
    }
    filled + rest
}

/// `template` with numbers and texts by name. `{...Bytes}` are bytes, all other
/// numbers are counts.
fn fill_named(template: &str, figures: &[(&str, f64)], texts: &[(&str, &str)]) -> String {
    let plain: Vec<_> = figures.iter().map(|(_, value)| value.to_string()).collect();
    let figures = figures.iter().zip(&plain).map(|((name, value), plain)| {
        let is_bytes = name.ends_with("Bytes");
        (*name, if is_bytes { Filling::Bytes(*value) } else { Filling::Text(plain) })
    });
    let texts = texts.iter().map(|(name, text)| (*name, Filling::Text(text)));
    let fillings: Vec<_> = figures.chain(texts).collect();
    fill(template, &fillings)
}

/// An enum with a code and a text for each variant.
macro_rules! table {
    (
        $(#[$about:meta])*
        $name:ident { $($variant:ident, $code:literal, $text:literal;)* }
    ) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        enum $name { $($variant),* }

        impl $name {
            const ALL: &[Self] = &[$(Self::$variant),*];

            fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),* }
            }

            fn text(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }
        }

        /// Every code there is.
        pub fn codes() -> impl Iterator<Item = &'static str> {
            $name::ALL.iter().map(|entry| entry.code())
        }
    };
}
use table;

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn bytes_are_whole_mib_in_groups_of_three() {
        const MIB: f64 = 1024.0 * 1024.0;
        for (bytes, text) in [
            (0.0, "0 MiB"),
            (-0.0, "0 MiB"),
            (0.5 * MIB, "1 MiB"),
            (999.4 * MIB, "999 MiB"),
            (1000.0 * MIB, "1,000 MiB"),
            (12_345_678.0 * MIB, "12,345,678 MiB"),
            (f64::INFINITY, "∞ MiB"),
        ] {
            assert_eq!(mib(bytes), text);
        }
    }

    #[test]
    fn placeholders_are_filled_once() {
        let fillings = [
            ("path", Filling::Text("/a/{size}")),
            ("size", Filling::Bytes(2.0 * 1024.0 * 1024.0)),
            ("tabs", Filling::Count(1, "tab", "tabs")),
        ];
        assert_eq!(
            fill("{path}: {size} for {tabs} {unknown} {", &fillings),
            "/a/{size}: 2 MiB for 1 tab {unknown} {"
        );
        assert_eq!(fill("{n}", &[("n", Filling::Count(0, "tab", "tabs"))]), "0 tabs");
    }

    #[test]
    fn codes_are_unique() {
        for codes in [
            hints::codes().collect::<Vec<_>>(),
            plan_reasons::codes().collect(),
            doctor_advice::codes().collect(),
            doctor_lines::codes().collect(),
            governor_actions::codes().collect(),
            render_summary::codes().collect(),
            metrics::codes().collect(),
        ] {
            assert_eq!(codes.iter().collect::<HashSet<_>>().len(), codes.len(), "{codes:?}");
        }
    }
}
