//! What the governor did, in words.

use super::{fill_named, table};

table! {
    /// Each kind of action. `{...Bytes}` are bytes, all others are counts.
    Action {
        TabsLater, "tabs-later",
            "{tabs} of {of} tabs are opened later, when there is room";
        FewerTabs, "fewer-tabs",
            "{from} -> {to} tabs at work: memory is short";
        FewerTabsAfterKill, "fewer-tabs-after-kill",
            "{from} -> {to} tabs at work: the kernel killed one";
        MoreTabs, "more-tabs",
            "{from} -> {to} tabs at work: what one was seen to take ({tabBytes}) fits again";
        TabOpened, "tab-opened",
            "opened tab {tab}";
        TabClosed, "tab-closed",
            "closed tab {tab}, which had no frame";
        TabLost, "tab-lost",
            "tab {tab} crashed while it had no frame";
        TabsPurged, "tabs-purged",
            "had the tabs give back what they can ({tabs}): gained {gainedBytes} in {milliseconds} ms";
        CacheEmptied, "cache-emptied",
            "emptied the cache of <OffthreadVideo>, which held {cachedBytes}";
        CacheShrunk, "cache-shrunk",
            "gave the cache of <OffthreadVideo> {cacheBytes}, and dropped the {cachedBytes} that it held";
        CacheGrown, "cache-grown",
            "gave the cache of <OffthreadVideo> {cacheBytes}: the videos in use need as much";
        TabReplaced, "tab-replaced",
            "replaced tab {tab}: gained {gainedBytes} in {milliseconds} ms";
        FrameAgain, "frame-again",
            "the kernel killed tab {tab} on frame {frame}, which is rendered again";
        FrameKept, "frame-kept",
            "the kernel killed tab {tab} on frame {frame}, which had been captured";
        CompositorRestarted, "compositor-restarted",
            "the kernel killed the compositor: started it again, and asked again";
    }
}

/// What is appended to each: where memory was then.
const STATE: &str = " ({availableBytes} of {limitBytes} left, {expectedBytes} soon).";

/// An action in words: `figures` are its numbers by name. `None` where there is
/// no action of this code.
#[must_use]
pub fn describe(code: &str, figures: &[(&str, f64)]) -> Option<String> {
    let action = Action::ALL.iter().find(|action| action.code() == code)?;
    Some(fill_named(action.text(), figures, &[]) + &fill_named(STATE, figures, &[]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::governor::policy::Why;

    #[test]
    fn figures_are_filled_in() {
        let mib = 1024.0 * 1024.0;
        let figures = [
            ("from", 3.0),
            ("to", 2.0),
            ("availableBytes", 90.0 * mib),
            ("limitBytes", 1000.0 * mib),
            ("expectedBytes", 0.0),
        ];
        assert_eq!(
            describe("fewer-tabs", &figures).as_deref(),
            Some("3 -> 2 tabs at work: memory is short (90 MiB of 1,000 MiB left, 0 MiB soon).")
        );
        assert_eq!(describe("lunch", &figures), None);
    }

    #[test]
    fn every_change_of_tabs_has_words() {
        for why in [Why::Short, Why::Room, Why::Killed] {
            assert!(codes().any(|code| code == why.code()), "{why:?}");
        }
    }
}
