//! All `unsafe` of the crate, each block with its reason: strings that V8 uses
//! without owning them, and the one call of the system that no crate of ours has.
#![allow(unsafe_code, reason = "this is where it is: each block says why it holds")]

pub(super) mod bytes;
pub(super) mod external_string;
#[cfg(target_os = "macos")]
pub(super) mod sysctl;
