//! Pressure stall information: how much of the time work waits for memory.

/// Shares of the last ten seconds, in percent (0 to 100).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pressure {
    /// At least one task waited.
    pub some: f64,
    /// All tasks waited at once.
    pub full: f64,
}

/// Reads `/proc/pressure/memory` or a cgroup's `memory.pressure` (Linux 4.20,
/// Documentation/accounting/psi.rst):
///
/// ```text
/// some avg10=0.00 avg60=0.00 avg300=0.00 total=0
/// full avg10=0.00 avg60=0.00 avg300=0.00 total=0
/// ```
///
/// `None` where either line has no percentage. (`procfs-core` 0.18 panics on
/// a `some` without a newline, and inside a multi-byte character.)
#[must_use]
pub fn parse(file: &[u8]) -> Option<Pressure> {
    Some(Pressure { some: avg10(file, b"some ")?, full: avg10(file, b"full ")? })
}

fn avg10(file: &[u8], name: &[u8]) -> Option<f64> {
    let line = file.split(|byte| *byte == b'\n').find_map(|line| line.strip_prefix(name))?;
    let value =
        line.split(u8::is_ascii_whitespace).find_map(|word| word.strip_prefix(b"avg10="))?;
    let percent: f64 = std::str::from_utf8(value).ok()?.parse().ok()?;
    (0.0..=100.0).contains(&percent).then_some(percent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rule_pressure_is_avg10_in_percent() {
        let file = b"some avg10=4.50 avg60=0.91 avg300=0.00 total=681245\nfull avg10=2.10 avg60=0.12 avg300=0.00 total=391926\n";
        assert_eq!(parse(file), Some(Pressure { some: 4.5, full: 2.1 }));
    }

    #[test]
    fn lines_without_a_percentage() {
        for bad in [
            "",
            "some\nfull\n",
            "some avg10=1.00\n",
            "some avg10=NaN\nfull avg10=0.00\n",
            "some avg10=-1\nfull avg10=0.00\n",
            "some avg10=1e9\nfull avg10=0.00\n",
        ] {
            assert_eq!(parse(bad.as_bytes()), None, "{bad:?}");
        }
    }
}
