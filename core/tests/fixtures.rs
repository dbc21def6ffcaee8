//! Each directory of `fixtures` is a machine: its files, the variables that
//! count, and the report that is expected. The same are replayed through both
//! bindings by `__test__/memory/replay.test.js`.

use std::fs;
use std::path::Path;

use remotion_headroom_core::memory::cgroup::{Cgroup, CgroupLevel};
use remotion_headroom_core::memory::environment::{Runtime, Variables};
use remotion_headroom_core::memory::kernel_files::Directory;
use remotion_headroom_core::memory::report::{self, MemoryReport};
use remotion_headroom_core::memory::self_cgroup::Version;
use serde_json::{Value, json};

fn level_as_json(level: &CgroupLevel) -> Value {
    json!({
        "path": level.path,
        "directory": level.directory.to_string_lossy(),
        "limit": level.limit,
        "hierarchicalLimit": level.hierarchical_limit,
        "high": level.high,
        "usage": level.usage,
        "reclaimable": level.reclaimable,
        "headroom": level.headroom,
    })
}

fn cgroup_as_json(cgroup: &Cgroup) -> Value {
    json!({
        "version": if cgroup.version == Version::V1 { 1 } else { 2 },
        "limitedBy": cgroup.tightest().map(|level| &level.path),
        "levels": cgroup.levels.iter().map(level_as_json).collect::<Vec<_>>(),
    })
}

fn as_json(report: &MemoryReport) -> Value {
    let pressure = report.pressure.map(|pressure| {
        let scope = if report.pressure_of_cgroup { "cgroup" } else { "host" };
        json!({ "scope": scope, "some": pressure.some, "full": pressure.full })
    });
    json!({
        "available": report.available,
        "total": report.total,
        "limitedBy": report.limited_by.name(),
        "environment": report.environment.name(),
        "runtime": report.runtime.map(Runtime::name),
        "host": { "total": report.host.total, "available": report.host.available },
        "cgroup": report.cgroup.as_ref().map(cgroup_as_json),
        "oomKills": report.cgroup.as_ref().and_then(|cgroup| cgroup.oom_kills),
        "pressure": pressure,
        "lambda": report.lambda,
        "override": report.limit_override,
        "cpus": report.cpus.usable(),
    })
}

/// Whether everything that `expected` names is so in `actual`.
fn assert_has(actual: &Value, expected: &Value, place: &str) {
    match (actual, expected) {
        (Value::Object(actual), Value::Object(expected)) => {
            for (name, value) in expected {
                let here = format!("{place}.{name}");
                assert_has(actual.get(name).unwrap_or(&Value::Null), value, &here);
            }
        }
        (Value::Array(actual), Value::Array(expected)) => {
            assert_eq!(actual.len(), expected.len(), "{place}");
            for (at, (actual, expected)) in actual.iter().zip(expected).enumerate() {
                assert_has(actual, expected, &format!("{place}[{at}]"));
            }
        }
        // 3 and 3.0 are one number.
        (Value::Number(actual), Value::Number(expected)) => {
            assert_eq!(actual.as_f64(), expected.as_f64(), "{place}");
        }
        _ => assert_eq!(actual, expected, "{place}"),
    }
}

#[test]
fn every_machine_gives_the_report_that_is_expected() {
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut replayed = 0;
    for entry in fs::read_dir(home).unwrap() {
        let machine = entry.unwrap().path();
        let text = fs::read_to_string(machine.join("fixture.json")).unwrap();
        let fixture: Value = serde_json::from_str(&text).unwrap();
        let variable = |name: &str| fixture["variables"][name].as_str().map(str::to_owned);
        let variables = Variables {
            lambda_memory_size: variable("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"),
            limit_override: variable("REMOTION_HEADROOM_MEMORY_LIMIT"),
            kubernetes_service_host: variable("KUBERNETES_SERVICE_HOST"),
            container: variable("container"),
        };
        let files = &mut Directory::new(machine.join("root"));
        let report = report::measure(files, &variables, || None);
        assert_has(&as_json(&report), &fixture["expected"], &machine.to_string_lossy());
        replayed += 1;
    }
    assert!(replayed >= 12, "{replayed} machines");
}
