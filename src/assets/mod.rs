//! Base64 payloads and the references that stand for them.
//!
//! [`store`] holds each payload's bytes once; [`builder`] takes in one that
//! arrives in pieces; [`index`] finds the asset of a render that already has a
//! payload; [`reference`] reads `same-as-<id>-<frame>`.

pub mod builder;
pub mod index;
pub mod reference;
pub mod store;
