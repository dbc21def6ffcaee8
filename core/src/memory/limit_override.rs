//! A limit that the user states, for platforms that hide theirs (Fargate).

/// Variable that holds the limit.
pub const VARIABLE: &str = "REMOTION_HEADROOM_MEMORY_LIMIT";

/// Bytes from the value of [`VARIABLE`]: digits, a fraction if wanted, and a
/// unit of 1,024 (`k`, `m`, `g`, `t`, either case, also as `mb` or `mib`) or
/// none for bytes. `None` where that isn't a size above zero.
#[must_use]
pub fn parse(value: &str) -> Option<u64> {
    let value = value.trim();
    let digits = value.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(value.len());
    let (number, unit) = value.split_at(digits);
    let shift = match unit.trim_start().to_ascii_lowercase().as_str() {
        "" | "b" => 0,
        "k" | "kb" | "kib" => 10,
        "m" | "mb" | "mib" => 20,
        "g" | "gb" | "gib" => 30,
        "t" | "tb" | "tib" => 40,
        _ => return None,
    };
    let number: f64 = number.parse().ok()?;
    let bytes = (number * f64::from(1_u32 << 10).powi(shift / 10)).floor();
    // Above 2^53 a JavaScript number is no longer exact, and nothing is that large.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the range is checked"
    )]
    (1.0..=9_007_199_254_740_991.0).contains(&bytes).then_some(bytes as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rule_override_is_bytes_or_a_unit_of_1024() {
        let cases = [
            ("1048576", 1 << 20),
            ("512m", 512 << 20),
            ("4g", 4 << 30),
            ("1.5G", 3 << 29),
            (" 2 GiB ", 2 << 30),
            ("64KB", 64 << 10),
            ("1t", 1 << 40),
        ];
        for (value, bytes) in cases {
            assert_eq!(parse(value), Some(bytes), "{value:?}");
        }
    }

    #[test]
    fn rule_override_that_is_no_size_is_ignored() {
        for value in [
            "",
            "lots",
            "0",
            "0.5",
            "-1g",
            "1e9",
            "g",
            "1.2.3g",
            "4 gallons",
            "9999999t",
            "NaN",
            "inf",
        ] {
            assert_eq!(parse(value), None, "{value:?}");
        }
    }
}
