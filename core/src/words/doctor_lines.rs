//! What the doctor says beside its advice: why there are so many tabs, and what
//! each way into a project comes to.

use super::{fill_named, table};

table! {
    /// Each line.
    Line {
        SwitchedOff, "switched-off",
            "REMOTION_HEADROOM={value}: nothing is activated.";
        TabsOfCpus, "tabs-of-cpus",
            "Remotion opens a tab for every two CPUs that it counts, 1 to 8: here {tabs}, for {counted}.";
        TabsOfQuota, "tabs-of-quota",
            "Remotion opens a tab for every two CPUs that it counts, 1 to 8: here {tabs}, for {counted}. \
            It knows of no quota: this process may use {usable}, and a plan goes by that.";
        TabsAsked, "tabs-asked",
            "As you asked with --concurrency: {tabs}.";
        WayActive, "way-active",
            "activates already";
        WayCli, "way-cli",
            "Remotion's command, which activates with";
        WayCommonJs, "way-commonjs",
            "a CommonJS script, which activates with";
        WayEsm, "way-esm",
            "an ES module, which activates with";
        WayTypescript, "way-typescript",
            "TypeScript by {runner}, which activates with";
        WayTooLate, "way-too-late",
            "imports remotion-headroom/register beside Remotion, which ESM loads first: does not \
            activate. Without that import it activates with";
        WayBun, "way-bun",
            "Bun has no preloading of ours: does not activate. It does where Remotion is imported by";
        WayNext, "way-next",
            "Next.js, with Remotion outside its bundle, which activates with";
        WayNextBundled, "way-next-bundled",
            "Next.js bundles what its server imports, where nothing can be replaced: does not \
            activate. It does with NODE_OPTIONS as below, and this in {file}:";
        WayCloud, "way-cloud",
            "renders elsewhere, in a bundle that Remotion has built: does not activate";
        WayNone, "way-none",
            "No script of package.json renders. Remotion's command activates with";
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
        assert_eq!(
            describe("tabs-asked", &[("tabs", 3.0)], &[]).as_deref(),
            Some("As you asked with --concurrency: 3.")
        );
        assert_eq!(
            describe("switched-off", &[], &[("value", "{value}")]).as_deref(),
            Some("REMOTION_HEADROOM={value}: nothing is activated.")
        );
        assert_eq!(describe("lunch", &[], &[]), None);
    }
}
