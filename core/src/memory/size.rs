//! Sizes as people write them: in environment variables, as Docker has them,
//! and Kubernetes.

use std::error::Error;
use std::fmt;

/// Why a text is no size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoSize {
    /// Nothing that is understood, or none above zero.
    Unreadable,
    /// A number without a unit that is too small to be meant as bytes.
    NoUnit,
}

impl fmt::Display for NoSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unreadable => {
                "is not a size. Give a number above zero with a unit, such as 512m or 4Gi."
            }
            Self::NoUnit => {
                "has no unit, and so few bytes are not meant. Add one, such as m or Gi."
            }
        })
    }
}

impl Error for NoSize {}

/// A number without a unit counts as bytes from here on. Below it a unit was
/// forgotten, and which one can't be known: `4096` is none of 4 KiB and 4 GiB.
pub const LEAST_BARE: u64 = 1 << 20;

/// Bytes of a size: digits, a fraction if wanted, and a unit of 1,024, with or
/// without space between: `k`, `m`, `g`, `t` in either case, also as `ki`, `kb`
/// or `kib`; `b` or none for bytes.
///
/// Of 1,024 always, as Docker's `--memory` has it; to Kubernetes, `4G` is
/// 4,000,000,000.
///
/// # Errors
/// [`NoSize`].
pub fn parse(text: &str) -> Result<u64, NoSize> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let unit = unit.trim_start().to_ascii_lowercase();
    let power = match unit.as_str() {
        "" | "b" => 0,
        "k" | "ki" | "kb" | "kib" => 1,
        "m" | "mi" | "mb" | "mib" => 2,
        "g" | "gi" | "gb" | "gib" => 3,
        "t" | "ti" | "tb" | "tib" => 4,
        _ => return Err(NoSize::Unreadable),
    };
    let number: f64 = number.parse().map_err(|_| NoSize::Unreadable)?;
    let bytes = (number * 1024_f64.powi(power)).floor();
    // Above 2^53 a JavaScript number is no longer exact, and nothing is that large.
    if !(1.0..=9_007_199_254_740_991.0).contains(&bytes) {
        return Err(NoSize::Unreadable);
    }
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the range is checked"
    )]
    let bytes = bytes as u64;
    if unit.is_empty() && bytes < LEAST_BARE { Err(NoSize::NoUnit) } else { Ok(bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rule_size_is_bytes_or_a_unit_of_1024() {
        let cases = [
            ("1048576", 1 << 20),
            ("512m", 512 << 20),
            ("4g", 4 << 30),
            ("4Gi", 4 << 30),
            ("1.5G", 3 << 29),
            (" 2 GiB ", 2 << 30),
            ("64KB", 64 << 10),
            ("64 kB", 64 << 10),
            ("512Mi", 512 << 20),
            ("512 MB", 512 << 20),
            ("512MIB", 512 << 20),
            ("0.5gi", 1 << 29),
            (".5g", 1 << 29),
            ("4.g", 4 << 30),
            ("128Ki", 128 << 10),
            ("1t", 1 << 40),
            ("1Ti", 1 << 40),
            ("4096b", 4096),
            ("4096 B", 4096),
        ];
        for (value, bytes) in cases {
            assert_eq!(parse(value), Ok(bytes), "{value:?}");
        }
    }

    #[test]
    fn rule_size_that_is_unreadable_is_none() {
        for value in [
            "",
            ".",
            "lots",
            "0",
            "0m",
            "0.5b",
            "-1g",
            "1e9",
            "g",
            "1.2.3g",
            "4 gallons",
            "4gig",
            "4iB",
            "4,5g",
            "9999999t",
            "NaN",
            "inf",
        ] {
            assert_eq!(parse(value), Err(NoSize::Unreadable), "{value:?}");
        }
    }

    #[test]
    fn rule_number_without_a_unit_below_a_mebibyte_is_none() {
        for value in ["4096", "1", "8", " 2.5 ", "1048575"] {
            assert_eq!(parse(value), Err(NoSize::NoUnit), "{value:?}");
        }
        assert_eq!(parse("1048576"), Ok(1 << 20));
    }
}
