//! What macOS says of its memory, by sysctl. The rule alone: the caller reads.

use std::ffi::CStr;

/// `kern.memorystatus_vm_pressure_level`: 1 and 2 are normal and warning, 4 is critical.
const NO_ALARM: [u64; 2] = [1, 2];

/// Bytes that new work can take: free pages, pages that a file backs, and
/// purgeable ones, which macOS gives up without swapping.
///
/// `None` under critical pressure, and where a value is missing or impossible.
/// Free memory alone counts then: macOS has failed to get enough of the other
/// pages back, so none of them is promised to anybody.
///
/// `sysctl` answers with a number that is not negative.
pub fn available(sysctl: impl Fn(&CStr) -> Option<u64>) -> Option<u64> {
    let above_zero = |name| sysctl(name).filter(|value| *value > 0);
    let pressure = sysctl(c"kern.memorystatus_vm_pressure_level")?;
    if !NO_ALARM.contains(&pressure) {
        return None;
    }
    let total = above_zero(c"hw.memsize")?;
    let page = above_zero(c"vm.pagesize")?;
    let mut pages: u64 = 0;
    for name in
        [c"vm.page_free_count", c"vm.page_pageable_external_count", c"vm.page_purgeable_count"]
    {
        pages = pages.saturating_add(sysctl(name)?);
    }
    Some(pages.saturating_mul(page).min(total))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NAMES: [&CStr; 6] = [
        c"kern.memorystatus_vm_pressure_level",
        c"hw.memsize",
        c"vm.pagesize",
        c"vm.page_free_count",
        c"vm.page_pageable_external_count",
        c"vm.page_purgeable_count",
    ];
    /// 16 GiB in pages of 16 KiB.
    const MAC: [u64; 6] = [1, 16 << 30, 16384, 5_000, 200_000, 3_000];

    fn answer(values: [Option<u64>; 6]) -> Option<u64> {
        available(|name| values[NAMES.iter().position(|known| *known == name).unwrap()])
    }

    fn with(name: &CStr, value: Option<u64>) -> Option<u64> {
        let mut values = MAC.map(Some);
        values[NAMES.iter().position(|known| *known == name).unwrap()] = value;
        answer(values)
    }

    #[test]
    fn rule_macos_counts_free_file_backed_and_purgeable_pages() {
        assert_eq!(answer(MAC.map(Some)), Some(208_000 * 16384));
        assert_eq!(with(c"vm.page_free_count", Some(0)), Some(203_000 * 16384));
        assert_eq!(with(c"vm.page_pageable_external_count", Some(0)), Some(8_000 * 16384));
        assert_eq!(with(c"vm.page_purgeable_count", Some(0)), Some(205_000 * 16384));
        assert_eq!(with(c"vm.pagesize", Some(4096)), Some(208_000 * 4096));
        assert_eq!(with(c"hw.memsize", Some(1 << 30)), Some(1 << 30));
    }

    #[test]
    fn rule_macos_under_critical_pressure_counts_free_memory_alone() {
        let under = |level| with(c"kern.memorystatus_vm_pressure_level", Some(level));
        assert_eq!(under(2), answer(MAC.map(Some)));
        for level in [0, 3, 4, 5, u64::MAX] {
            assert_eq!(under(level), None, "{level}");
        }
    }

    #[test]
    fn rule_macos_with_a_value_missing_or_impossible_counts_free_memory_alone() {
        for name in NAMES {
            assert_eq!(with(name, None), None, "{name:?}");
        }
        assert_eq!(with(c"hw.memsize", Some(0)), None);
        assert_eq!(with(c"vm.pagesize", Some(0)), None);
    }

    proptest! {
        #[test]
        fn never_more_than_there_is(values: [Option<u64>; 6]) {
            let mut values = values;
            values[0] = Some(1);
            prop_assert!(answer(values).is_none_or(|bytes| bytes <= values[1].unwrap()));
        }
    }
}
