use napi::bindgen_prelude::{ArrayBuffer, Env, Result, Unknown};
use napi_derive::napi;

use super::raw::bytes;
use remotion_headroom_core::base64;

/// Writes what the base64 in the bytes `start` to `end` of `source` stands for to
/// `target`, which must be as long as that. False where it is not, and for
/// anything but strict base64. Both are `Uint8Array`s.
#[napi(catch_unwind)]
pub fn decode_base64(
    env: &Env,
    source: Unknown,
    start: u32,
    end: u32,
    target: Unknown,
) -> Result<bool> {
    bytes::between(env, &source, &target, |source, target| {
        source.get(start as usize..end as usize).is_some_and(|text| base64::decode(text, target))
    })
}

/// Gives the memory of an `ArrayBuffer` back now, not when V8 next collects garbage.
/// Nobody may need its bytes any more: whoever still has it finds it empty.
/// An error where it can't be detached, as that of a `WebAssembly.Memory`.
#[napi(catch_unwind)]
pub fn release_bytes(buffer: ArrayBuffer) -> Result<()> {
    buffer.detach()
}
