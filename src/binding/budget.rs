use napi_derive::napi;

use crate::budget;

#[napi(catch_unwind)]
pub fn estimate_encoder_usage(width: f64, height: f64) -> f64 {
    budget::estimate_encoder_usage(width, height)
}

#[napi(catch_unwind)]
pub fn has_enough_memory_for_parallel_encoding(free: f64, estimated_usage: f64) -> bool {
    budget::has_enough_memory_for_parallel_encoding(free, estimated_usage)
}

#[napi(object)]
pub struct JsRange {
    pub min: f64,
    pub max: f64,
}

/// Sizes of a media cache that Remotion accepts, in bytes.
#[napi(catch_unwind)]
pub fn media_cache_limits() -> JsRange {
    JsRange { min: budget::MIN_MEDIA_CACHE, max: budget::MAX_MEDIA_CACHE }
}

#[napi(catch_unwind)]
pub fn default_media_cache_size(available: Option<f64>) -> f64 {
    budget::default_media_cache(available)
}
