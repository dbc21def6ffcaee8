//! What the doctor advises to do about what it has found.

use super::{Filling, Severity, fill, table};
use crate::memory::size;

/// A render that was planned.
#[derive(Debug, Clone, PartialEq)]
pub struct Render {
    /// What people call its size.
    pub name: String,
    /// Bytes at the peak.
    pub expected_peak: f64,
    /// Bytes to plan with.
    pub budget: f64,
    /// Whether it is within them.
    pub fits: bool,
}

/// A cgroup's slowing down, in bytes.
#[derive(Debug, Clone, PartialEq)]
pub struct Level {
    /// Its path.
    pub path: String,
    /// `memory.high`.
    pub high: Option<f64>,
    /// What is in use.
    pub usage: Option<f64>,
}

/// What the doctor has found. Sizes in bytes.
#[derive(Debug, Clone, PartialEq)]
pub struct Findings {
    /// Why no binary loads.
    pub no_binary: Option<String>,
    /// Whether strings can be kept outside V8's heap.
    pub external_strings: bool,
    /// To what V8 may grow its heap.
    pub heap_limit: f64,
    /// The smallest of the machine's memory and all limits.
    pub total_memory: f64,
    /// The user's limit, where it is no size.
    pub limit_ignored: Option<String>,
    /// Processes that the kernel has ended.
    pub oom_kills: Option<u64>,
    /// The process's cgroups.
    pub levels: Vec<Level>,
    /// Renders, the smallest first.
    pub renders: Vec<Render>,
    /// Where temporary files go.
    pub directory: String,
    /// What is free there.
    pub free_disk: Option<f64>,
    /// The Remotion of the project.
    pub remotion_version: Option<String>,
    /// Whether any part would be activated in it.
    pub applies: bool,
    /// Parts that would not.
    pub skipped: Vec<String>,
}

/// One piece of advice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DoctorAdvice {
    /// Stable name, listed in `docs/doctor.md`.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What was found, and what to do.
    pub text: String,
}

table! {
    /// What there is to say.
    Advice {
        NoBinary, "no-binary",
            "The Rust binary does not load here: WebAssembly stands in, and payloads stay in V8's \
            heap. {cause}";
        NoExternalStrings, "no-external-strings",
            "This Node keeps no strings outside its heap: inline assets stay on it.";
        LimitIgnored, "limit-ignored",
            "REMOTION_HEADROOM_MEMORY_LIMIT is ignored: \"{value}\" {why}";
        RenderDoesNotFit, "render-does-not-fit",
            "A render of {name} does not fit: about {peak} at the peak, and {budget} to plan with. \
            Give the container more memory or lower the scale.";
        OomKills, "oom-kills",
            "The kernel has ended {processes} of this container for lack of memory.";
        HeapAboveMemory, "heap-above-memory",
            "V8 may grow its heap to {heap_limit}, more than the {total} there are: set \
            --max-old-space-size.";
        SlowedDown, "slowed-down",
            "{path} is over its memory.high: the kernel slows it down.";
        DiskNearlyFull, "disk-nearly-full",
            "{directory} has {free} free: frames, downloads and audio go there. Point TMPDIR at a \
            larger disk.";
        NoRemotion, "no-remotion",
            "No Remotion was found from this directory: run the doctor in your project.";
        PartsSkipped, "parts-skipped",
            "Of Remotion {version}, {parts} would be left as it is (see Activation).";
        Activate, "activate",
            "To activate: node --require remotion-headroom/register render.js; with the CLI \
            NODE_OPTIONS=\"--require remotion-headroom/register\". In ESM code: import from \
            \"remotion-headroom/renderer\".";
    }
}

/// Free bytes from which on a disk is worth a word, and from which on it is
/// too little for a render.
const LITTLE_DISK: f64 = 1024.0 * 1024.0 * 1024.0;
const TOO_LITTLE_DISK: f64 = LITTLE_DISK / 10.0;

/// What to do about `findings`, worst first.
#[must_use]
pub fn advise(findings: &Findings) -> Vec<DoctorAdvice> {
    let mut advice = Vec::new();
    let mut add = |severity, entry: Advice, fillings: &[(&str, Filling<'_>)]| {
        let text = fill(entry.text(), fillings);
        advice.push(DoctorAdvice { code: entry.code(), severity, text });
    };

    if let Some(error) = &findings.no_binary {
        let cause = error.lines().next().unwrap_or_default();
        add(Severity::Warn, Advice::NoBinary, &[("cause", Filling::Text(cause))]);
    } else if !findings.external_strings {
        add(Severity::Warn, Advice::NoExternalStrings, &[]);
    }
    if let Some(stated) = &findings.limit_ignored
        && let Err(problem) = size::parse(stated)
    {
        let value = shortened(stated);
        let why = problem.to_string();
        let fillings = [("value", Filling::Text(&value)), ("why", Filling::Text(&why))];
        add(Severity::Warn, Advice::LimitIgnored, &fillings);
    }
    for (i, render) in findings.renders.iter().enumerate().filter(|(_, render)| !render.fits) {
        // Larger ones may be more than anybody wants here.
        let severity = if i == 0 { Severity::Error } else { Severity::Warn };
        let fillings = [
            ("name", Filling::Text(&render.name)),
            ("peak", Filling::Bytes(render.expected_peak)),
            ("budget", Filling::Bytes(render.budget)),
        ];
        add(severity, Advice::RenderDoesNotFit, &fillings);
    }
    if let Some(kills) = findings.oom_kills.filter(|kills| *kills > 0) {
        let processes = Filling::Count(kills, "process", "processes");
        add(Severity::Warn, Advice::OomKills, &[("processes", processes)]);
    }
    if findings.heap_limit > findings.total_memory {
        let fillings = [
            ("heap_limit", Filling::Bytes(findings.heap_limit)),
            ("total", Filling::Bytes(findings.total_memory)),
        ];
        add(Severity::Warn, Advice::HeapAboveMemory, &fillings);
    }
    let slowed = findings
        .levels
        .iter()
        .find(|level| level.high.zip(level.usage).is_some_and(|(high, usage)| usage > high));
    if let Some(Level { path, .. }) = slowed {
        add(Severity::Warn, Advice::SlowedDown, &[("path", Filling::Text(path))]);
    }
    if let Some(free) = findings.free_disk.filter(|free| *free < LITTLE_DISK) {
        let severity = if free < TOO_LITTLE_DISK { Severity::Error } else { Severity::Warn };
        let fillings =
            [("directory", Filling::Text(&findings.directory)), ("free", Filling::Bytes(free))];
        add(severity, Advice::DiskNearlyFull, &fillings);
    }
    match &findings.remotion_version {
        None => add(Severity::Info, Advice::NoRemotion, &[]),
        Some(version) if !findings.skipped.is_empty() => {
            let parts = findings.skipped.join(", ");
            let fillings = [("version", Filling::Text(version)), ("parts", Filling::Text(&parts))];
            add(Severity::Warn, Advice::PartsSkipped, &fillings);
        }
        Some(_) if findings.applies => add(Severity::Info, Advice::Activate, &[]),
        Some(_) => {}
    }
    // Stable: what is equally bad keeps its order.
    advice.sort_by_key(|advice| advice.severity);
    advice
}

/// What fits in a line.
fn shortened(text: &str) -> String {
    const MOST: usize = 60;
    if text.chars().count() <= MOST {
        text.into()
    } else {
        text.chars().take(MOST).chain(['…']).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn healthy() -> Findings {
        Findings {
            no_binary: None,
            external_strings: true,
            heap_limit: 1e9,
            total_memory: 4e9,
            limit_ignored: None,
            oom_kills: Some(0),
            levels: vec![Level { path: "/a".into(), high: Some(2.0), usage: Some(2.0) }],
            renders: ["720p", "4K"].map(|name| render(name, true)).into(),
            directory: "/tmp".into(),
            free_disk: Some(2e9),
            remotion_version: Some("4.0.529".into()),
            applies: true,
            skipped: Vec::new(),
        }
    }

    fn render(name: &str, fits: bool) -> Render {
        Render { name: name.into(), expected_peak: 3e9, budget: 2e9, fits }
    }

    fn said(findings: &Findings) -> Vec<(Severity, &'static str)> {
        advise(findings).iter().map(|advice| (advice.severity, advice.code)).collect()
    }

    #[test]
    fn where_all_is_well_it_says_how_to_go_on() {
        assert_eq!(said(&healthy()), [(Severity::Info, "activate")]);
        assert_eq!(said(&Findings { applies: false, ..healthy() }), []);
    }

    #[test]
    fn only_the_smallest_render_must_fit() {
        let renders = vec![render("720p", true), render("4K", false)];
        assert_eq!(
            said(&Findings { renders, ..healthy() })[0],
            (Severity::Warn, "render-does-not-fit")
        );
        let renders = vec![render("640x360", false)];
        assert_eq!(
            said(&Findings { renders, ..healthy() })[0],
            (Severity::Error, "render-does-not-fit")
        );
    }

    #[test]
    fn a_limit_that_is_no_size_is_said_with_its_reason() {
        for (stated, why) in [("lots", "is not a size"), ("4096", "has no unit")] {
            let findings = Findings { limit_ignored: Some(stated.into()), ..healthy() };
            let DoctorAdvice { code, severity, text } = advise(&findings).swap_remove(0);
            assert_eq!((code, severity), ("limit-ignored", Severity::Warn));
            assert!(text.contains(&format!("\"{stated}\" {why}")), "{text}");
        }
        let findings = Findings { limit_ignored: Some("x".repeat(100_000)), ..healthy() };
        assert!(advise(&findings)[0].text.len() < 300);
    }

    #[test]
    fn a_disk_that_is_nearly_full_is_worse_than_one_with_little_left() {
        for (free, severity) in [(1e8, Severity::Error), (1e9, Severity::Warn)] {
            let findings = Findings { free_disk: Some(free), ..healthy() };
            assert_eq!(said(&findings)[0], (severity, "disk-nearly-full"));
        }
    }

    #[test]
    fn every_text_can_be_said_and_is_whole() {
        let ill = Findings {
            no_binary: Some("no {name} here.\nsecond line".into()),
            heap_limit: 5e9,
            limit_ignored: Some("4096".into()),
            oom_kills: Some(1),
            levels: vec![
                Level { path: "/a".into(), high: None, usage: Some(9.0) },
                Level { path: "/".into(), high: Some(2.0), usage: Some(3.0) },
            ],
            renders: vec![render("720p", false)],
            free_disk: Some(0.0),
            skipped: vec!["esm".into(), "frame-ledger".into()],
            ..healthy()
        };
        let others = [
            healthy(),
            Findings { external_strings: false, ..healthy() },
            Findings { remotion_version: None, ..healthy() },
        ];
        let mut seen = HashSet::new();
        for advice in others.iter().chain([&ill]).flat_map(advise) {
            let text = advice.text.replace("no {name} here", "");
            assert!(!text.contains(['{', '}']) && !text.contains("  "), "{text}");
            assert!(text.ends_with('.'), "{text}");
            seen.insert(advice.code);
        }
        assert_eq!(seen, codes().collect());
        assert!(advise(&ill).is_sorted_by_key(|advice| advice.severity));
        let texts: Vec<_> = advise(&ill).into_iter().map(|advice| advice.text).collect();
        assert!(texts.iter().any(|text| text.contains("ended 1 process of")), "{texts:?}");
        assert!(texts.iter().any(|text| text.starts_with("/ is over")), "{texts:?}");
    }
}
