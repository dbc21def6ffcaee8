#![no_main]
//! `/proc/pressure/memory` and a cgroup's `memory.pressure`.
use libfuzzer_sys::fuzz_target;
use remotion_headroom_core::memory::pressure::parse;

fuzz_target!(|file: &[u8]| {
    if let Some(pressure) = parse(file) {
        assert!((0.0..=100.0).contains(&pressure.some));
        assert!((0.0..=100.0).contains(&pressure.full));
    }
});
