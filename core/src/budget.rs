//! What a render may spend.

use crate::codec::Codec;

/// Bytes that must stay free beside the encoder (rule of `@remotion/renderer` 4.0.529).
pub const MINIMUM_MEMORY_LEFT: f64 = 2_000_000_000.0;

/// Bytes that encoding during rendering is estimated to take per pixel of a frame.
pub const ENCODER_BYTES_PER_PIXEL: f64 = 1_000.0;

/// Smallest media cache that Remotion accepts, in bytes.
pub const MIN_MEDIA_CACHE: f64 = 240.0 * MIB;
/// Largest media cache that Remotion accepts, and that it takes by itself.
pub const MAX_MEDIA_CACHE: f64 = 20_000.0 * MIB;
/// Smallest media cache that it takes by itself.
pub const SMALLEST_DEFAULT_MEDIA_CACHE: f64 = 500.0 * MIB;
/// The media cache where the memory is not known.
pub const BLIND_MEDIA_CACHE: f64 = 1_000_000_000.0;

const MIB: f64 = 1024.0 * 1024.0;

/// Bytes of the media cache that a tab takes where none were asked for:
/// half of the available memory, within limits.
#[must_use]
pub fn default_media_cache(available: Option<f64>) -> f64 {
    available.filter(|available| !available.is_nan()).map_or(BLIND_MEDIA_CACHE, |available| {
        (available / 2.0).clamp(SMALLEST_DEFAULT_MEDIA_CACHE, MAX_MEDIA_CACHE)
    })
}

/// Estimated bytes the encoder takes for frames of `width` x `height` pixels.
#[must_use]
pub fn estimate_encoder_usage(width: f64, height: f64) -> f64 {
    ENCODER_BYTES_PER_PIXEL * width * height
}

/// Whether encoding may run beside rendering with `free` bytes left.
#[must_use]
pub fn has_enough_memory_for_parallel_encoding(free: f64, estimated_usage: f64) -> bool {
    free - estimated_usage > MINIMUM_MEMORY_LEFT
}

/// What the processes of a render take, in bytes: peaks of the proportional set
/// size, measured by `benchmark/plan-constants.mjs` with Remotion 4.0.529,
/// Chromium and two CPUs, as lines over the pixels of a frame and rounded up.
/// `docs/plan.md` has the measurement.
mod measured {
    use super::MIB;

    /// The browser without its tabs: 422 MiB at 720p, 441 at 1080p, 522 at 4K.
    pub(super) const BROWSER: (f64, f64) = (420.0 * MIB, 15.0);
    /// One more tab: 113 MiB at 720p, 127 at 1080p, 189 at 4K.
    pub(super) const TAB: (f64, f64) = (110.0 * MIB, 12.0);
    /// `FFmpeg` with x264 on two CPUs: 212 MiB at 720p, 435 at 1080p, 1,593 at 4K.
    pub(super) const ENCODER: (f64, f64) = (64.0 * MIB, 210.0);
    /// What `FFmpeg` takes for each further CPU, per pixel of a frame: 18 from
    /// 3 to 24 threads at 720p (x264 starts 1.5 threads a CPU).
    pub(super) const ENCODER_PER_CPU: f64 = 20.0;
    /// CPUs of the machine that `ENCODER` was measured on.
    pub(super) const ENCODER_CPUS: f64 = 2.0;
    /// What Node grows by while it renders.
    pub(super) const NODE: f64 = 200.0 * MIB;
    /// What `FFmpeg` takes where there is no picture to encode.
    pub(super) const AUDIO_ENCODER: f64 = 64.0 * MIB;
}

/// What is kept of payloads out of use, outside the heap, until they are forgotten.
pub const PAYLOADS_KEPT: f64 = 64.0 * MIB;

/// What `@remotion/media` keeps of each source beside its media cache: a
/// sixteenth of that, within limits.
const SOURCE_SHARE: f64 = 16.0;
const MIN_SOURCE_CACHE: f64 = 8.0 * MIB;
const MAX_SOURCE_CACHE: f64 = 64.0 * MIB;

/// Decoded frames that extraction needs of each source on each thread: with fewer,
/// each frame is decoded from the last key frame on.
pub const OFFTHREAD_FRAMES: f64 = 8.0;
/// Bytes of a pixel that was decoded.
pub const OFFTHREAD_BYTES_PER_PIXEL: f64 = 3.0;
/// Threads that extract frames where nobody asked for a number, as Remotion has it.
pub const OFFTHREAD_THREADS: f64 = 2.0;

/// Bytes of a frame that waits on disk for its encoding, per pixel: the most of
/// what was measured (`docs/plan.md`).
const JPEG_BYTES_PER_PIXEL: f64 = 0.7;
const PNG_BYTES_PER_PIXEL: f64 = 3.1;

/// Share of the available memory that a plan uses, and what it leaves beside.
const USED_SHARE: f64 = 0.9;
const LEFT_OVER: f64 = 64.0 * MIB;

/// Bytes that have to be available, for `peak` to be within what is planned with.
#[must_use]
pub fn needed_for(peak: f64) -> f64 {
    ((peak + LEFT_OVER) / USED_SHARE).ceil()
}
/// A useful cache for `<OffthreadVideo>`, and the least it can work with.
const OFFTHREAD_FLOOR: f64 = 128.0 * MIB;
const OFFTHREAD_LEAST: f64 = 64.0 * MIB;
/// What is handed out of the memory that processes do not need: this share to
/// the media caches of all tabs, and that to the cache of `<OffthreadVideo>`.
const MEDIA_SHARE: f64 = 0.45;
const OFFTHREAD_SHARE: f64 = 0.35;

/// What `@remotion/media` keeps of one source beside a media cache of `budget` bytes.
#[must_use]
pub fn source_cache(budget: f64) -> f64 {
    (budget / SOURCE_SHARE).floor().clamp(MIN_SOURCE_CACHE, MAX_SOURCE_CACHE)
}

/// The largest media cache that fits into `bytes` together with what is kept of
/// `sources` beside it.
fn media_cache_within(bytes: f64, sources: f64) -> f64 {
    // What both take is the lesser of two lines; none of Remotion's sizes is so
    // small that a source takes its minimum.
    (bytes - sources * MAX_SOURCE_CACHE).max(bytes / (1.0 + sources / SOURCE_SHARE))
}

/// The least that `<OffthreadVideo>` gets on with, for frames of `pixels`.
#[must_use]
pub fn least_offthread_cache(pixels: f64, sources: f64, threads: f64) -> f64 {
    OFFTHREAD_FRAMES * OFFTHREAD_BYTES_PER_PIXEL * pixels * sources * threads
}

/// What a frame is, where it waits for its encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Image {
    /// With loss.
    Jpeg,
    /// Without.
    Png,
    /// Of audio alone.
    None,
}

impl Image {
    /// All of them.
    pub const ALL: &[Self] = &[Self::Jpeg, Self::Png, Self::None];

    /// As Remotion names it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "jpeg",
            Self::Png => "png",
            Self::None => "none",
        }
    }

    fn bytes_per_pixel(self) -> f64 {
        match self {
            Self::Jpeg => JPEG_BYTES_PER_PIXEL,
            Self::Png => PNG_BYTES_PER_PIXEL,
            Self::None => 0.0,
        }
    }
}

/// Whether encoding is to run beside rendering.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parallel {
    /// No.
    Never,
    /// Where there is memory for it.
    IfItFits,
    /// Yes, as the user wants it.
    Always,
}

impl Parallel {
    /// All of them.
    pub const ALL: &[Self] = &[Self::Never, Self::IfItFits, Self::Always];

    /// As the bindings name it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::IfItFits => "ifItFits",
            Self::Always => "always",
        }
    }
}

/// What is to be planned. Sizes in bytes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wish {
    /// Memory that is left to use.
    pub available: f64,
    /// CPUs that encode.
    pub cpus: f64,
    /// Of the composition, in pixels.
    pub width: f64,
    /// Of the composition, in pixels.
    pub height: f64,
    /// What that is multiplied by for a frame.
    pub scale: f64,
    /// What is encoded to.
    pub codec: Codec,
    /// Frames that stay in memory until they are encoded, where that is after
    /// rendering; 0 where they are on a disk.
    pub frames_in_memory: f64,
    /// What they are.
    pub image: Image,
    /// Sources of media that a tab shows at once.
    pub media_sources: f64,
    /// Threads that extract frames for `<OffthreadVideo>`.
    pub offthread_threads: f64,
    /// Whether Remotion allows encoding beside rendering, where it was asked; else
    /// its rule is taken to be the one above.
    pub remotion_allows: Option<bool>,
    /// Whether the render goes by this plan where frames stay in memory.
    pub decides: bool,
    /// Tabs at most, one or more.
    pub tabs: u32,
    /// Whether there have to be that many.
    pub keep_tabs: bool,
    /// Whether encoding runs beside rendering.
    pub parallel_encoding: Parallel,
    /// The media cache that was asked for, for each tab.
    pub media_cache: Option<f64>,
    /// The cache of `<OffthreadVideo>` that was asked for.
    pub offthread_video_cache: Option<f64>,
}

/// A plan. Sizes in bytes; caches are whole MiB unless they were asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plan {
    /// Tabs.
    pub tabs: u32,
    /// Whether encoding runs beside rendering.
    pub parallel_encoding: bool,
    /// Media cache of each tab.
    pub media_cache: f64,
    /// Cache of `<OffthreadVideo>`.
    pub offthread_video_cache: f64,
    /// Memory planned with.
    pub budget: f64,
    /// Memory at the peak, all caches full.
    pub expected_peak: f64,
    /// Whether that is within the budget.
    pub fits: bool,
    /// What one tab takes, without its cache.
    pub tab: f64,
    /// What the browser and Node take without tabs.
    pub base: f64,
    /// What the encoder takes.
    pub encoder: f64,
    /// What frames would take in memory until they are encoded.
    pub frames: f64,
    /// What is kept of sources beside each tab's media cache.
    pub sources: f64,
    /// Whether Remotion allows encoding beside rendering, or is not asked.
    pub allowed: bool,
}

/// The processes of a render.
#[derive(Debug, Clone, Copy)]
struct Costs {
    base: f64,
    tab: f64,
    encoder: f64,
    frames: f64,
}

impl Costs {
    fn of(wish: &Wish) -> Self {
        let pixels = pixels_of(wish);
        let at = |(fixed, per_pixel): (f64, f64)| fixed + per_pixel * pixels;
        let further_cpus = (wish.cpus - measured::ENCODER_CPUS).max(0.0);
        let x264 = at(measured::ENCODER) + measured::ENCODER_PER_CPU * further_cpus * pixels;
        Self {
            base: at(measured::BROWSER) + measured::NODE + PAYLOADS_KEPT,
            tab: at(measured::TAB),
            encoder: (x264 * wish.codec.encoder_factor()).max(measured::AUDIO_ENCODER),
            frames: wish.frames_in_memory * wish.image.bytes_per_pixel() * pixels,
        }
    }

    /// Memory at the peak with caches of `caches` bytes in all.
    fn peak(self, tabs: u32, parallel_encoding: bool, caches: f64) -> f64 {
        let rendering = self.base + self.tab * f64::from(tabs) + caches;
        if parallel_encoding {
            rendering + self.encoder
        } else {
            // The browser is gone by the time the encoder starts.
            rendering.max(measured::NODE + PAYLOADS_KEPT + self.encoder) + self.frames
        }
    }
}

/// Of a frame.
fn pixels_of(wish: &Wish) -> f64 {
    wish.width * wish.scale * wish.height * wish.scale
}

/// Whether Remotion would let encoding run beside rendering.
fn remotion_allows(wish: &Wish) -> bool {
    wish.remotion_allows.unwrap_or_else(|| {
        // It takes the composition's size, whatever the scale.
        let usage = estimate_encoder_usage(wish.width, wish.height);
        has_enough_memory_for_parallel_encoding(wish.available, usage)
    })
}

/// Chooses what a render may take, so that it ends within the memory there is.
///
/// Encoding beside rendering is given up first, then tabs one by one: a tab is
/// worth more than the encoder's head start. It is also given up where Remotion
/// would not do it. Where frames stay in memory until they are encoded, it is what
/// takes less. Memory left by the processes goes to the caches. What the user asked
/// for is kept, also where it does not fit.
#[must_use]
pub fn plan(wish: &Wish) -> Plan {
    let costs = Costs::of(wish);
    // Without a limit there is still an end to every sum.
    let available = if wish.available.is_nan() { 0.0 } else { wish.available.min(1e18) };
    let budget = (available * USED_SHARE - LEFT_OVER).max(0.0).floor();
    // A video may be as large as the composition, whatever the scale.
    let least_offthread =
        least_offthread_cache(wish.width * wish.height, wish.media_sources, wish.offthread_threads);
    let of_sources = |media_cache: f64| source_cache(media_cache) * wish.media_sources;
    let with_sources = |media_cache: f64| media_cache + of_sources(media_cache);
    let floor_media = with_sources(wish.media_cache.unwrap_or(MIN_MEDIA_CACHE));
    // In whole MiB as caches are handed out, or the last one would pass the budget.
    let least_offthread = (least_offthread / MIB).ceil() * MIB;
    let floor_offthread = wish
        .offthread_video_cache
        .unwrap_or_else(|| OFFTHREAD_FLOOR.max(least_offthread).min(MAX_MEDIA_CACHE));
    let with_floors = |tabs: u32, parallel: bool| {
        costs.peak(tabs, parallel, floor_media * f64::from(tabs) + floor_offthread)
    };

    let most_tabs = wish.tabs.max(1);
    let in_memory = costs.frames > 0.0;
    let allowed = (in_memory && wish.decides) || remotion_allows(wish);
    let beside = with_floors(most_tabs, true);
    let parallel_encoding = allowed
        && match wish.parallel_encoding {
            Parallel::Never => false,
            Parallel::IfItFits => {
                beside <= budget || (in_memory && beside <= with_floors(most_tabs, false))
            }
            Parallel::Always => true,
        };
    let mut tabs = most_tabs;
    while tabs > 1 && !wish.keep_tabs && with_floors(tabs, parallel_encoding) > budget {
        tabs -= 1;
    }

    // Caches fill while rendering: a peak of the encoder alone leaves them room.
    let rendering = costs.base
        + costs.tab * f64::from(tabs)
        + if parallel_encoding { costs.encoder } else { costs.frames };
    let free = (budget - rendering).max(0.0);
    let half = available / 2.0;
    let media_cache = wish.media_cache.unwrap_or_else(|| {
        // Many large sources need more of `<OffthreadVideo>` than these leave it.
        let of_all = (free * MEDIA_SHARE).min((free - floor_offthread).max(0.0));
        let each = media_cache_within(of_all / f64::from(tabs), wish.media_sources);
        whole_mib(each.min(half)).clamp(MIN_MEDIA_CACHE, MAX_MEDIA_CACHE)
    });
    let of_tabs = with_sources(media_cache) * f64::from(tabs);
    let offthread_video_cache = wish.offthread_video_cache.unwrap_or_else(|| {
        let left = (free - of_tabs).max(0.0);
        let all = (free * OFFTHREAD_SHARE).max(floor_offthread).min(left);
        let least = OFFTHREAD_LEAST.max(least_offthread).min(MAX_MEDIA_CACHE);
        whole_mib(all).clamp(least, MAX_MEDIA_CACHE)
    });
    let caches = of_tabs + offthread_video_cache;
    let expected_peak = costs.peak(tabs, parallel_encoding, caches).ceil();
    Plan {
        tabs,
        parallel_encoding,
        media_cache,
        offthread_video_cache,
        budget,
        expected_peak,
        fits: expected_peak <= budget,
        tab: costs.tab,
        base: costs.base,
        encoder: costs.encoder,
        frames: costs.frames,
        sources: of_sources(media_cache),
        allowed,
    }
}

fn whole_mib(bytes: f64) -> f64 {
    (bytes / MIB).floor() * MIB
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "every figure here is exact")]
mod tests {
    use super::*;

    #[test]
    fn full_hd_needs_a_little_over_four_gigabytes() {
        let estimate = estimate_encoder_usage(1920.0, 1080.0);
        assert_eq!(estimate, 2_073_600_000.0);
        assert!(!has_enough_memory_for_parallel_encoding(4_073_600_000.0, estimate));
        assert!(has_enough_memory_for_parallel_encoding(4_073_600_001.0, estimate));
    }

    #[test]
    fn a_tab_takes_half_within_limits() {
        assert_eq!(default_media_cache(None), 1e9);
        assert_eq!(default_media_cache(Some(f64::NAN)), 1e9);
        assert_eq!(default_media_cache(Some(0.0)), 500.0 * MIB);
        assert_eq!(default_media_cache(Some(4e9)), 2e9);
        assert_eq!(default_media_cache(Some(f64::INFINITY)), 20_000.0 * MIB);
    }

    #[test]
    fn no_limit_is_always_enough() {
        assert!(has_enough_memory_for_parallel_encoding(f64::INFINITY, 1e18));
    }

    const GIB: f64 = 1024.0 * MIB;

    fn full_hd(available: f64, tabs: u32) -> Wish {
        Wish {
            available,
            cpus: 2.0,
            width: 1920.0,
            height: 1080.0,
            scale: 1.0,
            codec: Codec::H264,
            frames_in_memory: 0.0,
            image: Image::Jpeg,
            media_sources: 1.0,
            offthread_threads: OFFTHREAD_THREADS,
            remotion_allows: None,
            decides: false,
            tabs,
            keep_tabs: false,
            parallel_encoding: Parallel::IfItFits,
            media_cache: None,
            offthread_video_cache: None,
        }
    }

    #[test]
    fn plenty_of_memory_changes_nothing() {
        let plan = plan(&full_hd(64.0 * GIB, 4));
        assert!(plan.fits && plan.parallel_encoding);
        assert_eq!(plan.tabs, 4);
        assert!(plan.media_cache > GIB && plan.offthread_video_cache > GIB);
    }

    #[test]
    fn encoding_gives_way_before_tabs_do() {
        let plan_with = |gib| {
            let plan = plan(&full_hd(gib * GIB, 4));
            (plan.parallel_encoding, plan.tabs, plan.fits)
        };
        assert_eq!(plan_with(4.0), (true, 4, true));
        assert_eq!(plan_with(2.9), (false, 4, true));
        assert_eq!(plan_with(2.0), (false, 2, true));
        assert_eq!(plan_with(0.5), (false, 1, false));
    }

    #[test]
    fn encoding_is_beside_only_where_remotion_allows_it() {
        let beside = |available: f64, width: f64, height: f64| {
            let plan = plan(&Wish { width, height, ..full_hd(available * GIB, 1) });
            (plan.allowed, plan.parallel_encoding)
        };
        for available in [2.0, 4.0, 8.0, 32.0] {
            for (width, height) in
                [(1280.0, 720.0), (1920.0, 1080.0), (3840.0, 2160.0), (7680.0, 4320.0)]
            {
                let usage = estimate_encoder_usage(width, height);
                let allowed = has_enough_memory_for_parallel_encoding(available * GIB, usage);
                assert_eq!(beside(available, width, height), (allowed, allowed));
            }
        }
        // The rule goes by the composition, the price by the frame.
        let scaled = Wish { scale: 0.1, ..full_hd(3.0 * GIB, 1) };
        assert!(!plan(&scaled).allowed && plan(&scaled).encoder < 100.0 * MIB);
        let caches = |remotion_allows| {
            let plan = plan(&Wish { remotion_allows, ..full_hd(3.0 * GIB, 1) });
            plan.media_cache + plan.offthread_video_cache
        };
        assert!(caches(Some(false)) > caches(Some(true)));
    }

    #[test]
    fn frames_in_memory_are_encoded_at_once() {
        let in_memory = |frames, decides| {
            let wish = Wish { frames_in_memory: frames, decides, ..full_hd(1400.0 * MIB, 1) };
            let plan = plan(&wish);
            (plan.parallel_encoding, plan.expected_peak)
        };
        let (beside, peak) = in_memory(900.0, true);
        let (after, larger) = in_memory(900.0, false);
        assert!(beside && !after && peak < larger);
        // Of few frames the encoder takes more than they do.
        assert!(!in_memory(30.0, true).0);
    }

    #[test]
    fn sources_are_kept_beside_the_media_cache() {
        assert_eq!(source_cache(240.0 * MIB), 15.0 * MIB);
        assert_eq!(source_cache(MIB), 8.0 * MIB);
        assert_eq!(source_cache(4.0 * GIB), 64.0 * MIB);
        let with = |media_sources| {
            plan(&Wish {
                media_sources,
                media_cache: Some(GIB),
                offthread_video_cache: Some(GIB),
                ..full_hd(64.0 * GIB, 2)
            })
            .expected_peak
        };
        assert_eq!(with(10.0) - with(0.0), 2.0 * 10.0 * 64.0 * MIB);
        for bytes in [300.0 * MIB, GIB, 5.0 * GIB] {
            let cache = media_cache_within(bytes, 3.0);
            let both = cache + 3.0 * source_cache(cache);
            assert!((both - bytes).abs() < 4.0, "{both} of {bytes}");
        }
    }

    #[test]
    fn frames_of_a_video_fit_into_its_cache() {
        let poor = plan(&Wish { width: 3840.0, height: 2160.0, ..full_hd(GIB, 1) });
        let eight_on_two_threads = 8.0 * 3840.0 * 2160.0 * 3.0 * 2.0;
        assert!(poor.offthread_video_cache >= eight_on_two_threads && !poor.fits);
        assert!(poor.offthread_video_cache < eight_on_two_threads + MIB);
    }

    #[test]
    fn what_was_asked_for_is_kept() {
        let mut wish = full_hd(GIB, 4);
        wish.keep_tabs = true;
        wish.parallel_encoding = Parallel::Always;
        wish.remotion_allows = Some(true);
        wish.media_cache = Some(3.5 * GIB);
        wish.offthread_video_cache = Some(7.0);
        let plan = plan(&wish);
        assert_eq!((plan.tabs, plan.parallel_encoding), (4, true));
        assert_eq!((plan.media_cache, plan.offthread_video_cache), (3.5 * GIB, 7.0));
        assert!(!plan.fits);
    }

    #[test]
    fn no_limit_and_no_memory_give_figures_too() {
        for available in [f64::INFINITY, f64::NAN, 0.0] {
            let plan = plan(&full_hd(available, 8));
            assert!(plan.expected_peak.is_finite() && plan.budget.is_finite());
            assert_eq!(plan.fits, available > 1.0);
        }
    }

    #[test]
    fn media_caches_leave_offthread_video_what_it_needs() {
        // Eleven sources need ten of the sixteen gigabytes that are left for caches.
        let wish = Wish {
            cpus: 20.0,
            width: 4496.0,
            height: 4499.0,
            media_sources: 11.0,
            parallel_encoding: Parallel::IfItFits,
            ..full_hd(36_860_799_921.705_06, 3)
        };
        let plan = plan(&wish);
        assert!(plan.fits && plan.parallel_encoding);
        assert!(plan.offthread_video_cache >= 24.0 * 4496.0 * 4499.0 * 11.0 * 2.0);
    }

    proptest::proptest! {
        #[test]
        fn a_plan_that_fits_fits(
            available in 0.0..100.0 * GIB,
            cpus in 1_u32..96,
            width in 1_u32..8000,
            height in 1_u32..8000,
            tabs in 1_u32..64,
            media_sources in 0_u32..40,
            frames in 0_u32..1000,
            decides: bool,
            parallel: bool,
        ) {
            let wish = Wish {
                available,
                cpus: f64::from(cpus),
                width: f64::from(width),
                height: f64::from(height),
                tabs,
                media_sources: f64::from(media_sources),
                frames_in_memory: f64::from(frames),
                decides,
                parallel_encoding: if parallel { Parallel::IfItFits } else { Parallel::Never },
                ..full_hd(0.0, 1)
            };
            let plan = plan(&wish);
            proptest::prop_assert!((1..=tabs).contains(&plan.tabs));
            proptest::prop_assert!(parallel || !plan.parallel_encoding);
            proptest::prop_assert!(plan.media_cache >= MIN_MEDIA_CACHE);
            proptest::prop_assert!(plan.media_cache <= MAX_MEDIA_CACHE);
            proptest::prop_assert!(plan.offthread_video_cache >= OFFTHREAD_LEAST);
            let whole = |bytes: f64| bytes.fract() == 0.0;
            proptest::prop_assert!(whole(plan.media_cache) && whole(plan.offthread_video_cache));
            proptest::prop_assert_eq!(plan.fits, plan.expected_peak <= plan.budget);
            // More memory never takes anything away.
            let richer = super::plan(&Wish { available: available * 1.5, ..wish });
            proptest::prop_assert!(richer.tabs >= plan.tabs || richer.parallel_encoding);
            proptest::prop_assert!(richer.fits || !plan.fits);
        }
    }
}
