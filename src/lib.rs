//! Memory management for Remotion renders.
//!
//! [`memory`], [`assets`] and [`budget`] are plain Rust; `binding` is the only
//! place that knows Node-API.

// Test tables count in whatever type is at hand.
#![cfg_attr(test, allow(clippy::cast_possible_truncation, clippy::cast_sign_loss))]

pub mod assets;
// Tests are of the core; the binding needs a Node process and is tested from JavaScript.
#[cfg(all(feature = "binding", not(test)))]
mod binding;
pub mod budget;
pub mod cache;
pub mod diagnostics;
pub mod memory;
