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
