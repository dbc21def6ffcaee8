//! Numbers of macOS's kernel, by name.

use std::ffi::CStr;
use std::ptr;

/// The value; `None` where there is no such number, and where it is negative.
pub(crate) fn number(name: &CStr) -> Option<u64> {
    let mut value = [0_u8; 8];
    let mut length = value.len();
    // SAFETY: `name` ends with a NUL, and the kernel writes no more than `length`
    // bytes into `value`. Nothing is set: the new value is null, of no length.
    let status = unsafe {
        libc::sysctlbyname(
            name.as_ptr(),
            value.as_mut_ptr().cast(),
            &raw mut length,
            ptr::null_mut(),
            0,
        )
    };
    // Some are an int, some a 64-bit number, which differs between versions.
    match (status, length) {
        (0, 4) => u64::try_from(i32::from_ne_bytes(*value.first_chunk()?)).ok(),
        (0, 8) => u64::try_from(i64::from_ne_bytes(value)).ok(),
        _ => None,
    }
}
