use napi_derive::napi;

use crate::memory::drop_in::{self, Roots};
use crate::memory::{fixed_cgroup, lambda};

/// One reading of every source, in bytes. `-1` stands for a source without an
/// answer, so that the object has one shape.
#[napi(object)]
pub struct MemoryReading {
    pub available: f64,
    pub cgroup: f64,
    pub host_free: f64,
    pub proc_meminfo: f64,
    pub limit_exceeds_host: bool,
    /// Why meminfo is there and says nothing.
    pub problem: Option<String>,
}

#[napi(catch_unwind)]
pub fn read_memory(lambda_memory_size: Option<String>, host_free: Option<f64>) -> MemoryReading {
    let reading = drop_in::read(Roots::default(), lambda_memory_size.as_deref(), host_free);
    MemoryReading {
        available: reading.available(),
        cgroup: reading.cgroup.unwrap_or(-1.0),
        host_free: reading.host_free,
        proc_meminfo: reading.proc_meminfo.ok().flatten().unwrap_or(-1.0),
        limit_exceeds_host: reading.limit_exceeds_host(),
        problem: reading.proc_meminfo.err().map(|error| error.to_string()),
    }
}

#[napi(catch_unwind)]
pub fn read_cgroup_available() -> Option<f64> {
    fixed_cgroup::available(Roots::default().cgroup)
}

/// `MemAvailable` in bytes; an error where the file is there and unusable.
#[napi(catch_unwind)]
pub fn read_proc_meminfo() -> napi::Result<Option<f64>> {
    drop_in::read_proc_meminfo(Roots::default().proc)
        .map_err(|error| napi::Error::from_reason(error.to_string()))
}

#[napi(catch_unwind)]
pub fn parse_lambda_memory(value: String) -> Option<f64> {
    lambda::max_memory(&value)
}
