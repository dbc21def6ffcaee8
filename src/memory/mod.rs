//! How much memory is left, from the files the kernel offers.
//!
//! Every reader takes the roots of `/proc` and `/sys/fs/cgroup`, so the same
//! code runs on the real machine and on a directory of fixtures.

pub mod drop_in;
pub mod fixed_cgroup;
pub mod kernel_file;
pub mod lambda;
pub mod meminfo;
