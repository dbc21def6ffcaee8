//! All `unsafe` of the crate, each block with its reason: memory that Rust and
//! V8 hold together.
#![allow(unsafe_code)]

pub(super) mod external_string;
pub(super) mod shared_bytes;
