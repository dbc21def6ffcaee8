//! Base64 payloads, each held once.
//!
//! [`store`] holds each payload's bytes once; [`builder`] takes in one that
//! arrives in pieces; [`index`] finds the asset of a render that already has a
//! payload; [`file_name`] says by which number Remotion names a payload's file.

pub mod builder;
pub mod file_name;
pub mod index;
pub mod store;

#[cfg(test)]
mod store_tests;

/// What the store takes turns with. A test puts in types that try every turn.
mod sync {
    pub(super) use std::sync::atomic::{AtomicU64, Ordering};
    pub(super) use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
}
