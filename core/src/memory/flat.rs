//! A report as the bindings hand it over: every figure at the top level, which
//! is far cheaper than nested objects. `lib/measure-memory.js` gives it its shape.

use std::path::PathBuf;

use super::cgroup::{Cgroup, CgroupLevel};
use super::environment::Runtime;
use super::report::MemoryReport;
use super::self_cgroup::Version;

/// What stands for a figure that nothing tells, so that the object has one shape.
pub const NO_FIGURE: f64 = -1.0;

/// How many figures each level has.
pub const FIGURES_PER_LEVEL: usize = 6;

/// A [`MemoryReport`] without depth. Sizes in bytes.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "fields have the names that they have in the report")]
pub struct FlatReport {
    pub available: f64,
    pub total: f64,
    pub limited_by: &'static str,
    pub environment: &'static str,
    pub runtime: Option<&'static str>,
    pub host_total: f64,
    pub host_available: f64,
    /// 0 where the process has no cgroup.
    pub cgroup_version: u32,
    /// `path` and `directory` of each level, in turn.
    pub level_paths: Vec<String>,
    /// The [`FIGURES_PER_LEVEL`] of each level, in the order of [`CgroupLevel`].
    pub level_figures: Vec<f64>,
    /// Which level leaves least, from 0.
    pub tightest_level: f64,
    pub oom_kills: f64,
    pub pressure_some: f64,
    pub pressure_full: f64,
    pub pressure_of_cgroup: bool,
    pub lambda: f64,
    pub limit_override: f64,
    pub override_ignored: bool,
    /// What limits CPUs, and [`NO_FIGURE`] where nothing does.
    pub cpus: f64,
    /// Whether CPUs could be counted: a quota alone may be more than there are.
    pub cpus_counted: bool,
}

impl From<MemoryReport> for FlatReport {
    fn from(report: MemoryReport) -> Self {
        let cgroup = report.cgroup.as_ref();
        let cgroup_version = match cgroup.map(|cgroup| cgroup.version) {
            None => 0,
            Some(Version::V1) => 1,
            Some(Version::V2) => 2,
        };
        let oom_kills = figure(cgroup.and_then(|cgroup| cgroup.oom_kills));
        let tightest = cgroup.and_then(Cgroup::tightest_index);
        let levels = report.cgroup.map(|cgroup| cgroup.levels).unwrap_or_default();
        let level_figures = levels.iter().flat_map(figures).collect();
        let paths = levels.into_iter().flat_map(|level| [level.path, text(level.directory)]);
        Self {
            available: report.available as f64,
            total: report.total as f64,
            limited_by: report.limited_by.name(),
            environment: report.environment.name(),
            runtime: report.runtime.map(Runtime::name),
            host_total: report.host.total as f64,
            host_available: report.host.available as f64,
            cgroup_version,
            level_paths: paths.collect(),
            level_figures,
            tightest_level: tightest.map_or(NO_FIGURE, |at| at as f64),
            oom_kills,
            pressure_some: report.pressure.map_or(NO_FIGURE, |pressure| pressure.some),
            pressure_full: report.pressure.map_or(NO_FIGURE, |pressure| pressure.full),
            pressure_of_cgroup: report.pressure_of_cgroup,
            lambda: figure(report.lambda),
            limit_override: figure(report.limit_override),
            override_ignored: report.override_ignored,
            cpus: report.cpus.usable().unwrap_or(NO_FIGURE),
            cpus_counted: report.cpus.allowed.is_some(),
        }
    }
}

/// What it is where it is text, as nearly always.
fn text(path: PathBuf) -> String {
    path.into_os_string().into_string().unwrap_or_else(|path| path.to_string_lossy().into_owned())
}

fn figures(level: &CgroupLevel) -> [f64; FIGURES_PER_LEVEL] {
    [
        level.limit,
        level.hierarchical_limit,
        level.high,
        level.usage,
        level.reclaimable,
        level.headroom,
    ]
    .map(figure)
}

fn figure(figure: Option<u64>) -> f64 {
    figure.map_or(NO_FIGURE, |figure| figure as f64)
}
