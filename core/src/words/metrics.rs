//! What each metric means: the text of its HELP line.

use super::table;

table! {
    /// Metrics by name, without the prefix of the package.
    Metric {
        Available, "memory_available_bytes",
            "Memory that this process may still use, as measureMemory() finds it.";
        Limit, "memory_limit_bytes",
            "The smallest of the machine's memory and all limits.";
        Used, "memory_used_bytes",
            "What of the limit is in use and can not be taken back.";
        Renders, "renders_under_way",
            "Activated renders that have begun and not ended.";
        Tabs, "tabs",
            "Tabs that are governed: with a frame, without one, and frames that wait for one.";
        Payloads, "payloads",
            "Payloads that are held once, outside the heap.";
        PayloadBytes, "payload_bytes",
            "Bytes of these payloads.";
        Ended, "renders",
            "Activated renders by how they ended.";
        Actions, "governor_actions",
            "What the governor did.";
        Kills, "oom_kills",
            "Processes that the kernel killed in this cgroup for lack of memory, since it was made.";
    }
}

/// What the metric `name` means. `None` where there is none.
#[must_use]
pub fn help(name: &str) -> Option<&'static str> {
    Metric::ALL.iter().find(|metric| metric.code() == name).map(|metric| metric.text())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_needs_no_escaping() {
        assert!(codes().count() > 0);
        for text in codes().filter_map(help) {
            // OpenMetrics escapes these.
            assert!(!text.contains(['\\', '\n', '"']), "{text}");
        }
        assert_eq!(help("lunch"), None);
    }
}
