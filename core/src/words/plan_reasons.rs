//! A plan in words: one sentence or two for each decision.

use super::{Filling, fill, table};
use crate::budget::{Parallel, Plan, Wish};
use crate::memory::report::LimitedBy;

/// Why encoding must not run beside rendering.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sequential {
    /// It was asked for.
    Asked,
    /// Remotion renders in partitions.
    Partitions,
    /// Remotion can't with this codec.
    Codec,
}

impl Sequential {
    /// All of them.
    pub const ALL: &[Self] = &[Self::Asked, Self::Partitions, Self::Codec];

    /// As the bindings name it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Partitions => "partitions",
            Self::Codec => "codec",
        }
    }
}

/// What the words need beside a plan and what it was made for.
#[derive(Debug, Clone, Copy)]
pub struct Background {
    /// The source of the available memory, where that was measured.
    pub limited_by: Option<LimitedBy>,
    /// Why, of a wish for [`Parallel::Never`]; `None` is as [`Sequential::Asked`].
    pub sequential: Option<Sequential>,
    /// The quota of the CPUs, and the tabs that there would be without it, where it decided.
    pub quota: Option<Quota>,
}

/// CPU time that is all there is, of more CPUs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quota {
    /// CPUs that it comes to.
    pub cpus: f64,
    /// Tabs that there would be without it.
    pub tabs: u32,
}

/// One reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanReason {
    /// Stable name, listed in `docs/plan.md`.
    pub code: &'static str,
    /// One sentence or two.
    pub text: String,
}

table! {
    /// Why a plan is as it is.
    Reason {
        MemoryGiven, "memory-given",
            "{available} are available; planned with {budget}, the rest is a margin.";
        MemoryOfHost, "memory-of-host",
            "{available} are available (limited by the memory of this machine); planned with \
            {budget}, the rest is a margin.";
        MemoryOfCgroup, "memory-of-cgroup",
            "{available} are available (limited by the memory limit of this container); planned \
            with {budget}, the rest is a margin.";
        MemoryOfLambda, "memory-of-lambda",
            "{available} are available (limited by the memory of this Lambda function); planned \
            with {budget}, the rest is a margin.";
        MemoryOfOverride, "memory-of-override",
            "{available} are available (limited by REMOTION_HEADROOM_MEMORY_LIMIT); planned with \
            {budget}, the rest is a margin.";
        EncodingBeside, "encoding-beside",
            "Encoding runs while rendering: the encoder's {encoder} fit beside the browser.";
        EncodingBesideAsked, "encoding-beside-asked",
            "Encoding runs while rendering, as you asked: the encoder takes {encoder} beside the \
            browser.";
        EncodingBesideFrames, "encoding-beside-frames",
            "Encoding runs while rendering: temporary files are in memory here, where frames would \
            take up to {frames} until they are encoded, and the encoder takes {encoder}.";
        EncodingAfter, "encoding-after",
            "Encoding follows rendering: the encoder's {encoder} do not fit beside the browser.";
        EncodingAfterRemotion, "encoding-after-remotion",
            "Encoding follows rendering: Remotion's own rule finds too little memory for both at \
            once.";
        EncodingAfterAsked, "encoding-after-asked",
            "Encoding follows rendering, as you asked.";
        EncodingAfterPartitions, "encoding-after-partitions",
            "Encoding follows rendering: Remotion renders in partitions here.";
        EncodingAfterCodec, "encoding-after-codec",
            "Encoding follows rendering: Remotion can't do both at once with {codec}.";
        Tabs, "tabs",
            "{tabs}: {tab} each, beside {base} for the browser and Node.";
        TabsAsked, "tabs-asked",
            "{tabs}, as you asked: {tab} each, beside {base} for the browser and Node.";
        TabsFewer, "tabs-fewer",
            "{tabs} instead of {wanted}, to fit: {tab} each, beside {base} for the browser and Node.";
        TabsOfQuota, "tabs-of-quota",
            "{tabs} instead of {unlimited}, because of the quota of {cpus}: {tab} each, beside \
            {base} for the browser and Node.";
        MediaCache, "media-cache",
            "Every tab may fill a media cache of its own, so each gets {media_cache}; {sources} \
            beside it are for {sources_at_once}.";
        MediaCacheAsked, "media-cache-asked",
            "Every tab may fill a media cache of {media_cache}, as you asked; {sources} beside it are \
            for {sources_at_once}.";
        OffthreadVideoCache, "offthread-video-cache",
            "<OffthreadVideo> keeps frames up to {offthread_video_cache}: by itself it would go by \
            the memory of the machine and not of the container.";
        OffthreadVideoCacheAsked, "offthread-video-cache-asked",
            "<OffthreadVideo> keeps frames up to {offthread_video_cache}, as you asked.";
        FramesInMemory, "frames-in-memory",
            "Temporary files are in memory here: frames take up to {frames} until they are encoded. \
            Point TMPDIR at a disk.";
        DoesNotFit, "does-not-fit",
            "This does not fit: up to {peak} are needed at the peak. It may still work if the \
            composition uses little media; more memory, a smaller frame or a lower scale make it \
            safe.";
    }
}

/// Why `plan` is what it is: memory, encoding, tabs, both caches, and last
/// whether it does not fit.
#[must_use]
pub fn reasons(wish: &Wish, plan: &Plan, background: Background) -> Vec<PlanReason> {
    let wanted = wish.tabs.to_string();
    let plural = |one| if one { "" } else { "s" };
    let sources = wish.media_sources;
    let sources_at_once = format!("{sources} source{} at once", plural(sources <= 1.0));
    let unlimited = background.quota.map_or_else(String::new, |quota| quota.tabs.to_string());
    // More digits say nothing.
    let cpus = background.quota.map_or_else(String::new, |Quota { cpus, .. }| {
        format!("{} CPU{}", (cpus * 100.0).round() / 100.0, plural(cpus <= 1.0))
    });
    let fillings = [
        ("available", Filling::Bytes(wish.available)),
        ("budget", Filling::Bytes(plan.budget)),
        ("encoder", Filling::Bytes(plan.encoder)),
        ("codec", Filling::Text(wish.codec.name())),
        ("frames", Filling::Bytes(plan.frames)),
        ("sources", Filling::Bytes(plan.sources)),
        ("sources_at_once", Filling::Text(&sources_at_once)),
        ("unlimited", Filling::Text(&unlimited)),
        ("cpus", Filling::Text(&cpus)),
        ("tabs", Filling::Count(plan.tabs.into(), "tab", "tabs")),
        ("wanted", Filling::Text(&wanted)),
        ("tab", Filling::Bytes(plan.tab)),
        ("base", Filling::Bytes(plan.base)),
        ("media_cache", Filling::Bytes(plan.media_cache)),
        ("offthread_video_cache", Filling::Bytes(plan.offthread_video_cache)),
        ("peak", Filling::Bytes(plan.expected_peak)),
    ];
    choose(wish, plan, background)
        .into_iter()
        .map(|reason| PlanReason { code: reason.code(), text: fill(reason.text(), &fillings) })
        .collect()
}

fn choose(wish: &Wish, plan: &Plan, background: Background) -> Vec<Reason> {
    let memory = match background.limited_by {
        None => Reason::MemoryGiven,
        Some(LimitedBy::Host) => Reason::MemoryOfHost,
        Some(LimitedBy::Cgroup) => Reason::MemoryOfCgroup,
        Some(LimitedBy::Lambda) => Reason::MemoryOfLambda,
        Some(LimitedBy::Override) => Reason::MemoryOfOverride,
    };
    let encoding = match (wish.parallel_encoding, background.sequential) {
        (Parallel::Always | Parallel::IfItFits, _) if !plan.allowed => {
            Reason::EncodingAfterRemotion
        }
        (Parallel::Always, _) => Reason::EncodingBesideAsked,
        (Parallel::IfItFits, _) if plan.parallel_encoding && plan.frames > 0.0 => {
            Reason::EncodingBesideFrames
        }
        (Parallel::IfItFits, _) if plan.parallel_encoding => Reason::EncodingBeside,
        (Parallel::IfItFits, _) => Reason::EncodingAfter,
        (Parallel::Never, None | Some(Sequential::Asked)) => Reason::EncodingAfterAsked,
        (Parallel::Never, Some(Sequential::Partitions)) => Reason::EncodingAfterPartitions,
        (Parallel::Never, Some(Sequential::Codec)) => Reason::EncodingAfterCodec,
    };
    let tabs = if wish.keep_tabs {
        Reason::TabsAsked
    } else if plan.tabs < wish.tabs {
        Reason::TabsFewer
    } else if background.quota.is_some() {
        Reason::TabsOfQuota
    } else {
        Reason::Tabs
    };
    let asked = |wish: Option<f64>, asked, chosen| if wish.is_some() { asked } else { chosen };
    let mut reasons = vec![
        memory,
        encoding,
        tabs,
        asked(wish.media_cache, Reason::MediaCacheAsked, Reason::MediaCache),
        asked(
            wish.offthread_video_cache,
            Reason::OffthreadVideoCacheAsked,
            Reason::OffthreadVideoCache,
        ),
    ];
    if !plan.parallel_encoding && plan.frames > 0.0 {
        reasons.push(Reason::FramesInMemory);
    }
    if !plan.fits {
        reasons.push(Reason::DoesNotFit);
    }
    reasons
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::budget::{self, Image};
    use crate::codec::Codec;

    const GIB: f64 = 1024.0 * 1024.0 * 1024.0;

    const WISH: Wish = Wish {
        available: 32.0 * GIB,
        cpus: 2.0,
        width: 1920.0,
        height: 1080.0,
        scale: 1.0,
        codec: Codec::Vp9,
        frames_in_memory: 0.0,
        image: Image::Jpeg,
        media_sources: 1.0,
        offthread_threads: 2.0,
        remotion_allows: None,
        decides: false,
        tabs: 2,
        keep_tabs: false,
        parallel_encoding: Parallel::IfItFits,
        media_cache: None,
        offthread_video_cache: None,
    };

    const BACKGROUND: Background = Background { limited_by: None, sequential: None, quota: None };

    fn said(wish: &Wish, background: Background) -> Vec<PlanReason> {
        reasons(wish, &budget::plan(wish), background)
    }

    fn codes_of(wish: &Wish, background: Background) -> Vec<&'static str> {
        said(wish, background).iter().map(|reason| reason.code).collect()
    }

    #[test]
    fn each_decision_has_its_reason() {
        assert_eq!(
            codes_of(&WISH, BACKGROUND),
            ["memory-given", "encoding-beside", "tabs", "media-cache", "offthread-video-cache"]
        );
        let poor = Wish { available: 0.3 * GIB, remotion_allows: Some(true), ..WISH };
        assert_eq!(
            codes_of(&poor, Background { limited_by: Some(LimitedBy::Cgroup), ..BACKGROUND }),
            [
                "memory-of-cgroup",
                "encoding-after",
                "tabs-fewer",
                "media-cache",
                "offthread-video-cache",
                "does-not-fit"
            ]
        );
        let asked = Wish {
            keep_tabs: true,
            parallel_encoding: Parallel::Always,
            media_cache: Some(GIB),
            offthread_video_cache: Some(GIB),
            remotion_allows: Some(true),
            ..poor
        };
        assert_eq!(
            codes_of(&asked, BACKGROUND)[1..5],
            [
                "encoding-beside-asked",
                "tabs-asked",
                "media-cache-asked",
                "offthread-video-cache-asked"
            ]
        );
    }

    #[test]
    fn every_text_can_be_said_and_is_whole() {
        let mut seen = HashSet::new();
        let mut say = |wish: &Wish, background| {
            for PlanReason { code, text } in said(wish, background) {
                assert!(!text.contains(['{', '}']), "{text}");
                assert!(!text.contains("  ") && text.ends_with('.'), "{text}");
                seen.insert(code);
            }
        };
        for available in [0.3 * GIB, 32.0 * GIB] {
            for asked in [None, Some(GIB)] {
                for parallel_encoding in Parallel::ALL.iter().copied() {
                    let wish = Wish {
                        available,
                        parallel_encoding,
                        keep_tabs: asked.is_some(),
                        media_cache: asked,
                        offthread_video_cache: asked,
                        remotion_allows: Some(true),
                        ..WISH
                    };
                    for limited_by in
                        [None].into_iter().chain(LimitedBy::ALL.iter().copied().map(Some))
                    {
                        for sequential in Sequential::ALL.iter().copied().map(Some) {
                            let background = Background { limited_by, sequential, ..BACKGROUND };
                            say(&wish, background);
                        }
                    }
                    say(&Wish { frames_in_memory: 900.0, ..wish }, BACKGROUND);
                    say(&Wish { remotion_allows: None, ..wish }, BACKGROUND);
                    let quota = Some(Quota { cpus: 0.5, tabs: 8 });
                    say(&wish, Background { quota, ..BACKGROUND });
                }
            }
        }
        assert_eq!(seen, codes().collect());
    }
}
