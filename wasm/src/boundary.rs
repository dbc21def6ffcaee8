//! What JavaScript calls, and what it is called for: files, which it reads for
//! us. All `unsafe` of the crate.
#![allow(unsafe_code, reason = "names for JavaScript, and pointers into our memory that it uses")]

use std::borrow::Cow;
use std::cell::RefCell;
use std::io;
use std::path::Path;

use remotion_headroom_core::memory::host::HostMemory;
use remotion_headroom_core::memory::kernel_files::KernelFiles;

use crate::calls;
use crate::value::{Arguments, Value};

thread_local! {
    /// What the running call was given, then what it gave.
    static MESSAGE: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Memory for a call of `length` bytes: its name and its arguments.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn room(length: usize) -> *mut u8 {
    MESSAGE.with_borrow_mut(|message| {
        message.clear();
        message.resize(length, 0);
        message.as_mut_ptr()
    })
}

/// Makes the call in [`room`]. Where its result begins: a value, which says
/// itself where it ends.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn call() -> *const u8 {
    let request = MESSAGE.take();
    let mut arguments = Arguments::new(&request);
    let name = arguments.text().unwrap_or_default();
    let result = calls::make(&name, &mut arguments).unwrap_or_else(Value::Error);
    MESSAGE.with_borrow_mut(|message| {
        result.write(message);
        message.as_ptr()
    })
}

mod imports {
    #[link(wasm_import_module = "host")]
    unsafe extern "C" {
        /// Reads the file; its length, or below zero why not.
        pub(super) fn read(path: *const u8, length: usize) -> i32;
        /// Writes what `read` has read to `target`.
        pub(super) fn take(target: *mut u8);
        /// Whether the file is there.
        pub(super) fn exists(path: *const u8, length: usize) -> i32;
        /// What Node's `os` says of the machine, in bytes.
        pub(super) safe fn total_memory() -> f64;
        pub(super) safe fn free_memory() -> f64;
    }
}

/// The files of the machine below a root that JavaScript knows.
pub(crate) struct Host;

/// What the machine has by Node's `os`, which is asked where no file says it.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "whole numbers of bytes below 2^53"
)]
pub(crate) fn system() -> Option<HostMemory> {
    let (total, available) = (imports::total_memory() as u64, imports::free_memory() as u64);
    (total > 0).then_some(HostMemory { total, available })
}

impl KernelFiles for Host {
    fn read(&mut self, path: &Path) -> io::Result<Cow<'_, [u8]>> {
        let name = path.as_os_str().as_encoded_bytes();
        // SAFETY: JavaScript reads that many bytes there, and keeps no pointer.
        let length = unsafe { imports::read(name.as_ptr(), name.len()) };
        let Ok(length) = usize::try_from(length) else {
            return Err(kind_of(length).into());
        };
        let mut bytes = vec![0; length];
        // SAFETY: JavaScript writes the `length` bytes that it told of.
        unsafe { imports::take(bytes.as_mut_ptr()) };
        Ok(bytes.into())
    }

    fn exists(&mut self, path: &Path) -> bool {
        let name = path.as_os_str().as_encoded_bytes();
        // SAFETY: as in `read`.
        unsafe { imports::exists(name.as_ptr(), name.len()) != 0 }
    }
}

/// In the order of `FAILURES` in lib/wasm.js.
fn kind_of(failure: i32) -> io::ErrorKind {
    match failure {
        -1 => io::ErrorKind::NotFound,
        -2 => io::ErrorKind::PermissionDenied,
        -3 => io::ErrorKind::NotADirectory,
        -4 => io::ErrorKind::InvalidInput,
        _ => io::ErrorKind::Other,
    }
}
