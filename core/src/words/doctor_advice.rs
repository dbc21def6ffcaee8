//! What the doctor advises to do about what it has found.

use super::{Filling, Severity, fill, mib, table};
use crate::budget;
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
    /// Bytes at the peak where Remotion decides.
    pub peak_by_itself: Option<f64>,
    /// Of a render that does not fit, the scale at which it would.
    pub fitting_scale: Option<f64>,
}

/// Where memory can be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A machine.
    Host,
    /// A container.
    Container,
    /// A function of AWS Lambda.
    Lambda,
}

impl Place {
    /// As reports of memory name it.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "host" => Some(Self::Host),
            "container" => Some(Self::Container),
            "lambda" => Some(Self::Lambda),
            _ => None,
        }
    }
}

/// What is known of the browser that Remotion would start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Browser {
    /// Nothing, or one to start.
    Ready,
    /// It is to be downloaded first.
    Missing,
    /// It is to be downloaded again, for another version of Remotion.
    Outdated,
    /// The one that was configured is not there.
    Lost,
}

impl Browser {
    /// As the bindings name it.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "ready" => Some(Self::Ready),
            "missing" => Some(Self::Missing),
            "outdated" => Some(Self::Outdated),
            "lost" => Some(Self::Lost),
            _ => None,
        }
    }
}

/// A package of Remotion's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
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

/// The memory that there is, in bytes.
#[derive(Debug, Clone, PartialEq)]
pub struct Memory {
    /// The smallest of the machine's and all limits.
    pub total: f64,
    /// What is left of it.
    pub available: f64,
    /// Where that is.
    pub place: Place,
    /// Whether the user's own limit is the smallest.
    pub stated: bool,
}

/// Where temporary files go.
#[derive(Debug, Clone, PartialEq)]
pub struct Disk {
    /// The directory.
    pub directory: String,
    /// Bytes free there.
    pub free: Option<f64>,
    /// Whether they are memory.
    pub in_memory: bool,
}

/// The C library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Libc {
    /// There is nothing to say of it.
    Unknown,
    /// glibc of this version.
    Glibc(String),
    /// Another one.
    Other,
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
    /// The memory that there is.
    pub memory: Memory,
    /// The user's limit, where it is no size.
    pub limit_ignored: Option<String>,
    /// Processes that the kernel has ended.
    pub oom_kills: Option<u64>,
    /// The process's cgroups.
    pub levels: Vec<Level>,
    /// Renders, the smallest first.
    pub renders: Vec<Render>,
    /// Where temporary files go.
    pub disk: Disk,
    /// The C library.
    pub libc: Libc,
    /// Remotion's browser.
    pub browser: Browser,
    /// Packages of Remotion's in the project.
    pub packages: Vec<Package>,
    /// What switches activation off.
    pub switched_off: Option<String>,
    /// Whether the project has this package itself.
    pub installed: bool,
    /// What activates in this project; nothing where that is done already.
    pub line: Option<String>,
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
            "A render of {name} does not fit, even as planned: up to {peak} at the peak, and \
            {budget} to plan with. {remedy}";
        PlanWanted, "plan-wanted",
            "By itself Remotion lets a render of {name} grow to {peak}, of {budget} to plan with. \
            Planned it stays within: REMOTION_HEADROOM_PLAN=1 where it is activated, else the flags \
            below.";
        OomKills, "oom-kills",
            "The kernel has ended {processes} of this container for lack of memory.";
        HeapAboveMemory, "heap-above-memory",
            "V8 may grow its heap to {heap_limit}, more than the {total} there are: set \
            NODE_OPTIONS=--max-old-space-size={heap}.";
        SlowedDown, "slowed-down",
            "{path} is over its memory.high: the kernel slows it down.";
        DiskNearlyFull, "disk-nearly-full",
            "{directory} has {free} free: frames, downloads and audio go there. {remedy}";
        DiskInMemory, "disk-in-memory",
            "{directory} is in memory: frames that wait for their encoding, downloads and audio count \
            against the {total}. Point TMPDIR at a disk.";
        GlibcTooOld, "glibc-too-old",
            "glibc is {glibc}, and Remotion's compositor needs 2.35 or newer, as in Debian 12 and \
            Ubuntu 22.04.";
        NoGlibc, "no-glibc",
            "This system has no glibc, which the browser that Remotion downloads needs: take an \
            image of Debian or Ubuntu, such as node:22-bookworm-slim.";
        NoBrowser, "no-browser",
            "There is no browser yet, so the first render downloads one. To do so beforehand, as \
            when an image is built: npx remotion browser ensure.";
        BrowserOutdated, "browser-outdated",
            "The browser is that of another version of Remotion, so the next render downloads one. \
            To do so beforehand: npx remotion browser ensure.";
        BrowserLost, "browser-lost",
            "The browser that remotion.config names is not there: no render would start.";
        VersionsDiffer, "versions-differ",
            "Remotion's packages are not of one version: {others}, beside {version}. To give all the \
            same: npm i --save-exact {packages}.";
        SwitchedOff, "switched-off",
            "REMOTION_HEADROOM={value} switches activation off. Unset it to activate.";
        NotInstalled, "not-installed",
            "remotion-headroom is not installed in this project: npm i remotion-headroom.";
        NoRemotion, "no-remotion",
            "No Remotion was found from this directory: run the doctor in your project.";
        PartsSkipped, "parts-skipped",
            "Of Remotion {version}, {parts} would be left as it is (see Activation).";
        Activate, "activate",
            "To activate: {line}";
    }
}

/// Free bytes from which on a disk is worth a word, and from which on it is
/// too little for a render.
const LITTLE_DISK: f64 = 1024.0 * 1024.0 * 1024.0;
const TOO_LITTLE_DISK: f64 = LITTLE_DISK / 10.0;

const MIB: f64 = 1024.0 * 1024.0;
/// What a function of Lambda can have.
const MOST_OF_LAMBDA: f64 = 10_240.0 * MIB;
/// The C library that Remotion's binaries need.
const GLIBC: (u32, u32) = (2, 35);

/// Where more memory comes from, for a render that needs `peak`.
fn remedy(findings: &Findings, render: &Render) -> String {
    let used = (findings.memory.total - findings.memory.available).max(0.0);
    let needed = used + budget::needed_for(render.expected_peak);
    let figure = mib(needed);
    let more = if findings.memory.stated {
        format!("Raise REMOTION_HEADROOM_MEMORY_LIMIT to {figure}")
    } else {
        match findings.memory.place {
            Place::Lambda if needed > MOST_OF_LAMBDA => {
                format!("It takes {figure}, and Lambda has at most {}", mib(MOST_OF_LAMBDA))
            }
            Place::Lambda => format!("Set the function's memory to {figure}"),
            Place::Container => format!("Give the container {figure}"),
            Place::Host => format!("Take a machine with {figure}"),
        }
    };
    match render.fitting_scale {
        Some(scale) => format!("{more}, or render with --scale={scale}."),
        None => format!("{more}."),
    }
}

/// For V8's heap, MiB: a plan counts on 200 for Node, and browser and encoder take the rest.
fn heap_for(total: f64) -> String {
    (total / 4.0 / MIB).max(256.0).floor().to_string()
}

/// Whether `version`, as "2.31", is older than what is needed.
fn is_too_old(version: &str) -> bool {
    let mut numbers = version.split('.').map(str::parse);
    let (Some(Ok(major)), Some(Ok(minor))) = (numbers.next(), numbers.next()) else {
        return false;
    };
    (major, minor) < GLIBC
}

/// The version to have, packages of another one, and all of them with it; nothing where all are of
/// one.
fn difference(packages: &[Package]) -> Option<(&str, String, String)> {
    let version_of = |wanted| packages.iter().find(|package| package.name == wanted);
    let Package { version, .. } = version_of("@remotion/renderer")
        .or_else(|| version_of("remotion"))
        .or_else(|| packages.first())?;
    let others: Vec<_> = packages.iter().filter(|package| package.version != *version).collect();
    if others.is_empty() {
        return None;
    }
    // A copy within another package is of another version because that is, mostly.
    let has = |name: &str| packages.iter().any(|one| one.name == name && one.version == *version);
    let strays: Vec<_> = others.iter().filter(|one| !has(&one.name)).collect();
    let wrong: Vec<_> = if strays.is_empty() { others.iter().collect() } else { strays };
    let mut alike: Vec<_> = wrong.iter().map(|one| format!("{}@{version}", one.name)).collect();
    alike.dedup();
    let others: Vec<_> = others.iter().map(|one| format!("{} {}", one.name, one.version)).collect();
    Some((version, others.join(", "), alike.join(" ")))
}

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
    renders(findings, &mut add);
    if let Some(kills) = findings.oom_kills.filter(|kills| *kills > 0) {
        let processes = Filling::Count(kills, "process", "processes");
        add(Severity::Warn, Advice::OomKills, &[("processes", processes)]);
    }
    if findings.heap_limit > findings.memory.total {
        let heap = heap_for(findings.memory.total);
        let fillings = [
            ("heap", Filling::Text(&heap)),
            ("heap_limit", Filling::Bytes(findings.heap_limit)),
            ("total", Filling::Bytes(findings.memory.total)),
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
    if let Some(free) = findings.disk.free.filter(|free| *free < LITTLE_DISK) {
        let severity = if free < TOO_LITTLE_DISK { Severity::Error } else { Severity::Warn };
        let remedy = if findings.memory.place == Place::Lambda {
            "Give the function more ephemeral storage."
        } else {
            "Point TMPDIR at a larger disk."
        };
        let fillings = [
            ("directory", Filling::Text(&findings.disk.directory)),
            ("free", Filling::Bytes(free)),
            ("remedy", Filling::Text(remedy)),
        ];
        add(severity, Advice::DiskNearlyFull, &fillings);
    }
    if findings.disk.in_memory {
        let fillings = [
            ("directory", Filling::Text(&findings.disk.directory)),
            ("total", Filling::Bytes(findings.memory.total)),
        ];
        add(Severity::Warn, Advice::DiskInMemory, &fillings);
    }
    system(findings, &mut add);
    if let Some(value) = &findings.switched_off {
        let value = shortened(value);
        add(Severity::Info, Advice::SwitchedOff, &[("value", Filling::Text(&value))]);
    } else {
        activation(findings, &mut add);
    }
    // Stable: what is equally bad keeps its order.
    advice.sort_by_key(|advice| advice.severity);
    advice
}

/// What there is to say of renders.
fn renders(findings: &Findings, mut add: impl FnMut(Severity, Advice, &[(&str, Filling<'_>)])) {
    for (i, render) in findings.renders.iter().enumerate().filter(|(_, render)| !render.fits) {
        // Larger ones may be more than anybody wants here.
        let severity = if i == 0 { Severity::Error } else { Severity::Warn };
        let remedy = remedy(findings, render);
        let fillings = [
            ("name", Filling::Text(&render.name)),
            ("peak", Filling::Bytes(render.expected_peak)),
            ("budget", Filling::Bytes(render.budget)),
            ("remedy", Filling::Text(&remedy)),
        ];
        add(severity, Advice::RenderDoesNotFit, &fillings);
    }
    let grown = findings.renders.iter().filter(|render| render.fits).find_map(|render| {
        Some(render).zip(render.peak_by_itself.filter(|peak| *peak > render.budget))
    });
    if let Some((render, peak)) = grown {
        let fillings = [
            ("name", Filling::Text(&render.name)),
            ("peak", Filling::Bytes(peak)),
            ("budget", Filling::Bytes(render.budget)),
        ];
        add(Severity::Info, Advice::PlanWanted, &fillings);
    }
}

/// What there is to say of what Remotion needs.
fn system(findings: &Findings, mut add: impl FnMut(Severity, Advice, &[(&str, Filling<'_>)])) {
    match &findings.libc {
        Libc::Glibc(version) if is_too_old(version) => {
            add(Severity::Error, Advice::GlibcTooOld, &[("glibc", Filling::Text(version))]);
        }
        Libc::Other => add(Severity::Warn, Advice::NoGlibc, &[]),
        Libc::Glibc(_) | Libc::Unknown => {}
    }
    match findings.browser {
        Browser::Ready => {}
        Browser::Missing => add(Severity::Info, Advice::NoBrowser, &[]),
        Browser::Outdated => add(Severity::Info, Advice::BrowserOutdated, &[]),
        Browser::Lost => add(Severity::Error, Advice::BrowserLost, &[]),
    }
    if let Some((version, others, packages)) = difference(&findings.packages) {
        let fillings = [
            ("others", Filling::Text(&others)),
            ("version", Filling::Text(version)),
            ("packages", Filling::Text(&packages)),
        ];
        add(Severity::Warn, Advice::VersionsDiffer, &fillings);
    }
}

/// What there is to say of activation, where that is wanted.
fn activation(findings: &Findings, mut add: impl FnMut(Severity, Advice, &[(&str, Filling<'_>)])) {
    let Some(version) = &findings.remotion_version else {
        add(Severity::Info, Advice::NoRemotion, &[]);
        return;
    };
    if !findings.skipped.is_empty() {
        let parts = findings.skipped.join(", ");
        let fillings = [("version", Filling::Text(version)), ("parts", Filling::Text(&parts))];
        add(Severity::Warn, Advice::PartsSkipped, &fillings);
    }
    if !findings.applies {
        return;
    }
    if !findings.installed {
        add(Severity::Warn, Advice::NotInstalled, &[]);
    }
    if let Some(line) = &findings.line {
        add(Severity::Info, Advice::Activate, &[("line", Filling::Text(line))]);
    }
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

    const MEMORY: Memory =
        Memory { total: 4e9, available: 3e9, place: Place::Container, stated: false };

    fn disk(free: f64) -> Disk {
        Disk { directory: "/tmp".into(), free: Some(free), in_memory: false }
    }

    fn healthy() -> Findings {
        Findings {
            no_binary: None,
            external_strings: true,
            heap_limit: 1e9,
            memory: MEMORY,
            limit_ignored: None,
            oom_kills: Some(0),
            levels: vec![Level { path: "/a".into(), high: Some(2.0), usage: Some(2.0) }],
            renders: ["720p", "4K"].map(|name| render(name, true)).into(),
            disk: disk(2e9),
            libc: Libc::Glibc("2.35".into()),
            browser: Browser::Ready,
            packages: vec![package("remotion", "4.0.529")],
            switched_off: None,
            installed: true,
            line: Some("node --require a b.js".into()),
            remotion_version: Some("4.0.529".into()),
            applies: true,
            skipped: Vec::new(),
        }
    }

    fn render(name: &str, fits: bool) -> Render {
        Render {
            name: name.into(),
            expected_peak: 3e9,
            budget: 2e9,
            fits,
            peak_by_itself: None,
            fitting_scale: None,
        }
    }

    fn package(name: &str, version: &str) -> Package {
        Package { name: name.into(), version: version.into() }
    }

    fn text_of(findings: &Findings, code: &str) -> Option<String> {
        advise(findings).into_iter().find(|advice| advice.code == code).map(|advice| advice.text)
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
            let findings = Findings { disk: disk(free), ..healthy() };
            assert_eq!(said(&findings)[0], (severity, "disk-nearly-full"));
        }
    }

    #[test]
    fn more_memory_comes_from_where_there_is_some() {
        let ask = |place, stated, peak, fitting_scale| {
            let renders =
                vec![Render { expected_peak: peak, fitting_scale, ..render("4K", false) }];
            let memory = Memory { place, stated, ..MEMORY };
            let findings = Findings { memory, renders, ..healthy() };
            text_of(&findings, "render-does-not-fit").unwrap_or_default()
        };
        // 1e9 are used; 90 % less 64 MiB of the rest are planned with.
        for (place, sentence) in [
            (Place::Host, "Take a machine with 4,204 MiB."),
            (Place::Container, "Give the container 4,204 MiB."),
            (Place::Lambda, "Set the function's memory to 4,204 MiB."),
        ] {
            let text = ask(place, false, 3e9, None);
            assert!(text.ends_with(sentence), "{text}");
        }
        let text = ask(Place::Lambda, false, 12e9, Some(0.5));
        assert!(
            text.ends_with("Lambda has at most 10,240 MiB, or render with --scale=0.5."),
            "{text}"
        );
        assert!(ask(Place::Lambda, true, 3e9, None).contains("MEMORY_LIMIT to 4,204 MiB"));
    }

    #[test]
    fn what_remotion_would_take_is_said_where_a_plan_helps() {
        let of = |peak, fits| {
            let renders = vec![Render { peak_by_itself: Some(peak), ..render("4K", fits) }];
            text_of(&Findings { renders, ..healthy() }, "plan-wanted").is_some()
        };
        assert_eq!([of(3e9, true), of(2e9, true), of(3e9, false)], [true, false, false]);
    }

    #[test]
    fn an_old_c_library_is_one_before_that_of_remotion() {
        for (version, old) in [
            ("2.34", true),
            ("1.40", true),
            ("2.35", false),
            ("2.4", true),
            ("3.0", false),
            ("x", false),
        ] {
            let findings = Findings { libc: Libc::Glibc(version.into()), ..healthy() };
            assert_eq!(text_of(&findings, "glibc-too-old").is_some(), old, "{version}");
        }
    }

    #[test]
    fn packages_are_to_have_the_version_of_the_renderer() {
        let packages = vec![
            package("remotion", "4.0.1"),
            package("@remotion/renderer", "4.0.2"),
            package("@remotion/media", "4.0.2"),
        ];
        let text = text_of(&Findings { packages, ..healthy() }, "versions-differ");
        let text = text.unwrap_or_default();
        assert!(text.contains("remotion 4.0.1, beside 4.0.2."), "{text}");
        assert!(text.ends_with("npm i --save-exact remotion@4.0.2."), "{text}");
        let packages = vec![
            package("@remotion/media", "4.0.1"),
            package("remotion", "4.0.1"),
            package("remotion", "4.0.2"),
            package("@remotion/renderer", "4.0.2"),
        ];
        let text = text_of(&Findings { packages, ..healthy() }, "versions-differ");
        let text = text.unwrap_or_default();
        assert!(text.ends_with("npm i --save-exact @remotion/media@4.0.2."), "{text}");
    }

    #[test]
    fn what_is_switched_off_is_said_and_nothing_else_of_activation() {
        let findings = Findings {
            switched_off: Some("off".into()),
            remotion_version: None,
            installed: false,
            ..healthy()
        };
        assert_eq!(said(&findings), [(Severity::Info, "switched-off")]);
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
            disk: Disk { in_memory: true, ..disk(0.0) },
            libc: Libc::Glibc("2.31".into()),
            browser: Browser::Lost,
            packages: vec![package("remotion", "4.0.1"), package("@remotion/media", "4.0.2")],
            installed: false,
            skipped: vec!["esm".into(), "frame-ledger".into()],
            ..healthy()
        };
        let others = [
            healthy(),
            Findings { external_strings: false, ..healthy() },
            Findings { remotion_version: None, ..healthy() },
            Findings { libc: Libc::Other, browser: Browser::Missing, ..healthy() },
            Findings { browser: Browser::Outdated, ..healthy() },
            Findings { switched_off: Some("off".into()), ..healthy() },
            Findings {
                renders: vec![Render { peak_by_itself: Some(9e9), ..render("4K", true) }],
                ..healthy()
            },
        ];
        let mut seen = HashSet::new();
        for advice in others.iter().chain([&ill]).flat_map(advise) {
            let text = advice.text.replace("no {name} here", "");
            assert!(!text.contains(['{', '}']) && !text.contains("  "), "{text}");
            // A line to paste has no full stop.
            assert!(text.ends_with('.') || advice.code == "activate", "{text}");
            seen.insert(advice.code);
        }
        assert_eq!(seen, codes().collect());
        assert!(advise(&ill).is_sorted_by_key(|advice| advice.severity));
        let texts: Vec<_> = advise(&ill).into_iter().map(|advice| advice.text).collect();
        assert!(texts.iter().any(|text| text.contains("ended 1 process of")), "{texts:?}");
        assert!(texts.iter().any(|text| text.starts_with("/ is over")), "{texts:?}");
    }
}
