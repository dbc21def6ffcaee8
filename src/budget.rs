use napi_derive::napi;

use remotion_headroom_core::budget::{self, Parallel, Wish};

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

#[napi(object)]
pub struct JsWish {
    pub available: f64,
    pub cpus: f64,
    pub width: f64,
    pub height: f64,
    pub hevc: bool,
    pub tabs: u32,
    pub keep_tabs: bool,
    /// `never`, `always`, or anything else for "if it fits".
    pub parallel_encoding: String,
    pub media_cache: Option<f64>,
    pub offthread_video_cache: Option<f64>,
}

#[napi(object)]
pub struct JsPlan {
    pub tabs: u32,
    pub parallel_encoding: bool,
    pub media_cache: f64,
    pub offthread_video_cache: f64,
    pub budget: f64,
    pub expected_peak: f64,
    pub fits: bool,
    pub tab: f64,
    pub base: f64,
    pub encoder: f64,
}

#[napi(catch_unwind)]
pub fn plan_render(wish: JsWish) -> JsPlan {
    let plan = budget::plan(&Wish {
        available: wish.available,
        cpus: wish.cpus,
        width: wish.width,
        height: wish.height,
        hevc: wish.hevc,
        tabs: wish.tabs,
        keep_tabs: wish.keep_tabs,
        parallel_encoding: match wish.parallel_encoding.as_str() {
            "never" => Parallel::Never,
            "always" => Parallel::Always,
            _ => Parallel::IfItFits,
        },
        media_cache: wish.media_cache,
        offthread_video_cache: wish.offthread_video_cache,
    });
    JsPlan {
        tabs: plan.tabs,
        parallel_encoding: plan.parallel_encoding,
        media_cache: plan.media_cache,
        offthread_video_cache: plan.offthread_video_cache,
        budget: plan.budget,
        expected_peak: plan.expected_peak,
        fits: plan.fits,
        tab: plan.tab,
        base: plan.base,
        encoder: plan.encoder,
    }
}
