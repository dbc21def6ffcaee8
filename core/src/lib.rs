//! Memory management for Remotion renders: the rules.
//!
//! Plain Rust that knows neither Node-API nor JavaScript. [`memory`] measures,
//! [`assets`] keeps payloads, [`cache`] keeps media, [`budget`] decides, recording
//! (not in WebAssembly) keeps what was seen and
//! [`words`] explains.

#![cfg_attr(
    test,
    allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "test tables count in whatever type is at hand"
    )
)]

pub mod assets;
pub mod base64;
pub mod budget;
pub mod cache;
pub mod codec;
pub mod governor;
pub mod memory;
#[cfg(any(target_os = "linux", target_os = "macos", windows))]
pub mod recording;
#[cfg(any(target_os = "linux", target_os = "macos", windows))]
pub mod source_map;
pub mod words;
