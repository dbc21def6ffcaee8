//! The Node-API layer of `remotion-headroom-core`: conversions and nothing else.
//! `unsafe` is in `raw` alone.
//!
//! Arguments arrive validated by the JavaScript surface in `lib/`.
#![allow(unreachable_pub, missing_docs, reason = "#[napi] exports to Node, not to Rust")]
#![allow(clippy::needless_pass_by_value, reason = "#[napi] hands arguments over by value")]
#![allow(clippy::trivially_copy_pass_by_ref, reason = "#[napi] hands out `&Env`")]

mod assets;
mod base64;
mod budget;
mod cache;
mod governor;
mod memory;
mod number;
mod raw;
mod recording;
mod source_map;
mod words;
