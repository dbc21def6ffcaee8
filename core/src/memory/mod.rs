//! How much memory is left, from the files the kernel offers.
//!
//! Every reader takes the files it reads from, so the same code runs on the
//! real machine and on a directory of fixtures. [`report`] is the full
//! measurement; [`drop_in`] and [`fixed_cgroup`] are Remotion's narrower rule.

pub mod cgroup;
pub mod cpus;
pub mod drop_in;
pub mod environment;
pub mod fixed_cgroup;
pub mod flat;
pub mod hierarchy;
pub mod host;
pub mod js_number;
#[cfg(target_os = "linux")]
pub mod kept;
pub mod kernel_files;
pub mod lambda;
mod latin1;
pub mod macos;
pub mod meminfo;
pub mod memory_stat;
pub mod mountinfo;
pub mod number;
pub mod pressure;
pub mod reclaim;
pub mod report;
pub mod self_cgroup;
pub mod size;
