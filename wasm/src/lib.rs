//! The core as WebAssembly: conversions and nothing else.
//!
//! JavaScript puts a call's name and arguments into memory of ours (`room`),
//! `call`s, and reads the result where that says. Names, arguments and
//! results are those of the Node-API binding. What a machine without a binary
//! can't do, strings outside the heap, is not here.

mod boundary;
mod calls;
mod governor;
mod value;
