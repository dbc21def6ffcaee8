//! Watches the memory that is left while renders run, and says what to do
//! before the kernel kills.
//!
//! It knows no clock, no file and no process: it is told what was seen and what
//! happened, and answers. [`view`] makes something of looks at memory,
//! [`policy`] decides, [`look`] takes a look at a machine, [`timeline`] keeps looks
//! for who wants to see them.

pub mod look;
pub mod policy;
#[cfg(test)]
mod recorded;
mod relief;
pub mod timeline;
pub mod view;
