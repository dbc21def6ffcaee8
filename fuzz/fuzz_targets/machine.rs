#![no_main]
//! Every file of a machine at once, read through the whole measurement.
use libfuzzer_sys::fuzz_target;
use remotion_headroom_core::memory::environment::Variables;
use remotion_headroom_core::memory::kernel_files::InMemory;
use remotion_headroom_core::memory::report::measure;

const FILES: &[&str] = &[
    "/proc/meminfo",
    "/proc/self/cgroup",
    "/proc/self/mountinfo",
    "/proc/pressure/memory",
    "/cg/a/memory.max",
    "/cg/a/memory.current",
    "/cg/a/memory.high",
    "/cg/a/memory.stat",
    "/cg/a/memory.events",
    "/cg/a/memory.pressure",
    "/cg/memory.max",
    "/cg/memory.current",
    "/cg/memory.stat",
    "/cg/a/memory.limit_in_bytes",
    "/cg/a/memory.usage_in_bytes",
    "/cg/a/memory.oom_control",
    "/cg/memory.limit_in_bytes",
    "/cg/memory.usage_in_bytes",
    "/proc/self/status",
    "/sys/devices/system/cpu/online",
    "/cg/a/cpu.max",
    "/cg/cpu.max",
    "/cg/a/cpu.cfs_quota_us",
    "/cg/a/cpu.cfs_period_us",
];

fuzz_target!(|input: (Vec<Option<&[u8]>>, Option<&str>, Option<&str>)| {
    let (contents, lambda, stated) = input;
    let mut files = InMemory::default();
    // A machine that works, so that each mutation is one step from sense.
    for (path, content) in [
        ("/proc/meminfo", "MemTotal: 9000 kB\nMemAvailable: 8000 kB\n"),
        ("/proc/self/cgroup", "0::/a\n"),
        (
            "/proc/self/mountinfo",
            "1 1 0:1 / /cg rw - cgroup2 cgroup2 rw\n1 1 0:2 / /cg rw - cgroup cgroup rw,memory,cpu\n",
        ),
        ("/cg/a/memory.max", "4000\n"),
        ("/cg/a/cpu.max", "250000 100000\n"),
        ("/proc/self/status", "Cpus_allowed_list:\t0-3\n"),
    ] {
        files.0.insert(path.into(), content.into());
    }
    for (path, content) in FILES.iter().zip(contents) {
        if let Some(content) = content {
            files.0.insert(path.into(), content.to_vec());
        }
    }
    let variables = Variables {
        lambda_memory_size: lambda.map(Into::into),
        limit_override: stated.map(Into::into),
        ..Default::default()
    };
    let report = measure(&mut files, &variables, || None);
    assert!(report.available <= report.total);
    assert!(report.cpus.usable().is_none_or(|cpus| cpus > 0.0 && cpus.is_finite()));
    for level in report.cgroup.iter().flat_map(|cgroup| &cgroup.levels) {
        assert!(level.reclaimable.unwrap_or(0) <= level.usage.unwrap_or(0));
        assert!(level.headroom.is_none_or(|headroom| report.available <= headroom));
    }
});
