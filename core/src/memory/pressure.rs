//! Pressure stall information: how much of the time work waits for memory.

use procfs_core::parse_pressure_record;

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
/// `None` where either line has no percentage.
#[must_use]
pub fn parse(file: &[u8]) -> Option<Pressure> {
    Some(Pressure { some: avg10(file, b"some ")?, full: avg10(file, b"full ")? })
}

/// `procfs-core` 0.18 panics where the word is not followed by one ASCII
/// character: it gets lines that begin with `start`, a space at its end.
fn avg10(file: &[u8], start: &[u8]) -> Option<f64> {
    let line = file.split(|byte| *byte == b'\n').find(|line| line.starts_with(start))?;
    let record = parse_pressure_record(str::from_utf8(line).ok()?).ok()?;
    // The kernel writes hundredths, which an f32 has to the nearest.
    let percent = (f64::from(record.avg10) * 100.0).round() / 100.0;
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

    fn file(some: &str) -> String {
        let rest = "avg60=0.00 avg300=0.00 total=0\n";
        format!("some avg10={some} {rest}full avg10=0.00 {rest}")
    }

    #[test]
    fn every_hundredth_is_the_number_that_is_written() {
        for hundredths in 0..=10_000 {
            let written = format!("{}.{:02}", hundredths / 100, hundredths % 100);
            let read = parse(file(&written).as_bytes()).unwrap();
            assert_eq!(read.some, written.parse::<f64>().unwrap(), "{written}");
        }
    }

    #[test]
    fn lines_without_a_percentage() {
        for bad in ["NaN", "-1", "1e9", "inf", "", "100.01"] {
            assert_eq!(parse(file(bad).as_bytes()), None, "{bad:?}");
        }
        for bad in
            ["", "some", "full", "some\nfull\n", "some\u{e9}\nfull\u{e9}\n", "some avg10=1.00\n"]
        {
            assert_eq!(parse(bad.as_bytes()), None, "{bad:?}");
        }
        assert_eq!(parse(b"some \xff avg10=0.00\nfull avg10=0.00\n"), None);
    }
}
