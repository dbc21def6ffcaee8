use napi_derive::napi;

use remotion_headroom_core::budget::{self, Image, Parallel, Wish};
use remotion_headroom_core::codec::Codec;
use remotion_headroom_core::memory::report::LimitedBy;
use remotion_headroom_core::words::plan_reasons::{self, Background, Quota, Sequential};

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

#[napi(js_name = "ParallelEncoding", string_enum = "camelCase")]
pub enum JsParallel {
    Never,
    IfItFits,
    Always,
}

impl From<JsParallel> for Parallel {
    fn from(parallel: JsParallel) -> Self {
        match parallel {
            JsParallel::Never => Self::Never,
            JsParallel::IfItFits => Self::IfItFits,
            JsParallel::Always => Self::Always,
        }
    }
}

/// Why parallel encoding is never to be.
#[napi(js_name = "Sequential", string_enum = "camelCase")]
pub enum JsSequential {
    Asked,
    Partitions,
    Codec,
}

impl From<JsSequential> for Sequential {
    fn from(sequential: JsSequential) -> Self {
        match sequential {
            JsSequential::Asked => Self::Asked,
            JsSequential::Partitions => Self::Partitions,
            JsSequential::Codec => Self::Codec,
        }
    }
}

#[napi(js_name = "LimitedBy", string_enum = "camelCase")]
pub enum JsLimitedBy {
    Host,
    Cgroup,
    Lambda,
    Override,
}

impl From<JsLimitedBy> for LimitedBy {
    fn from(limited_by: JsLimitedBy) -> Self {
        match limited_by {
            JsLimitedBy::Host => Self::Host,
            JsLimitedBy::Cgroup => Self::Cgroup,
            JsLimitedBy::Lambda => Self::Lambda,
            JsLimitedBy::Override => Self::Override,
        }
    }
}

#[napi(js_name = "Image", string_enum = "camelCase")]
pub enum JsImage {
    Jpeg,
    Png,
    None,
}

impl From<JsImage> for Image {
    fn from(image: JsImage) -> Self {
        match image {
            JsImage::Jpeg => Self::Jpeg,
            JsImage::Png => Self::Png,
            JsImage::None => Self::None,
        }
    }
}

#[napi(js_name = "Codec", string_enum)]
pub enum JsCodec {
    #[napi(value = "h264")]
    H264,
    #[napi(value = "h265")]
    H265,
    #[napi(value = "vp8")]
    Vp8,
    #[napi(value = "vp9")]
    Vp9,
    #[napi(value = "av1")]
    Av1,
    #[napi(value = "mp3")]
    Mp3,
    #[napi(value = "aac")]
    Aac,
    #[napi(value = "wav")]
    Wav,
    #[napi(value = "prores")]
    ProRes,
    #[napi(value = "h264-mkv")]
    H264Mkv,
    #[napi(value = "h264-ts")]
    H264Ts,
    #[napi(value = "gif")]
    Gif,
}

impl From<JsCodec> for Codec {
    fn from(codec: JsCodec) -> Self {
        match codec {
            JsCodec::H264 => Self::H264,
            JsCodec::H265 => Self::H265,
            JsCodec::Vp8 => Self::Vp8,
            JsCodec::Vp9 => Self::Vp9,
            JsCodec::Av1 => Self::Av1,
            JsCodec::Mp3 => Self::Mp3,
            JsCodec::Aac => Self::Aac,
            JsCodec::Wav => Self::Wav,
            JsCodec::ProRes => Self::ProRes,
            JsCodec::H264Mkv => Self::H264Mkv,
            JsCodec::H264Ts => Self::H264Ts,
            JsCodec::Gif => Self::Gif,
        }
    }
}

#[napi(object)]
pub struct JsWish {
    pub available: f64,
    pub cpus: f64,
    pub width: f64,
    pub height: f64,
    pub scale: f64,
    pub codec: JsCodec,
    pub frames_in_memory: f64,
    pub image: JsImage,
    pub media_sources: f64,
    pub offthread_threads: f64,
    pub remotion_allows: Option<bool>,
    pub decides: bool,
    pub quota_cpus: Option<f64>,
    pub tabs_without_quota: Option<u32>,
    pub tabs: u32,
    pub keep_tabs: bool,
    pub parallel_encoding: JsParallel,
    pub sequential: Option<JsSequential>,
    pub limited_by: Option<JsLimitedBy>,
    pub media_cache: Option<f64>,
    pub offthread_video_cache: Option<f64>,
}

#[napi(object, object_from_js = false)]
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
    pub reasons: Vec<JsPlanReason>,
}

#[napi(object, object_from_js = false)]
pub struct JsPlanReason {
    pub code: &'static str,
    pub text: String,
}

#[napi(catch_unwind)]
pub fn plan_render(wish: JsWish) -> JsPlan {
    let background = Background {
        limited_by: wish.limited_by.map(Into::into),
        sequential: wish.sequential.map(Into::into),
        quota: wish
            .quota_cpus
            .zip(wish.tabs_without_quota)
            .map(|(cpus, tabs)| Quota { cpus, tabs }),
    };
    let wish = Wish {
        available: wish.available,
        cpus: wish.cpus,
        width: wish.width,
        height: wish.height,
        scale: wish.scale,
        codec: wish.codec.into(),
        frames_in_memory: wish.frames_in_memory,
        image: wish.image.into(),
        media_sources: wish.media_sources,
        offthread_threads: wish.offthread_threads,
        remotion_allows: wish.remotion_allows,
        decides: wish.decides,
        tabs: wish.tabs,
        keep_tabs: wish.keep_tabs,
        parallel_encoding: wish.parallel_encoding.into(),
        media_cache: wish.media_cache,
        offthread_video_cache: wish.offthread_video_cache,
    };
    let plan = budget::plan(&wish);
    let reasons = plan_reasons::reasons(&wish, &plan, background)
        .into_iter()
        .map(|reason| JsPlanReason { code: reason.code, text: reason.text })
        .collect();
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
        reasons,
    }
}
