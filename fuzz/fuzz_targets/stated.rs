#![no_main]
//! What the environment states: the override and Lambda's size.
use libfuzzer_sys::fuzz_target;
use remotion_headroom_core::memory::{lambda, size};

fuzz_target!(|value: &str| {
    if let Ok(bytes) = size::parse(value) {
        assert!((1..1 << 53).contains(&bytes));
    }
    if let Some(bytes) = lambda::max_memory(value) {
        assert!(bytes > 0.0);
    }
});
