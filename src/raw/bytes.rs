//! Memory of V8's: read from one array and written to another, in one call.

use std::ffi::c_void;
use std::{ptr, slice};

use napi::bindgen_prelude::{Env, Error, JsValue, Result, Status, Unknown};
use napi::sys;

/// Hands the bytes of two `Uint8Array`s to `work`: those of `source` to read,
/// those of `target` to write. An error where they overlap, or are none.
///
/// Neither may be of a `SharedArrayBuffer`; JavaScript sees to that. Everything
/// else that could change them waits for this call.
pub(crate) fn between<R>(
    env: &Env,
    source: &Unknown<'_>,
    target: &Unknown<'_>,
    work: impl FnOnce(&[u8], &mut [u8]) -> R,
) -> Result<R> {
    let (from, from_length) = place_of(env, source)?;
    let (to, to_length) = place_of(env, target)?;
    let apart = from.addr() + from_length <= to.addr() || to.addr() + to_length <= from.addr();
    if !apart {
        return Err(Error::from_reason("the arrays overlap"));
    }
    // SAFETY: V8 has told where they are and how long; both are held by the
    // caller, no JavaScript runs before `work` returns, and they are apart.
    Ok(work(unsafe { slice::from_raw_parts(from, from_length) }, unsafe {
        slice::from_raw_parts_mut(to, to_length)
    }))
}

/// Where the bytes of a `Uint8Array` are; never null.
fn place_of(env: &Env, array: &Unknown<'_>) -> Result<(*mut u8, usize)> {
    let mut kind = sys::TypedarrayType::int8_array;
    let mut length = 0;
    let mut data: *mut c_void = ptr::null_mut();
    // SAFETY: `env` and `array` are live for this call, which writes to the
    // places given, and to none that is null.
    let status = unsafe {
        sys::napi_get_typedarray_info(
            env.raw(),
            array.raw(),
            &raw mut kind,
            &raw mut length,
            &raw mut data,
            ptr::null_mut(),
            ptr::null_mut(),
        )
    };
    if status != sys::Status::napi_ok || kind != sys::TypedarrayType::uint8_array {
        return Err(Error::new(Status::InvalidArg, "it is no Uint8Array".to_owned()));
    }
    if data.is_null() || length == 0 {
        return Ok((ptr::dangling_mut(), 0));
    }
    Ok((data.cast(), length))
}
