#![no_main]
//! `/proc/self/cgroup`.
use libfuzzer_sys::fuzz_target;
use remotion_headroom_core::memory::hierarchy::Controller;
use remotion_headroom_core::memory::self_cgroup::parse_self_cgroup;

fuzz_target!(|file: &[u8]| {
    for controller in Controller::ALL {
        if let Some(membership) = parse_self_cgroup(file, controller) {
            assert!(membership.path.starts_with(b"/") && membership.path.len() <= 4096);
        }
    }
});
