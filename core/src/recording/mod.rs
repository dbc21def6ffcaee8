//! Records what a render does with its memory: JSON lines, as
//! `schema/recording-1.json` has them, written to a file as time goes on, so that
//! there is one whoever is killed.
//!
//! [`processes`] says what is asked of a system, `linux` and `elsewhere` ask it,
//! [`role`] tells from a command line what a process is, [`recorder`] makes lines
//! of looks, [`tail`] takes over those of another process, and [`thread`] does all
//! that ten times a second.

#[cfg(not(target_os = "linux"))]
mod elsewhere;
pub mod kernel;
pub mod line;
#[cfg(target_os = "linux")]
mod linux;
pub mod processes;
pub mod recorder;
pub mod role;
pub mod tail;
pub mod thread;

/// The processes of this machine.
#[cfg(target_os = "linux")]
#[must_use]
pub fn system() -> linux::Procfs {
    linux::Procfs::new("/")
}

/// The processes of this machine.
#[cfg(not(target_os = "linux"))]
#[must_use]
pub fn system() -> elsewhere::Sysinfo {
    elsewhere::Sysinfo::default()
}
