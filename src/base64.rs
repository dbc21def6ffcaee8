use napi::bindgen_prelude::{Env, Result, Unknown};
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
