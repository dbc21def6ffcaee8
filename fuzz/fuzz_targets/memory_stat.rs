#![no_main]
//! Single numbers, and files of `key value` lines.
use libfuzzer_sys::fuzz_target;
use remotion_headroom_core::memory::js_number::parse_int;
use remotion_headroom_core::memory::memory_stat::flat_keyed;
use remotion_headroom_core::memory::number::parse_u64;
use remotion_headroom_core::memory::reclaim::reclaimable;

fuzz_target!(|file: &[u8]| {
    for key in ["inactive_file", "total_inactive_file", "hierarchical_memory_limit", "oom_kill"] {
        let _ = flat_keyed(file, key);
    }
    for memory in [0, 1 << 31, u64::MAX] {
        let _ = reclaimable(file, memory);
    }
    if let (Some(ours), Some(javascript)) =
        (parse_u64(file), parse_int(&String::from_utf8_lossy(file)))
    {
        // The two readers agree on every number that is one to both.
        assert!(ours as f64 == javascript || ours == u64::MAX);
    }
});
