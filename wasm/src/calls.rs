//! One function of the core for each name.

use std::cell::RefCell;

use remotion_headroom_core::assets::index::{Candidate, Fingerprint, PayloadIndex};
use remotion_headroom_core::budget::{self, Parallel, Wish};
use remotion_headroom_core::cache::{Cache, Stored, Token};
use remotion_headroom_core::diagnostics::{self, Circumstances, Failure};
use remotion_headroom_core::memory::cgroup::CgroupLevel;
use remotion_headroom_core::memory::environment::{Runtime, Variables};
use remotion_headroom_core::memory::kernel_files::{Capture, Captured};
use remotion_headroom_core::memory::report::{self, MemoryReport};
use remotion_headroom_core::memory::self_cgroup::Version;
use remotion_headroom_core::memory::{drop_in, fixed_cgroup, lambda};

use crate::boundary::{Host, system};
use crate::value::{Arguments, Value};

/// What JavaScript holds of ours, by number.
struct Held<T>(Vec<Option<T>>);

impl<T> Held<T> {
    const fn new() -> Self {
        Self(Vec::new())
    }

    fn keep(&mut self, made: T) -> Value {
        let free = self.0.iter().position(Option::is_none).unwrap_or(self.0.len());
        if free == self.0.len() {
            self.0.push(None);
        }
        self.0[free] = Some(made);
        free.into()
    }

    fn at(&mut self, arguments: &mut Arguments<'_>) -> Option<&mut T> {
        self.0.get_mut(usize::try_from(arguments.whole()).ok()?)?.as_mut()
    }

    fn drop(&mut self, arguments: &mut Arguments<'_>) {
        if let Some(place) =
            usize::try_from(arguments.whole()).ok().and_then(|at| self.0.get_mut(at))
        {
            *place = None;
        }
    }
}

thread_local! {
    static INDEXES: RefCell<Held<PayloadIndex>> = const { RefCell::new(Held::new()) };
    static CACHES: RefCell<Held<Cache>> = const { RefCell::new(Held::new()) };
}

/// Makes the call; nothing where there is none of this name.
pub(crate) fn make(name: &str, arguments: &mut Arguments<'_>) -> Option<Value> {
    match name.split_once('.') {
        Some(("PayloadIndex", method)) => index(method, arguments),
        Some(("MediaCache", method)) => cache(method, arguments),
        _ => function(name, arguments),
    }
}

fn function(name: &str, arguments: &mut Arguments<'_>) -> Option<Value> {
    Some(match name {
        "estimateEncoderUsage" => {
            budget::estimate_encoder_usage(arguments.number()?, arguments.number()?).into()
        }
        "hasEnoughMemoryForParallelEncoding" => budget::has_enough_memory_for_parallel_encoding(
            arguments.number()?,
            arguments.number()?,
        )
        .into(),
        "mediaCacheLimits" => Value::Object(vec![
            ("min", budget::MIN_MEDIA_CACHE.into()),
            ("max", budget::MAX_MEDIA_CACHE.into()),
        ]),
        "defaultMediaCacheSize" => budget::default_media_cache(arguments.number()).into(),
        "planRender" => plan(arguments),
        "explainFailure" => explain(arguments),
        "hintCodes" => diagnostics::codes().collect(),
        "parseLambdaMemory" => lambda::max_memory(&arguments.text()?).into(),
        "readCgroupAvailable" => fixed_cgroup::available(&mut Host).into(),
        "readProcMeminfo" => match drop_in::read_proc_meminfo(&mut Host) {
            Ok(bytes) => Value::List(vec![bytes.into()]),
            Err(error) => Value::Text(error.to_string()),
        },
        "readMemory" => read_memory(arguments),
        "measureMemory" => measure_memory(arguments),
        _ => return None,
    })
}

fn plan(arguments: &mut Arguments<'_>) -> Value {
    let plan = budget::plan(&Wish {
        available: arguments.number().unwrap_or_default(),
        cpus: arguments.number().unwrap_or_default(),
        width: arguments.number().unwrap_or_default(),
        height: arguments.number().unwrap_or_default(),
        hevc: arguments.bool(),
        tabs: u32::try_from(arguments.whole()).unwrap_or(u32::MAX),
        keep_tabs: arguments.bool(),
        parallel_encoding: match arguments.text().as_deref() {
            Some("never") => Parallel::Never,
            Some("always") => Parallel::Always,
            _ => Parallel::IfItFits,
        },
        media_cache: arguments.number(),
        offthread_video_cache: arguments.number(),
    });
    Value::Object(vec![
        ("tabs", plan.tabs.into()),
        ("parallelEncoding", plan.parallel_encoding.into()),
        ("mediaCache", plan.media_cache.into()),
        ("offthreadVideoCache", plan.offthread_video_cache.into()),
        ("budget", plan.budget.into()),
        ("expectedPeak", plan.expected_peak.into()),
        ("fits", plan.fits.into()),
        ("tab", plan.tab.into()),
        ("base", plan.base.into()),
        ("encoder", plan.encoder.into()),
    ])
}

fn explain(arguments: &mut Arguments<'_>) -> Value {
    let message = arguments.text().unwrap_or_default();
    let stack = arguments.text().unwrap_or_default();
    let oom_kills = arguments.whole();
    let circumstances = Circumstances { oom_kills, lambda: arguments.bool() };
    let failure = Failure { message: &message, stack: &stack };
    diagnostics::explain(failure, circumstances)
        .into_iter()
        .map(|hint| {
            Value::Object(vec![
                ("code", hint.code.into()),
                ("title", hint.title.into()),
                ("detail", hint.detail.into()),
                ("url", hint.url.into()),
                ("severity", hint.severity.as_str().into()),
            ])
        })
        .collect()
}

fn read_memory(arguments: &mut Arguments<'_>) -> Value {
    let lambda = arguments.text();
    let host_free = arguments.number();
    let reading = drop_in::read(&mut Host, lambda.as_deref(), host_free, system);
    Value::Object(vec![
        ("available", reading.available().into()),
        ("cgroup", reading.cgroup.unwrap_or(-1.0).into()),
        ("hostFree", reading.host_free.into()),
        ("procMeminfo", reading.proc_meminfo.ok().flatten().unwrap_or(-1.0).into()),
        ("limitExceedsHost", reading.limit_exceeds_host().into()),
        ("problem", reading.proc_meminfo.err().map(|error| error.to_string()).into()),
    ])
}

fn measure_memory(arguments: &mut Arguments<'_>) -> Value {
    let capture = arguments.bool();
    let variables = Variables {
        lambda_memory_size: arguments.text(),
        limit_override: arguments.text(),
        kubernetes_service_host: arguments.text(),
        container: arguments.text(),
    };
    if !capture {
        return measured(&report::measure(&mut Host, &variables, system), Value::Nothing);
    }
    let mut files = Capture::new(Host);
    let report = report::measure(&mut files, &variables, system);
    let captured = files.captured.into_iter().map(captured_file).collect();
    measured(&report, captured)
}

fn captured_file(file: Captured) -> Value {
    let (content, error) = match file.content {
        Ok(content) => (Value::Text(content), Value::Nothing),
        Err(error) => (Value::Nothing, error.into()),
    };
    let path = file.path.to_string_lossy().into_owned();
    Value::Object(vec![("path", path.into()), ("content", content), ("error", error)])
}

fn measured(report: &MemoryReport, captured: Value) -> Value {
    let cgroup = report.cgroup.as_ref();
    let levels = cgroup.map_or(&[][..], |cgroup| &cgroup.levels);
    let paths = levels
        .iter()
        .flat_map(|level| [level.path.clone(), level.directory.to_string_lossy().into_owned()]);
    let version = match cgroup.map(|cgroup| cgroup.version) {
        None => 0,
        Some(Version::V1) => 1,
        Some(Version::V2) => 2,
    };
    Value::Object(vec![
        ("available", report.available.into()),
        ("total", report.total.into()),
        ("limitedBy", report.limited_by.name().into()),
        ("environment", report.environment.name().into()),
        ("runtime", report.runtime.map(Runtime::name).into()),
        ("hostTotal", report.host.total.into()),
        ("hostAvailable", report.host.available.into()),
        ("cgroupVersion", version.into()),
        ("levelPaths", paths.collect()),
        ("levelFigures", levels.iter().flat_map(level_figures).collect()),
        ("oomKills", number(cgroup.and_then(|cgroup| cgroup.oom_kills))),
        ("pressureSome", report.pressure.map_or(-1.0, |pressure| pressure.some).into()),
        ("pressureFull", report.pressure.map_or(-1.0, |pressure| pressure.full).into()),
        ("pressureOfCgroup", report.pressure_of_cgroup.into()),
        ("lambda", number(report.lambda)),
        ("limitOverride", number(report.limit_override)),
        ("overrideIgnored", report.override_ignored.into()),
        ("captured", captured),
    ])
}

fn level_figures(level: &CgroupLevel) -> [Value; 6] {
    [
        number(level.limit),
        number(level.hierarchical_limit),
        number(level.high),
        number(level.usage),
        number(level.reclaimable),
        number(level.headroom),
    ]
}

fn number(bytes: Option<u64>) -> Value {
    bytes.map_or(-1.0, |bytes| bytes as f64).into()
}

/// No asset carries the payload.
const NONE: i32 = -1;
/// Ask again by content.
const CROWDED: i32 = -2;

fn index(method: &str, arguments: &mut Arguments<'_>) -> Option<Value> {
    INDEXES.with_borrow_mut(|indexes| {
        if method == "new" {
            return Some(indexes.keep(PayloadIndex::new()));
        }
        if method == "drop" {
            indexes.drop(arguments);
            return None;
        }
        let index = indexes.at(arguments)?;
        let small = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        let fingerprint =
            Fingerprint { length: small(arguments.whole()), sample: small(arguments.whole()) };
        let place = arguments.number()?;
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a position in an array, or below zero for none"
        )]
        let place = (place >= 0.0).then_some(place as u32);
        // JavaScript hashes payloads: memory here grows, and never shrinks.
        let content = |arguments: &mut Arguments<'_>| {
            arguments.bytes().first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
        };
        Some(match method {
            "next" => match index.next(fingerprint, place) {
                Candidate::At(position) => position.into(),
                Candidate::Crowded => CROWDED.into(),
                Candidate::None => NONE.into(),
            },
            "byContent" => index
                .by_content(fingerprint, content(arguments), place)
                .map_or(NONE.into(), Value::from),
            "insertAlone" => index.insert_alone(fingerprint, place?).ok()?.into(),
            "insert" => {
                let content = content(arguments);
                index.insert::<()>(fingerprint, place?, || Ok(content)).ok()?;
                Value::Bool(true)
            }
            _ => return None,
        })
    })
}

/// As in the Node-API binding.
const TOO_LARGE: i32 = -1;
const CLOSED: i32 = -2;
const NO_MEMORY: i32 = -3;

fn cache(method: &str, arguments: &mut Arguments<'_>) -> Option<Value> {
    CACHES.with_borrow_mut(|caches| {
        if method == "new" {
            let budget = usize::try_from(arguments.whole()).unwrap_or(usize::MAX);
            return Some(caches.keep(Cache::new(budget)));
        }
        if method == "drop" {
            caches.drop(arguments);
            return None;
        }
        let cache = caches.at(arguments)?;
        match method {
            "set" => {
                let token: Token = arguments.whole();
                let weight = usize::try_from(arguments.whole()).unwrap_or(usize::MAX);
                let replaced = Some(arguments.whole()).filter(|token| *token != 0);
                return Some(match cache.set(token, weight, replaced) {
                    Stored::Yes(gone) if gone.is_empty() => 0.into(),
                    Stored::Yes(gone) => gone.into_iter().collect(),
                    Stored::TooLarge => TOO_LARGE.into(),
                    Stored::Closed => CLOSED.into(),
                    Stored::NoMemory => NO_MEMORY.into(),
                });
            }
            "touch" => {
                for read in arguments.numbers() {
                    #[allow(
                        clippy::cast_possible_truncation,
                        clippy::cast_sign_loss,
                        reason = "tokens are whole numbers below 2^53"
                    )]
                    match read as Token {
                        0 => cache.miss(),
                        token => {
                            cache.touch(token);
                        }
                    }
                }
            }
            "delete" => {
                cache.delete(arguments.whole());
            }
            "clear" => cache.clear(),
            "close" => cache.close(),
            "stats" => {
                let stats = cache.stats();
                return Some(Value::Object(vec![
                    ("count", stats.count.into()),
                    ("size", stats.size.into()),
                    ("maxSizeInBytes", cache.budget().into()),
                    ("hits", stats.hits.into()),
                    ("misses", stats.misses.into()),
                    ("evictions", stats.evictions.into()),
                    ("refusals", stats.refusals.into()),
                ]));
            }
            _ => {}
        }
        None
    })
}
