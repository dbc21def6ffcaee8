//! What is said of a render at its begin and after its end.

use super::{fill_named, table};

table! {
    /// Each line of a summary. `{...Bytes}` are bytes.
    Line {
        Started, "started",
            "remotion-headroom {version} is active in Remotion {remotionVersion}: {parts}";
        Ended, "ended",
            "{call}() ended after {seconds} s";
        Failed, "failed",
            "{call}() failed after {seconds} s";
        Cancelled, "cancelled",
            "{call}() was cancelled after {seconds} s";
        Parts, "parts",
            "took part: {parts}";
        NoParts, "no-parts",
            "took part: nothing, since nothing of ours was called";
        Payloads, "payloads",
            "payloads: {payloads} held once in {heldBytes}, {sentBytes} sent where Remotion sends {stockBytes}";
        PayloadsOnHeap, "payloads-on-heap",
            "payloads: {payloads} of {heldBytes}, in V8's heap here, {sentBytes} sent where Remotion sends {stockBytes}";
        NoPayloads, "no-payloads",
            "payloads: none";
        PayloadsUnknown, "payloads-unknown",
            "payloads: not counted, since Remotion collects the assets itself";
        Heap, "heap",
            "V8 heap: {peakHeapBytes} at its peak";
        Memory, "memory",
            "memory: {peakBytes} of {limitBytes} at its peak, as {looks} looks saw it";
        MemoryOfMachine, "memory-of-machine",
            "memory of the whole machine: {peakBytes} of {limitBytes} at its peak, as {looks} looks saw it";
        MemoryUnseen, "memory-unseen",
            "memory: no look was taken";
        KernelPeak, "kernel-peak",
            "memory by the kernel's own mark, page cache included: {kernelPeakBytes}";
        Governor, "governor",
            "governor: {actions}";
        GovernorIdle, "governor-idle",
            "governor: nothing had to be done";
        NotGoverned, "not-governed",
            "governor: took no part";
        SteppedAside, "stepped-aside",
            "left to Remotion: {part}, because {reason}";
        Kills, "kills",
            "killed by the kernel: {oomKills}";
        Shared, "shared",
            "shared with {others} other renders of the process: heap, memory, kills, and what concerns all tabs";
    }
}

/// A line in words. `None` where there is none of this code.
#[must_use]
pub fn describe(code: &str, figures: &[(&str, f64)], texts: &[(&str, &str)]) -> Option<String> {
    let line = Line::ALL.iter().find(|line| line.code() == code)?;
    Some(fill_named(line.text(), figures, texts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_texts_are_filled_in() {
        let figures = [("seconds", 1.5), ("payloads", 2.0)];
        assert_eq!(
            describe("ended", &figures, &[("call", "renderMedia")]).as_deref(),
            Some("renderMedia() ended after 1.5 s")
        );
        // What somebody else says is not looked at again.
        assert_eq!(
            describe("stepped-aside", &figures, &[("part", "a"), ("reason", "{payloads} {part}")])
                .as_deref(),
            Some("left to Remotion: a, because {payloads} {part}")
        );
        assert_eq!(describe("lunch", &figures, &[]), None);
    }
}
