#![no_main]
//! `/proc/self/mountinfo`, and the walk over what it says.
use libfuzzer_sys::fuzz_target;
use remotion_headroom_core::memory::hierarchy::Controller;
use remotion_headroom_core::memory::mountinfo::{levels, order_mounts, parse_mountinfo};
use remotion_headroom_core::memory::self_cgroup::Version;

fuzz_target!(|input: (&[u8], &[u8], bool, bool)| {
    let (path, file, v1, cpu) = input;
    let controller = if cpu { Controller::Cpu } else { Controller::Memory };
    let version = if v1 { Version::V1 } else { Version::V2 };
    for mount in order_mounts(parse_mountinfo(file, version, controller), path) {
        assert!(mount.point.starts_with(b"/") && mount.root.starts_with(b"/"));
        for level in levels(&mount, path) {
            assert!(level.path.starts_with('/'));
        }
    }
});
