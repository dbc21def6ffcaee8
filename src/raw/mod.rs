//! All `unsafe` of the crate, each block with its reason: strings that V8 uses
//! without owning them.
#![allow(unsafe_code, reason = "this is where it is: each block says why it holds")]

pub(super) mod external_string;
