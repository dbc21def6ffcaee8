//! What of a cgroup's memory the kernel takes back before it kills.
//!
//! ```text
//! v2                       v1 (memory.stat of both)
//! inactive_file            total_inactive_file   page cache, used once
//! active_file              total_active_file     page cache, used again
//! file_mapped              total_mapped_file     of these and shmem, mapped by a process
//! file_dirty               total_dirty           not on disk yet
//! file_writeback           total_writeback       on its way there
//! slab_reclaimable         -                     dentries and inodes
//! ```
//!
//! Not among them, since both `_file` lists hold what a disk has too: shmem
//! (on the lists of anonymous memory) and mlocked pages (`unevictable`).

use super::memory_stat::flat_keyed;

/// Bytes that the kernel takes back; `None` where the file doesn't say.
/// `memory` is what the cgroup is limited to.
///
/// As `MemAvailable` has it (`si_mem_available` of `mm/show_mem.c`): page cache and
/// slab, each less half of it or a reserve, whichever is smaller. Beyond
/// that, what takes more than dropping it is left out: mapped pages are in
/// use, dirty ones have to be written first.
#[must_use]
pub fn reclaimable(stat: &[u8], memory: u64) -> Option<u64> {
    let sum = |keys: &[&str]| {
        keys.iter().filter_map(|key| flat_keyed(stat, key)).fold(0, u64::saturating_add)
    };
    let figure = |key| flat_keyed(stat, key);
    // total_ adds the descendants, whom memory.usage_in_bytes counts too.
    let (cache, busy) = if let Some(inactive) = figure("total_inactive_file") {
        let cache = inactive.saturating_add(sum(&["total_active_file"]));
        (cache, sum(&["total_mapped_file", "total_dirty", "total_writeback"]))
    } else {
        let cache = figure("inactive_file")?.saturating_add(sum(&["active_file"]));
        // v1 without hierarchical figures has names of its own.
        let busy = ["file_mapped", "mapped_file", "file_dirty", "dirty", "file_writeback"];
        (cache, sum(&busy).saturating_add(sum(&["writeback"])))
    };
    let kept = reserve(memory);
    let less_reserve = |bytes: u64| bytes - (bytes / 2).min(kept);
    let cache = less_reserve(cache.saturating_sub(busy));
    Some(cache.saturating_add(less_reserve(sum(&["slab_reclaimable"]))))
}

/// What a machine with `memory` bytes keeps free: its low watermark, 5/4 of
/// `min_free_kbytes` (`calculate_min_free_kbytes` of `mm/page_alloc.c`: the root of
/// 16 times its memory in KiB, at most 256 MiB). A cgroup has none, but it is as
/// much that reclaim lacks before it gives up.
fn reserve(memory: u64) -> u64 {
    let kib = (memory / 1024).saturating_mul(16).isqrt().min(256 * 1024);
    kib * 1024 / 4 * 5
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;
    const LIMIT: u64 = 1800 * MIB;
    /// `reserve(LIMIT)`: the root of 16 * 1,843,200 is 5,430.
    const RESERVE: u64 = 5430 * 1024 / 4 * 5;

    fn of(figures: &[(&str, u64)]) -> Option<u64> {
        let lines = figures.iter().map(|(key, mib)| format!("{key} {}\n", mib * MIB));
        reclaimable(lines.collect::<String>().as_bytes(), LIMIT)
    }

    #[test]
    fn rule_active_page_cache_is_available_less_a_reserve() {
        // A file of 1,000 MiB read once, and read twice.
        for (inactive, active) in [(1000, 0), (0, 1000), (400, 600)] {
            let v2 = [("anon", 15), ("inactive_file", inactive), ("active_file", active)];
            assert_eq!(of(&v2), Some(1000 * MIB - RESERVE));
            let v1 = [("total_inactive_file", inactive), ("total_active_file", active)];
            assert_eq!(of(&v1), Some(1000 * MIB - RESERVE));
        }
        // Of little, half.
        assert_eq!(of(&[("inactive_file", 6), ("active_file", 2)]), Some(4 * MIB));
    }

    #[test]
    fn rule_reserve_is_what_a_machine_of_that_size_keeps_free() {
        assert_eq!(reserve(LIMIT), RESERVE);
        // A machine of 16 GiB: min_free_kbytes 16,384.
        assert_eq!(reserve(1 << 34), 20 * MIB);
        assert_eq!(reserve(u64::MAX), 320 * MIB);
        assert_eq!(reserve(0), 0);
    }

    #[test]
    fn rule_mapped_dirty_shmem_and_locked_pages_are_not_available() {
        let v2 = [("inactive_file", 600), ("active_file", 400), ("shmem", 300)];
        let left = |kind, mib| of(&[v2[0], v2[1], v2[2], ("unevictable", 200), (kind, mib)]);
        for kind in ["file_mapped", "file_dirty", "file_writeback"] {
            assert_eq!(left(kind, 250), Some(750 * MIB - RESERVE), "{kind}");
            // Mapped shmem counts as mapped too.
            assert_eq!(left(kind, 1200), Some(0), "{kind}");
        }
        let v1 = [("total_inactive_file", 1000), ("dirty", 9), ("mapped_file", 9)];
        for kind in ["total_mapped_file", "total_dirty", "total_writeback"] {
            assert_eq!(of(&[v1[0], v1[1], v1[2], (kind, 250)]), Some(750 * MIB - RESERVE));
        }
        let flat = [("inactive_file", 1000), ("dirty", 100), ("mapped_file", 100)];
        assert_eq!(
            of(&[flat[0], flat[1], flat[2], ("writeback", 50)]),
            of(&[v1[0], ("total_dirty", 250)])
        );
    }

    #[test]
    fn rule_reclaimable_slab_is_available_less_a_reserve() {
        let cache = [("inactive_file", 0), ("slab_reclaimable", 100), ("slab_unreclaimable", 50)];
        assert_eq!(of(&cache), Some(100 * MIB - RESERVE));
        assert_eq!(of(&[cache[0], ("slab_reclaimable", 4)]), Some(2 * MIB));
    }

    #[test]
    fn nothing_said_is_nothing_known_and_extremes_stay_numbers() {
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[("active_file", 100)]), None);
        let most = format!("inactive_file {0}\nactive_file {0}\nslab_reclaimable {0}\n", u64::MAX);
        assert_eq!(reclaimable(most.as_bytes(), 0), Some(u64::MAX));
    }
}
