//! What a render may spend.

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
    /// What x265 takes beside x264: 287 MiB against 241 with 3 threads at 720p,
    /// 671 against 463 with 24.
    pub(super) const HEVC_FACTOR: f64 = 1.5;
    /// CPUs of the machine that `ENCODER` was measured on.
    pub(super) const ENCODER_CPUS: f64 = 2.0;
    /// What Node grows by while it renders.
    pub(super) const NODE: f64 = 200.0 * MIB;
}

/// Share of the available memory that a plan uses, and what it leaves beside.
const USED_SHARE: f64 = 0.9;
const LEFT_OVER: f64 = 64.0 * MIB;
/// A useful cache for `<OffthreadVideo>`, and the least it can work with.
const OFFTHREAD_FLOOR: f64 = 128.0 * MIB;
const OFFTHREAD_LEAST: f64 = 64.0 * MIB;
/// What is handed out of the memory that processes do not need: this share to
/// the media caches of all tabs, and that to the cache of `<OffthreadVideo>`.
const MEDIA_SHARE: f64 = 0.45;
const OFFTHREAD_SHARE: f64 = 0.35;

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
    /// Of a frame, in pixels.
    pub width: f64,
    /// Of a frame, in pixels.
    pub height: f64,
    /// Whether the codec is H.265.
    pub hevc: bool,
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
}

/// The processes of a render.
#[derive(Debug, Clone, Copy)]
struct Costs {
    base: f64,
    tab: f64,
    encoder: f64,
}

impl Costs {
    fn of(wish: &Wish) -> Self {
        let pixels = wish.width * wish.height;
        let at = |(fixed, per_pixel): (f64, f64)| fixed + per_pixel * pixels;
        let further_cpus = (wish.cpus - measured::ENCODER_CPUS).max(0.0);
        Self {
            base: at(measured::BROWSER) + measured::NODE,
            tab: at(measured::TAB),
            encoder: (at(measured::ENCODER) + measured::ENCODER_PER_CPU * further_cpus * pixels)
                * if wish.hevc { measured::HEVC_FACTOR } else { 1.0 },
        }
    }

    /// Memory at the peak with caches of `caches` bytes in all.
    fn peak(self, tabs: u32, parallel_encoding: bool, caches: f64) -> f64 {
        let rendering = self.base + self.tab * f64::from(tabs) + caches;
        if parallel_encoding {
            rendering + self.encoder
        } else {
            // The browser is gone by the time the encoder starts.
            rendering.max(measured::NODE + self.encoder)
        }
    }
}

/// Chooses what a render may take, so that it ends within the memory there is.
///
/// Encoding beside rendering is given up first, then tabs one by one: a tab is
/// worth more than the encoder's head start. Memory left by the processes goes
/// to the caches. What the user asked for is kept, also where it does not fit.
#[must_use]
pub fn plan(wish: &Wish) -> Plan {
    let costs = Costs::of(wish);
    // Without a limit there is still an end to every sum.
    let available = if wish.available.is_nan() { 0.0 } else { wish.available.min(1e18) };
    let budget = (available * USED_SHARE - LEFT_OVER).max(0.0).floor();
    let least_media = wish.media_cache.unwrap_or(MIN_MEDIA_CACHE);
    let least_offthread = wish.offthread_video_cache.unwrap_or(OFFTHREAD_FLOOR);
    let with_floors = |tabs: u32, parallel: bool| {
        costs.peak(tabs, parallel, least_media * f64::from(tabs) + least_offthread)
    };

    let most_tabs = wish.tabs.max(1);
    let parallel_encoding = match wish.parallel_encoding {
        Parallel::Never => false,
        Parallel::IfItFits => with_floors(most_tabs, true) <= budget,
        Parallel::Always => true,
    };
    let mut tabs = most_tabs;
    while tabs > 1 && !wish.keep_tabs && with_floors(tabs, parallel_encoding) > budget {
        tabs -= 1;
    }

    let cacheless = costs.peak(tabs, parallel_encoding, 0.0);
    // Caches fill while rendering: a peak of the encoder alone leaves them room.
    let rendering =
        if parallel_encoding { cacheless } else { costs.base + costs.tab * f64::from(tabs) };
    let free = (budget - rendering).max(0.0);
    let half = available / 2.0;
    let media_cache = wish.media_cache.unwrap_or_else(|| {
        let each = (free * MEDIA_SHARE / f64::from(tabs)).min(half);
        whole_mib(each).clamp(MIN_MEDIA_CACHE, MAX_MEDIA_CACHE)
    });
    let offthread_video_cache = wish.offthread_video_cache.unwrap_or_else(|| {
        let left = (free - media_cache * f64::from(tabs)).max(0.0);
        let all = (free * OFFTHREAD_SHARE).max(OFFTHREAD_FLOOR).min(left);
        whole_mib(all).clamp(OFFTHREAD_LEAST, MAX_MEDIA_CACHE)
    });
    let caches = media_cache * f64::from(tabs) + offthread_video_cache;
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
            hevc: false,
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
    fn what_was_asked_for_is_kept() {
        let mut wish = full_hd(GIB, 4);
        wish.keep_tabs = true;
        wish.parallel_encoding = Parallel::Always;
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

    proptest::proptest! {
        #[test]
        fn a_plan_that_fits_fits(
            available in 0.0..100.0 * GIB,
            cpus in 1_u32..96,
            width in 1_u32..8000,
            height in 1_u32..8000,
            tabs in 1_u32..64,
            parallel: bool,
        ) {
            let wish = Wish {
                available,
                cpus: f64::from(cpus),
                width: f64::from(width),
                height: f64::from(height),
                tabs,
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
