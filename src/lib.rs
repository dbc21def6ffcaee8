//! The Node-API layer of `remotion-headroom-core`: conversions and nothing else.
//! `unsafe` is in [`raw`] alone.
//!
//! Arguments arrive validated by the JavaScript surface in `lib/`.
// #[napi] reads the visibility; the functions are exported to Node, not to Rust.
#![allow(unreachable_pub, missing_docs)]
// #[napi] arguments are taken by value.
#![allow(clippy::needless_pass_by_value)]
// #[napi] hands out `&Env`.
#![allow(clippy::trivially_copy_pass_by_ref)]

mod assets;
mod budget;
mod cache;
mod diagnostics;
mod memory;
mod raw;
