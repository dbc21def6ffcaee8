#![no_main]
//! `/proc/self/cgroup`.
use libfuzzer_sys::fuzz_target;
use remotion_headroom_core::memory::self_cgroup::parse_self_cgroup;

fuzz_target!(|file: &[u8]| {
    if let Some(membership) = parse_self_cgroup(file) {
        assert!(membership.path.starts_with(b"/") && membership.path.len() <= 4096);
    }
});
