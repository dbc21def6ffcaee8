//! The answer of `measureMemory`: every source, and which one counts.

use std::path::Path;

use super::cgroup::{self, Cgroup};
use super::cpus::Cpus;
use super::environment::{self, Environment, Runtime, Variables};
use super::hierarchy::{Controller, Place};
use super::host::{self, HostMemory};
use super::kernel_files::KernelFiles;
use super::pressure::{self, Pressure};
use super::{cpus, hierarchy, lambda, size};

/// A source of a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitedBy {
    /// The machine's memory.
    Host,
    /// A cgroup.
    Cgroup,
    /// The memory of a Lambda function.
    Lambda,
    /// [`Variables::limit_override`].
    Override,
}

impl LimitedBy {
    /// All of them.
    pub const ALL: &[Self] = &[Self::Host, Self::Cgroup, Self::Lambda, Self::Override];

    /// As the report names it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Cgroup => "cgroup",
            Self::Lambda => "lambda",
            Self::Override => "override",
        }
    }
}

/// Everything one measurement found. All figures in bytes.
#[derive(Debug, Clone, PartialEq)]
pub struct MemoryReport {
    /// What can still be used: the smallest of all sources.
    pub available: u64,
    /// The smallest of the machine's memory and the limits.
    pub total: u64,
    /// Which source `available` is from; the first of equals.
    pub limited_by: LimitedBy,
    /// What the process runs in.
    pub environment: Environment,
    /// Who runs it.
    pub runtime: Option<Runtime>,
    /// The machine's memory.
    pub host: HostMemory,
    /// The process's cgroups.
    pub cgroup: Option<Cgroup>,
    /// Waiting for memory: in the own cgroup (v2), else of the whole machine.
    pub pressure: Option<Pressure>,
    /// Whether `pressure` is the cgroup's.
    pub pressure_of_cgroup: bool,
    /// Memory of the Lambda function.
    pub lambda: Option<u64>,
    /// The user's limit.
    pub limit_override: Option<u64>,
    /// Whether the user's limit is set and is no size.
    pub override_ignored: bool,
    /// CPUs that the process may use.
    pub cpus: Cpus,
}

/// Measures. `system` answers for the machine where `/proc/meminfo` doesn't.
pub fn measure(
    files: &mut impl KernelFiles,
    variables: &Variables,
    system: impl FnOnce() -> Option<HostMemory>,
) -> MemoryReport {
    let hierarchies = hierarchy::find(files, &Controller::ALL);
    let cpus = cpus::measure(files, &hierarchies[1]);
    MemoryReport { cpus, ..report(files, &hierarchies[0], variables, system) }
}

/// The same without CPUs, for who asks ten times a second.
pub fn measure_memory(
    files: &mut impl KernelFiles,
    variables: &Variables,
    system: impl FnOnce() -> Option<HostMemory>,
) -> MemoryReport {
    let hierarchies = hierarchy::find(files, &[Controller::Memory]);
    report(files, &hierarchies[0], variables, system)
}

fn report(
    files: &mut impl KernelFiles,
    places: &[Place],
    variables: &Variables,
    system: impl FnOnce() -> Option<HostMemory>,
) -> MemoryReport {
    let host = host::measure(files, system);
    let cgroup = cgroup::measure(files, places, host.map(|host| host.total));
    let lambda = variables
        .lambda_memory_size
        .as_deref()
        .and_then(lambda::max_memory)
        .filter(|bytes| bytes.is_finite())
        .map(|bytes| {
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "positive and finite; what exceeds u64 becomes its maximum"
            )]
            let bytes = bytes as u64;
            bytes
        });
    let stated = variables.limit_override.as_deref().filter(|value| !value.trim().is_empty());
    let limit_override = stated.and_then(|text| size::parse(text).ok());
    let own_path = cgroup.as_ref().map(|cgroup| cgroup.levels[0].path.as_str());
    let (environment, runtime) = environment::detect(files, variables, lambda.is_some(), own_path);
    let of_cgroup = cgroup.as_ref().and_then(|cgroup| cgroup.pressure);
    let pressure = of_cgroup.or_else(|| {
        files.read(Path::new("/proc/pressure/memory")).ok().and_then(|file| pressure::parse(&file))
    });

    let tightest =
        cgroup.as_ref().and_then(|cgroup| cgroup.tightest()).and_then(|level| level.headroom);
    let sources = [
        (LimitedBy::Host, host.map(|host| host.available)),
        (LimitedBy::Cgroup, tightest),
        (LimitedBy::Lambda, lambda),
        (LimitedBy::Override, limit_override),
    ];
    let (limited_by, available) = sources
        .into_iter()
        .filter_map(|(source, bytes)| Some((source, bytes?)))
        .min_by_key(|(_, bytes)| *bytes)
        .unwrap_or((LimitedBy::Host, 0));
    let total = [
        host.map(|host| host.total),
        cgroup.as_ref().and_then(Cgroup::limit),
        lambda,
        limit_override,
    ]
    .into_iter()
    .flatten()
    .min()
    .unwrap_or(0);
    MemoryReport {
        available,
        total,
        limited_by,
        environment,
        runtime,
        host: host.unwrap_or_default(),
        cgroup,
        pressure,
        pressure_of_cgroup: of_cgroup.is_some(),
        lambda,
        limit_override,
        override_ignored: stated.is_some() && limit_override.is_none(),
        cpus: Cpus::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::kernel_files::{Capture, InMemory};
    use proptest::prelude::*;

    fn machine() -> InMemory {
        let mut files = InMemory::default();
        for (path, content) in [
            ("/proc/meminfo", "MemTotal: 1000 kB\nMemAvailable: 800 kB\n"),
            ("/proc/self/cgroup", "0::/a\n"),
            ("/proc/self/mountinfo", "1 1 0:1 / /cg rw - cgroup2 cgroup2 rw\n"),
            ("/cg/a/memory.max", "512000\n"),
            ("/cg/a/memory.current", "12000\n"),
            ("/cg/a/memory.stat", "inactive_file 0\n"),
        ] {
            files.0.insert(path.into(), content.into());
        }
        files
    }

    fn measured(files: &InMemory, lambda: Option<&str>, stated: Option<&str>) -> MemoryReport {
        let variables = Variables {
            lambda_memory_size: lambda.map(Into::into),
            limit_override: stated.map(Into::into),
            ..Default::default()
        };
        measure(&mut files.clone(), &variables, || None)
    }

    #[test]
    fn rule_smallest_source_wins_and_is_named() {
        let answer = |report: MemoryReport| (report.limited_by, report.available, report.total);
        let mut files = machine();
        assert_eq!(answer(measured(&files, None, None)), (LimitedBy::Cgroup, 500_000, 512_000));
        let lambda = measured(&files, Some("1"), None);
        assert_eq!(lambda.lambda, Some(1 << 20));
        assert_eq!(lambda.environment, Environment::Lambda);
        assert_eq!(answer(lambda), (LimitedBy::Cgroup, 500_000, 512_000));
        let stated = measured(&files, None, Some("4k"));
        assert_eq!(answer(stated), (LimitedBy::Override, 4096, 4096));
        files.0.remove(Path::new("/cg/a/memory.max"));
        assert_eq!(answer(measured(&files, None, None)), (LimitedBy::Host, 819_200, 1_024_000));
        files.0.insert("/proc/meminfo".into(), b"MemTotal: 9999 kB\nMemAvailable: 9999 kB".into());
        assert_eq!(
            answer(measured(&files, Some("1"), None)),
            (LimitedBy::Lambda, 1 << 20, 1 << 20)
        );
    }

    #[test]
    fn rule_override_that_is_no_size_is_ignored_and_said() {
        let report = measured(&machine(), None, Some("lots"));
        assert!(report.override_ignored);
        assert_eq!((report.limit_override, report.available), (None, 500_000));
        assert!(!measured(&machine(), None, Some("")).override_ignored);
        assert!(!measured(&machine(), None, None).override_ignored);
    }

    #[test]
    fn rule_lambda_value_that_is_no_positive_number_is_no_source() {
        for value in ["", "lots", "0", "-1"] {
            let report = measured(&machine(), Some(value), None);
            assert_eq!((report.lambda, report.environment), (None, Environment::Host));
        }
    }

    #[test]
    fn rule_pressure_is_the_own_cgroups_else_the_machines() {
        let mut files = machine();
        let line = |percent| {
            let rest = "avg60=0.00 avg300=0.00 total=0\n";
            format!("some avg10={percent} {rest}full avg10=0.00 {rest}").into_bytes()
        };
        files.0.insert("/proc/pressure/memory".into(), line("1.50"));
        let report = measured(&files, None, None);
        assert_eq!((report.pressure.unwrap().some, report.pressure_of_cgroup), (1.5, false));
        files.0.insert("/cg/a/memory.pressure".into(), line("2.50"));
        let report = measured(&files, None, None);
        assert_eq!((report.pressure.unwrap().some, report.pressure_of_cgroup), (2.5, true));
    }

    #[test]
    fn rule_nothing_readable_is_zero_and_never_nan() {
        let report = measured(&InMemory::default(), None, None);
        assert_eq!((report.available, report.total), (0, 0));
        assert_eq!((report.limited_by, report.cgroup), (LimitedBy::Host, None));
    }

    #[test]
    fn ten_megabytes_of_garbage_in_mountinfo() {
        let mut files = machine();
        let mut garbage =
            b"1 1 0:1 / /x rw - cgroup2 cgroup2 rw\n\xff\\040 - - -\n".repeat(200_000);
        garbage.extend_from_slice(b"1 1 0:1 / /cg rw - cgroup2 cgroup2 rw\n");
        files.0.insert("/proc/self/mountinfo".into(), garbage);
        assert_eq!(measured(&files, None, None).available, 500_000);
    }

    fn check(report: &MemoryReport) {
        assert!(report.available <= report.total, "{report:?}");
        let cpus = report.cpus.usable();
        assert!(cpus.is_none_or(|cpus| cpus > 0.0 && cpus.is_finite()), "{report:?}");
        if let Some(pressure) = report.pressure {
            assert!((0.0..=100.0).contains(&pressure.some), "{report:?}");
            assert!((0.0..=100.0).contains(&pressure.full), "{report:?}");
        }
        for level in report.cgroup.iter().flat_map(|cgroup| &cgroup.levels) {
            assert!(level.reclaimable.unwrap_or(0) <= level.usage.unwrap_or(0), "{report:?}");
            assert!(level.headroom.is_none_or(|headroom| report.available <= headroom));
        }
    }

    /// Bytes that are nearly a kernel file, or nothing like it.
    fn content() -> impl Strategy<Value = Vec<u8>> {
        let word = prop_oneof![
            Just("max".to_owned()),
            prop::sample::select(vec![
                "inactive_file ",
                "total_inactive_file ",
                "\nactive_file ",
                "\ntotal_active_file ",
                "\nfile_mapped ",
                "\ntotal_mapped_file ",
                "\nfile_dirty ",
                "\ntotal_dirty ",
                "\nfile_writeback ",
                "\ntotal_writeback ",
                "\nslab_reclaimable ",
            ])
            .prop_map(str::to_owned),
            Just("hierarchical_memory_limit".to_owned()),
            Just("oom_kill".to_owned()),
            Just("MemTotal:".to_owned()),
            Just("MemAvailable:".to_owned()),
            Just("kB".to_owned()),
            Just("some avg10=".to_owned()),
            Just("full avg10=".to_owned()),
            Just("full avg10=0.00 avg60=0.00 avg300=0.00 total=0\n".to_owned()),
            Just(" avg60=0.00 avg300=0.00 total=0\n".to_owned()),
            Just("Cpus_allowed_list:\t".to_owned()),
            Just("0-3".to_owned()),
            Just("max 100000".to_owned()),
            Just("0::/a".to_owned()),
            Just("4:memory:/a".to_owned()),
            Just("/../..".to_owned()),
            Just("1 1 0:1 / /cg rw - cgroup2 cgroup2 rw".to_owned()),
            Just("1 1 0:1 /a /cg rw - cgroup cgroup rw,memory".to_owned()),
            Just(" ".to_owned()),
            Just("\n".to_owned()),
            any::<u64>().prop_map(|number| number.to_string()),
            any::<f64>().prop_map(|number| number.to_string()),
        ];
        let words =
            prop::collection::vec(word, 0..12).prop_map(|words| words.concat().into_bytes());
        prop_oneof![3 => words, 1 => prop::collection::vec(any::<u8>(), 0..64)]
    }

    proptest! {
        #[test]
        fn any_bytes_in_any_file_give_a_report(
            contents in prop::collection::vec(prop::option::of(content()), 23),
            lambda in prop::option::of(".{0,8}"),
            stated in prop::option::of(".{0,8}"),
        ) {
            let mut files = machine();
            let paths = [
                "/proc/meminfo", "/proc/self/cgroup", "/proc/self/mountinfo",
                "/proc/pressure/memory", "/cg/a/memory.max", "/cg/a/memory.current",
                "/cg/a/memory.high", "/cg/a/memory.stat", "/cg/a/memory.events",
                "/cg/a/memory.pressure", "/cg/memory.max", "/cg/memory.current",
                "/cg/memory.limit_in_bytes", "/cg/memory.usage_in_bytes", "/cg/memory.stat",
                "/cg/memory.oom_control", "/cg/a/memory.limit_in_bytes",
                "/cg/a/memory.usage_in_bytes", "/proc/self/status",
                "/sys/devices/system/cpu/online", "/cg/a/cpu.max", "/cg/cpu.cfs_quota_us",
                "/cg/cpu.cfs_period_us",
            ];
            for (path, content) in paths.iter().zip(contents) {
                if let Some(content) = content {
                    files.0.insert(path.into(), content);
                }
            }
            let variables = Variables {
                lambda_memory_size: lambda,
                limit_override: stated,
                ..Default::default()
            };
            let mut files = Capture::new(files);
            check(&measure(&mut files, &variables, || None));
            let mut paths: Vec<_> = files.captured.iter().map(|file| &file.path).collect();
            let read = paths.len();
            paths.sort();
            paths.dedup();
            prop_assert_eq!(paths.len(), read, "a file was read twice");
        }
    }
}
