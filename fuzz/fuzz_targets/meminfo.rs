#![no_main]
//! `/proc/meminfo`, by all three of its readers.
use libfuzzer_sys::fuzz_target;
use remotion_headroom_core::memory::host;
use remotion_headroom_core::memory::kernel_files::InMemory;
use remotion_headroom_core::memory::meminfo::{libuv_free_memory, mem_available};

fuzz_target!(|file: &[u8]| {
    if let Ok(bytes) = mem_available(file) {
        assert!(bytes >= 0.0);
    }
    if let Some(bytes) = libuv_free_memory(file) {
        assert!(bytes > 0.0);
    }
    let mut files = InMemory::default();
    files.0.insert("/proc/meminfo".into(), file.to_vec());
    if let Some(host) = host::measure(&mut files, || None) {
        assert!(host.available <= host.total);
    }
});
