//! Strings that V8 uses without owning them, and reading strings without
//! converting them.
//!
//! An external string holds one [`Arc<Payload>`]. V8 calls [`release`] when the
//! string dies: inside a garbage collection, or at the exit of a worker, where
//! the environment is already gone. It drops the `Arc` and does nothing else.

use std::ffi::c_void;
use std::ptr;
use std::sync::Arc;

use napi::bindgen_prelude::{Env, Error, FromNapiValue, JsValue, Result, Status, Unknown};
use napi::sys;

use remotion_headroom_core::assets::store::{Payload, PayloadStore, Text};

/// Bytes a character takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Width {
    One,
    Two,
}

/// Copies the characters of the string `value`. `Width::One` keeps the low
/// byte of each.
pub(crate) fn text_of(env: &Env, value: &Unknown<'_>, width: Width) -> Result<Text> {
    match width {
        Width::One => read_units(env, value, sys::napi_get_value_string_latin1).map(Text::Latin1),
        Width::Two => read_units(env, value, sys::napi_get_value_string_utf16).map(Text::Utf16),
    }
}

/// The shape that Node-API's string readers share; `C` is their unit.
type StringReader<C> =
    unsafe fn(sys::napi_env, sys::napi_value, *mut C, usize, *mut usize) -> sys::napi_status;

/// A unit of text as we name it, and as the C declaration does.
///
/// # Safety
/// `C` has the size and alignment of `Self`, and every value of it is one of
/// `Self`: [`read_units`] lets C write to memory of `Self`.
unsafe trait Unit {
    type C;
}

// SAFETY: both are one byte, of any value.
unsafe impl Unit for u8 {
    type C = std::ffi::c_char;
}

// SAFETY: the same type.
unsafe impl Unit for u16 {
    type C = u16;
}

fn read_units<U: Unit>(env: &Env, value: &Unknown<'_>, read: StringReader<U::C>) -> Result<Vec<U>> {
    let mut length = 0;
    // SAFETY: `env` and `value` are live for this call. A null buffer asks for
    // the length alone.
    check(unsafe { read(env.raw(), value.raw(), ptr::null_mut(), 0, &raw mut length) })?;
    // The reader writes a NUL behind the text.
    let mut units = Vec::<U>::new();
    units.try_reserve_exact(length + 1).map_err(|_| no_memory(length))?;
    let mut written = 0;
    // SAFETY: the buffer has room for `length + 1` units, which `U::C` fits by
    // the promise of `Unit`.
    check(unsafe {
        read(env.raw(), value.raw(), units.as_mut_ptr().cast(), length + 1, &raw mut written)
    })?;
    // SAFETY: the reader initialised `written` units, at most `length`.
    unsafe { units.set_len(written.min(length)) };
    Ok(units)
}

/// Characters of the string `value`.
pub(crate) fn length_of(env: &Env, value: &Unknown<'_>) -> Result<usize> {
    let mut length = 0;
    // SAFETY: `env` and `value` are live for this call. A null buffer asks for
    // the length alone, which V8 knows.
    check(unsafe {
        sys::napi_get_value_string_utf16(
            env.raw(),
            value.raw(),
            ptr::null_mut(),
            0,
            &raw mut length,
        )
    })?;
    Ok(length)
}

/// The string `value`, with U+FFFD for lone surrogates.
pub(crate) fn utf8_of(env: &Env, value: &Unknown<'_>) -> Result<String> {
    let mut length = 0;
    // SAFETY: as in `length_of`.
    check(unsafe {
        sys::napi_get_value_string_utf8(env.raw(), value.raw(), ptr::null_mut(), 0, &raw mut length)
    })?;
    let mut bytes = Vec::new();
    append_utf8(env, value, length, &mut bytes)?;
    String::from_utf8(bytes).map_err(|_| Error::from_reason("the text is not UTF-8"))
}

/// Adds the first `length` bytes of the string `value`, as UTF-8, to `bytes`.
pub(crate) fn append_utf8(
    env: &Env,
    value: &Unknown<'_>,
    length: usize,
    bytes: &mut Vec<u8>,
) -> Result<()> {
    // The reader writes a NUL behind the text.
    bytes.try_reserve(length + 1).map_err(|_| no_memory(length))?;
    let before = bytes.len();
    let mut written = 0;
    // SAFETY: the buffer has room for `length + 1` bytes behind its `before`.
    check(unsafe {
        sys::napi_get_value_string_utf8(
            env.raw(),
            value.raw(),
            bytes.as_mut_ptr().add(before).cast(),
            length + 1,
            &raw mut written,
        )
    })?;
    // SAFETY: the reader initialised `written` bytes, at most `length`.
    unsafe { bytes.set_len(before + written.min(length)) };
    Ok(())
}

/// A string over the payload's bytes. Nothing where V8 made a copy of its own,
/// which is of no use to us.
pub(crate) fn create(env: &Env, payload: Arc<Payload>) -> Result<Option<Unknown<'_>>> {
    let holder = Arc::into_raw(payload);
    // SAFETY: `holder` came from `Arc::into_raw` just now.
    let text = unsafe { &*holder }.text();
    let hint = holder.cast_mut().cast::<c_void>();
    let mut value = ptr::null_mut();
    let mut copied = false;
    // SAFETY: the bytes stay where they are and unchanged while the `Arc`
    // behind `hint` lives, and only `release` gives that up: unlike a buffer, a
    // string can be neither written to, detached nor moved to another thread
    // (posting one copies it). The string is not empty: payloads have at least
    // one character.
    let status = unsafe {
        match text {
            Text::Latin1(units) => sys::node_api_create_external_string_latin1(
                env.raw(),
                units.as_ptr().cast(),
                units.len().cast_signed(),
                Some(release),
                hint,
                &raw mut value,
                &raw mut copied,
            ),
            Text::Utf16(units) => sys::node_api_create_external_string_utf16(
                env.raw(),
                units.as_ptr(),
                units.len().cast_signed(),
                Some(release),
                hint,
                &raw mut value,
                &raw mut copied,
            ),
        }
    };
    if status != sys::Status::napi_ok || value.is_null() {
        // SAFETY: without a string nobody else gives the holder up. (A runtime
        // that lacks the function reports success and leaves `value` unset.)
        drop(unsafe { Arc::from_raw(holder) });
        check(status)?;
        return Ok(None);
    }
    // Where V8 copied, it has called `release` already.
    if copied {
        return Ok(None);
    }
    // SAFETY: `value` is a live handle of this scope.
    unsafe { Unknown::from_napi_value(env.raw(), value) }.map(Some)
}

/// Whether external strings work here: asked once, when the addon loads.
pub(crate) fn probe(env: &Env) -> bool {
    let store = PayloadStore::new();
    let sample = "remotion-headroom ".repeat(32);
    let payload = store.intern(Text::Latin1(sample.clone().into_bytes())).ok();
    let made = payload.and_then(|payload| create(env, payload).ok().flatten());
    made.zip(env.create_string(&sample).ok())
        .is_some_and(|(made, expected)| env.strict_equals(made, expected).unwrap_or(false))
}

/// Gives up the string's hold on its payload.
unsafe extern "C" fn release(_env: sys::node_api_basic_env, _data: *mut c_void, hint: *mut c_void) {
    // SAFETY: `hint` is the holder that `create` leaked for this string, and
    // V8 finalizes a string once.
    drop(unsafe { Arc::from_raw(hint.cast_const().cast::<Payload>()) });
}

/// What reading says where there is no memory for the text.
pub(crate) fn no_memory(length: usize) -> Error {
    Error::new(Status::GenericFailure, format!("there is no memory for {length} characters"))
}

/// Whether `error` says so.
pub(crate) fn is_no_memory(error: &Error) -> bool {
    error.status == Status::GenericFailure
}

fn check(status: sys::napi_status) -> Result<()> {
    if status == sys::Status::napi_ok {
        Ok(())
    } else {
        Err(Error::new(Status::from(status), "a string was expected"))
    }
}
