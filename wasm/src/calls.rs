//! One function of the core for each name.

use std::cell::RefCell;
use std::fmt::Debug;

use remotion_headroom_core::assets::index::{self, Candidate, Fingerprint, PayloadIndex};
use remotion_headroom_core::budget::{self, Image, Parallel, Wish};
use remotion_headroom_core::cache::{self, Cache, Stored, Token};
use remotion_headroom_core::codec::Codec;
use remotion_headroom_core::memory::environment::Variables;
use remotion_headroom_core::memory::flat::{self, FlatReport, NO_FIGURE};
use remotion_headroom_core::memory::kernel_files::{Capture, Captured};
use remotion_headroom_core::memory::report::{self, LimitedBy};
use remotion_headroom_core::memory::{drop_in, fixed_cgroup, lambda, size};
use remotion_headroom_core::words;
use remotion_headroom_core::words::doctor_advice::{
    self, Browser, Disk, Findings, Level, Libc, Memory, Package, Place, Render,
};
use remotion_headroom_core::words::doctor_lines;
use remotion_headroom_core::words::governor_actions;
use remotion_headroom_core::words::hints::{self, Circumstances, Failure};
use remotion_headroom_core::words::metrics;
use remotion_headroom_core::words::plan_reasons::{self, Background, Quota, Sequential};
use remotion_headroom_core::words::render_summary;

use crate::boundary::{Host, system};
use crate::governor;
use crate::value::{Arguments, Value};

/// What JavaScript holds of ours, by number.
pub(crate) struct Held<T>(Vec<Option<T>>);

impl<T> Held<T> {
    pub(crate) const fn new() -> Self {
        Self(Vec::new())
    }

    pub(crate) fn keep(&mut self, made: T) -> Value {
        let free = self.0.iter().position(Option::is_none).unwrap_or(self.0.len());
        if free == self.0.len() {
            self.0.push(None);
        }
        self.0[free] = Some(made);
        free.into()
    }

    pub(crate) fn at(&mut self, arguments: &mut Arguments<'_>) -> Option<&mut T> {
        self.0.get_mut(usize::try_from(arguments.whole()).ok()?)?.as_mut()
    }

    pub(crate) fn drop(&mut self, arguments: &mut Arguments<'_>) {
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

type Call = fn(&mut Arguments<'_>) -> Result<Value, String>;

/// The functions, by the names that the Node-API binding has for them.
const FUNCTIONS: &[(&str, Call)] = &[
    ("beginSpan", |_| Ok(governor::begin_span())),
    ("codes", |_| Ok(codes())),
    ("defaultMediaCacheSize", |arguments| {
        Ok(budget::default_media_cache(arguments.number()).into())
    }),
    ("describeAction", |arguments| Ok(describe(arguments))),
    ("describeDoctor", |arguments| Ok(describe_line(arguments, doctor_lines::describe))),
    ("describeSummary", |arguments| Ok(describe_line(arguments, render_summary::describe))),
    ("doctorAdvice", |arguments| advise(&arguments.next())),
    ("endSpan", |arguments| Ok(governor::end_span(arguments))),
    ("estimateEncoderUsage", |arguments| {
        let (width, height) = (number(arguments)?, number(arguments)?);
        Ok(budget::estimate_encoder_usage(width, height).into())
    }),
    ("explainFailure", |arguments| Ok(explain(arguments))),
    ("hasEnoughMemoryForParallelEncoding", |arguments| {
        let (free, usage) = (number(arguments)?, number(arguments)?);
        Ok(budget::has_enough_memory_for_parallel_encoding(free, usage).into())
    }),
    ("highWater", |arguments| Ok(governor::high_water(arguments))),
    ("measureMemory", |arguments| Ok(measure_memory(arguments))),
    ("mediaCacheLimits", |_| {
        Ok(Value::object([
            ("min", budget::MIN_MEDIA_CACHE.into()),
            ("max", budget::MAX_MEDIA_CACHE.into()),
        ]))
    }),
    ("memoryTimeline", |_| Ok(governor::memory_timeline())),
    ("metricHelp", |arguments| Ok(arguments.text().as_deref().and_then(metrics::help).into())),
    ("mib", |arguments| Ok(words::mib(number(arguments)?).into())),
    ("parseLambdaMemory", |arguments| {
        Ok(arguments.text().as_deref().and_then(lambda::max_memory).into())
    }),
    ("parseSize", |arguments| {
        let size = arguments.text().and_then(|text| size::parse(&text).ok());
        Ok(size.map(|bytes| bytes as f64).into())
    }),
    ("planRender", |arguments| plan(&arguments.next())),
    ("readCgroupAvailable", |_| Ok(fixed_cgroup::available(&mut Host).into())),
    ("readMemory", |arguments| Ok(read_memory(arguments))),
    ("readProcMeminfo", |_| {
        drop_in::read_proc_meminfo(&mut Host).map(Value::from).map_err(|error| error.to_string())
    }),
    ("whyNoSize", |arguments| {
        let problem = arguments.text().and_then(|text| size::parse(&text).err());
        Ok(problem.map(|problem| problem.to_string()).into())
    }),
];

/// Makes the call; an error where there is none of this name.
pub(crate) fn make(name: &str, arguments: &mut Arguments<'_>) -> Result<Value, String> {
    match name.split_once('.') {
        Some(("PayloadIndex", method)) => index(method, arguments),
        Some(("MediaCache", method)) => cache(method, arguments),
        Some(("Governor", method)) => governor::call(method, arguments),
        None if name == "functions" => Ok(FUNCTIONS.iter().map(|(name, _)| *name).collect()),
        None if name == "constants" => Ok(constants()),
        _ => {
            let (_, call) =
                FUNCTIONS.iter().find(|(its, _)| *its == name).ok_or_else(|| unknown(name))?;
            call(arguments)
        }
    }
}

pub(crate) fn unknown(name: &str) -> String {
    format!("there is no call {name}")
}

fn number(arguments: &mut Arguments<'_>) -> Result<f64, String> {
    arguments.number().ok_or_else(|| "a number is missing".to_owned())
}

/// What the Node-API binding exports beside functions.
fn constants() -> Value {
    Value::object([
        ("NONE", index::NONE.into()),
        ("CROWDED", index::CROWDED.into()),
        ("STORED", cache::STORED.into()),
        ("TOO_LARGE", cache::TOO_LARGE.into()),
        ("CLOSED", cache::CLOSED.into()),
        ("NO_MEMORY", cache::NO_MEMORY.into()),
        ("NO_FIGURE", NO_FIGURE.into()),
        ("FIGURES_PER_LEVEL", flat::FIGURES_PER_LEVEL.into()),
        ("ParallelEncoding", names(Parallel::ALL, Parallel::name)),
        ("Sequential", names(Sequential::ALL, Sequential::name)),
        ("Image", names(Image::ALL, Image::name)),
        ("Codec", names(Codec::ALL, Codec::name)),
        ("LimitedBy", names(LimitedBy::ALL, LimitedBy::name)),
    ])
}

/// Each variant, and what it is called on the way.
fn names<T: Copy + Debug>(all: &[T], name: fn(T) -> &'static str) -> Value {
    Value::Object(all.iter().map(|one| (format!("{one:?}").into(), name(*one).into())).collect())
}

/// The variant that `object` names in `property`; an error where there is none.
fn variant<T: Copy>(
    object: &Value,
    property: &str,
    all: &[T],
    name: fn(T) -> &'static str,
) -> Result<Option<T>, String> {
    let value = object.get(property);
    if *value == Value::Nothing {
        return Ok(None);
    }
    let found = all.iter().find(|one| value.text() == Some(name(**one)));
    found.map(|one| Some(*one)).ok_or_else(|| {
        format!(
            "value `{}` does not match any variant on {property}",
            value.text().unwrap_or("of another type")
        )
    })
}

fn codes() -> Value {
    Value::object([
        ("hints", hints::codes().collect()),
        ("ownHints", hints::own_codes().collect()),
        ("planReasons", plan_reasons::codes().collect()),
        ("doctorAdvice", doctor_advice::codes().collect()),
        ("doctorLines", doctor_lines::codes().collect()),
        ("governorActions", governor_actions::codes().collect()),
        ("renderSummary", render_summary::codes().collect()),
        ("metrics", metrics::codes().collect()),
    ])
}

/// What JavaScript gives by name in two lists.
fn named<'a, T>(
    names: &'a Value,
    values: &'a Value,
    read: impl Fn(&'a Value) -> Option<T>,
) -> Vec<(&'a str, T)> {
    let pairs = names.list().iter().zip(values.list());
    pairs.filter_map(|(name, value)| Some((name.text()?, read(value)?))).collect()
}

fn describe(arguments: &mut Arguments<'_>) -> Value {
    let code = arguments.text().unwrap_or_default();
    let (names, values) = (arguments.next(), arguments.next());
    let figures = named(&names, &values, Value::number);
    governor_actions::describe(&code, &figures).into()
}

fn count(object: &Value, property: &str) -> u32 {
    u32::try_from(object.get(property).whole()).unwrap_or(u32::MAX)
}

type Describe = fn(&str, &[(&str, f64)], &[(&str, &str)]) -> Option<String>;

fn describe_line(arguments: &mut Arguments<'_>, describe: Describe) -> Value {
    let code = arguments.text().unwrap_or_default();
    let (names, values) = (arguments.next(), arguments.next());
    let figures = named(&names, &values, Value::number);
    let (keys, texts) = (arguments.next(), arguments.next());
    let texts = named(&keys, &texts, Value::text);
    describe(&code, &figures, &texts).into()
}

fn plan(wish: &Value) -> Result<Value, String> {
    let figure = |name| wish.get(name).number().unwrap_or_default();
    let background = Background {
        limited_by: variant(wish, "limitedBy", LimitedBy::ALL, LimitedBy::name)?,
        sequential: variant(wish, "sequential", Sequential::ALL, Sequential::name)?,
        quota: wish
            .get("quotaCpus")
            .number()
            .zip(wish.get("tabsWithoutQuota").number())
            .map(|(cpus, _)| Quota { cpus, tabs: count(wish, "tabsWithoutQuota") }),
    };
    let parallel = variant(wish, "parallelEncoding", Parallel::ALL, Parallel::name)?;
    let wish = Wish {
        available: figure("available"),
        cpus: figure("cpus"),
        width: figure("width"),
        height: figure("height"),
        scale: figure("scale"),
        codec: variant(wish, "codec", Codec::ALL, Codec::name)?.ok_or("codec is missing")?,
        frames_in_memory: figure("framesInMemory"),
        image: variant(wish, "image", Image::ALL, Image::name)?.ok_or("image is missing")?,
        media_sources: figure("mediaSources"),
        offthread_threads: figure("offthreadThreads"),
        remotion_allows: (wish.get("remotionAllows") != &Value::Nothing)
            .then(|| wish.get("remotionAllows").bool()),
        decides: wish.get("decides").bool(),
        tabs: count(wish, "tabs"),
        keep_tabs: wish.get("keepTabs").bool(),
        parallel_encoding: parallel.ok_or("parallelEncoding is missing")?,
        media_cache: wish.get("mediaCache").number(),
        offthread_video_cache: wish.get("offthreadVideoCache").number(),
    };
    let plan = budget::plan(&wish);
    let reasons = plan_reasons::reasons(&wish, &plan, background)
        .into_iter()
        .map(|reason| Value::object([("code", reason.code.into()), ("text", reason.text.into())]));
    Ok(Value::object([
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
        ("reasons", reasons.collect()),
    ]))
}

fn explain(arguments: &mut Arguments<'_>) -> Value {
    let message = arguments.text().unwrap_or_default();
    let stack = arguments.text().unwrap_or_default();
    let facts = arguments.text().unwrap_or_default();
    let oom_kills = arguments.whole();
    let (lambda, activated) = (arguments.bool(), arguments.bool());
    let circumstances = Circumstances { oom_kills, lambda, activated };
    let failure = Failure { message: &message, stack: &stack, facts: &facts };
    hints::explain(failure, circumstances)
        .into_iter()
        .map(|hint| {
            Value::object([
                ("code", hint.code.into()),
                ("title", hint.title.into()),
                ("detail", hint.detail.into()),
                ("url", hint.url.into()),
                ("severity", hint.severity.as_str().into()),
                ("line", hint.line.into()),
            ])
        })
        .collect()
}

/// The text of a property; none where there is none.
fn name_of<'a>(of: &'a Value, property: &str) -> &'a str {
    of.get(property).text().unwrap_or_default()
}

fn advise(findings: &Value) -> Result<Value, String> {
    let text = |value: &Value| value.text().unwrap_or_default().to_owned();
    let figure = |value: &Value| value.number().unwrap_or_default();
    let level = |level: &Value| Level {
        path: text(level.get("path")),
        high: level.get("high").number(),
        usage: level.get("usage").number(),
    };
    let render = |render: &Value| Render {
        name: text(render.get("name")),
        expected_peak: figure(render.get("expectedPeak")),
        budget: figure(render.get("budget")),
        fits: render.get("fits").bool(),
        peak_by_itself: render.get("peakByItself").number(),
        fitting_scale: render.get("fittingScale").number(),
    };
    let package = |package: &Value| Package {
        name: text(package.get("name")),
        version: text(package.get("version")),
    };
    let optional = |name| findings.get(name).text().map(ToOwned::to_owned);
    let [memory, disk, libc] = ["memory", "disk", "libc"].map(|name| findings.get(name));
    let unknown = |of: &Value, property| format!("Nothing is called {}", name_of(of, property));
    let findings = Findings {
        no_binary: optional("noBinary"),
        external_strings: findings.get("externalStrings").bool(),
        heap_limit: figure(findings.get("heapLimit")),
        memory: Memory {
            total: figure(memory.get("total")),
            available: figure(memory.get("available")),
            place: Place::named(name_of(memory, "place"))
                .ok_or_else(|| unknown(memory, "place"))?,
            stated: memory.get("stated").bool(),
        },
        limit_ignored: optional("limitIgnored"),
        oom_kills: findings.get("oomKills").whole_or_nothing(),
        levels: findings.get("levels").list().iter().map(level).collect(),
        renders: findings.get("renders").list().iter().map(render).collect(),
        disk: Disk {
            directory: text(disk.get("directory")),
            free: disk.get("free").number(),
            in_memory: disk.get("inMemory").bool(),
        },
        libc: match (libc.get("glibc").text(), libc) {
            (Some(version), _) => Libc::Glibc(version.to_owned()),
            (None, Value::Object(_)) => Libc::Other,
            (None, _) => Libc::Unknown,
        },
        browser: Browser::named(name_of(findings, "browser"))
            .ok_or_else(|| unknown(findings, "browser"))?,
        packages: findings.get("packages").list().iter().map(package).collect(),
        switched_off: optional("switchedOff"),
        installed: findings.get("installed").bool(),
        line: optional("line"),
        remotion_version: optional("remotionVersion"),
        applies: findings.get("applies").bool(),
        skipped: findings.get("skipped").list().iter().map(text).collect(),
    };
    let advice = doctor_advice::advise(&findings)
        .into_iter()
        .map(|advice| {
            Value::object([
                ("code", advice.code.into()),
                ("severity", advice.severity.as_str().into()),
                ("text", advice.text.into()),
            ])
        })
        .collect();
    Ok(advice)
}

fn read_memory(arguments: &mut Arguments<'_>) -> Value {
    let lambda = arguments.text();
    let host_free = arguments.number();
    let reading = drop_in::read(&mut Host, lambda.as_deref(), host_free, system);
    Value::object([
        ("available", reading.available().into()),
        ("cgroup", reading.cgroup.unwrap_or(NO_FIGURE).into()),
        ("hostFree", reading.host_free.into()),
        ("procMeminfo", reading.proc_meminfo.ok().flatten().unwrap_or(NO_FIGURE).into()),
        ("limitExceedsHost", reading.limit_exceeds_host().into()),
        ("problem", reading.proc_meminfo.err().map(|error| error.to_string()).into()),
    ])
}

/// The variables that a measurement depends on, in their order.
pub(crate) fn variables(arguments: &mut Arguments<'_>) -> Variables {
    Variables {
        lambda_memory_size: arguments.text(),
        limit_override: arguments.text(),
        kubernetes_service_host: arguments.text(),
        container: arguments.text(),
    }
}

fn measure_memory(arguments: &mut Arguments<'_>) -> Value {
    let capture = arguments.bool();
    let variables = variables(arguments);
    if !capture {
        let report = report::measure(&mut Host, &variables, system);
        return measured(report.into(), Value::Nothing);
    }
    let mut files = Capture::new(Host);
    let report = report::measure(&mut files, &variables, system);
    let captured = files.captured.into_iter().map(captured_file).collect();
    measured(report.into(), captured)
}

fn captured_file(file: Captured) -> Value {
    let (content, error) = match file.content {
        Ok(content) => (Value::Text(content), Value::Nothing),
        Err(error) => (Value::Nothing, error.into()),
    };
    let path = file.path.to_string_lossy().into_owned();
    Value::object([("path", path.into()), ("content", content), ("error", error)])
}

fn measured(report: FlatReport, captured: Value) -> Value {
    let FlatReport {
        available,
        total,
        limited_by,
        environment,
        runtime,
        host_total,
        host_available,
        cgroup_version,
        level_paths,
        level_figures,
        tightest_level,
        oom_kills,
        pressure_some,
        pressure_full,
        pressure_of_cgroup,
        lambda,
        limit_override,
        override_ignored,
        cpus,
        cpus_counted,
    } = report;
    Value::object([
        ("available", available.into()),
        ("total", total.into()),
        ("limitedBy", limited_by.into()),
        ("environment", environment.into()),
        ("runtime", runtime.into()),
        ("hostTotal", host_total.into()),
        ("hostAvailable", host_available.into()),
        ("cgroupVersion", cgroup_version.into()),
        ("levelPaths", level_paths.into_iter().collect()),
        ("levelFigures", level_figures.into_iter().collect()),
        ("tightestLevel", tightest_level.into()),
        ("oomKills", oom_kills.into()),
        ("pressureSome", pressure_some.into()),
        ("pressureFull", pressure_full.into()),
        ("pressureOfCgroup", pressure_of_cgroup.into()),
        ("lambda", lambda.into()),
        ("limitOverride", limit_override.into()),
        ("overrideIgnored", override_ignored.into()),
        ("cpus", cpus.into()),
        ("cpusCounted", cpus_counted.into()),
        ("captured", captured),
    ])
}

fn index(method: &str, arguments: &mut Arguments<'_>) -> Result<Value, String> {
    INDEXES.with_borrow_mut(|indexes| {
        if method == "new" {
            return Ok(indexes.keep(PayloadIndex::new()));
        }
        if method == "drop" {
            indexes.drop(arguments);
            return Ok(Value::Nothing);
        }
        let index = indexes.at(arguments).ok_or("there is no such index")?;
        let small = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        let fingerprint =
            Fingerprint { length: small(arguments.whole()), sample: small(arguments.whole()) };
        let place = number(arguments)?;
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a position in an array, or below zero for none"
        )]
        let place = (place >= 0.0).then_some(place as u32);
        // JavaScript hashes payloads: memory here grows, and never shrinks.
        let content = |arguments: &mut Arguments<'_>| {
            arguments.next().bytes().first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
        };
        let position = || place.ok_or("a position is missing");
        let no_memory = "there is no memory for one more payload";
        Ok(match method {
            "next" => index.next(fingerprint, place).number().into(),
            "byContent" => {
                let position = index.by_content(fingerprint, content(arguments), place);
                Candidate::from(position).number().into()
            }
            "insertAlone" => {
                index.insert_alone(fingerprint, position()?).map_err(|_| no_memory)?.into()
            }
            "insert" => {
                let content = content(arguments);
                index
                    .insert::<()>(fingerprint, position()?, || Ok(content))
                    .map_err(|_| no_memory)?;
                Value::Nothing
            }
            _ => return Err(unknown(method)),
        })
    })
}

fn cache(method: &str, arguments: &mut Arguments<'_>) -> Result<Value, String> {
    CACHES.with_borrow_mut(|caches| {
        if method == "new" {
            let budget = usize::try_from(arguments.whole()).unwrap_or(usize::MAX);
            return Ok(caches.keep(Cache::new(budget)));
        }
        if method == "drop" {
            caches.drop(arguments);
            return Ok(Value::Nothing);
        }
        let cache = caches.at(arguments).ok_or("there is no such cache")?;
        match method {
            "set" => {
                let token: Token = arguments.whole();
                let weight = usize::try_from(arguments.whole()).unwrap_or(usize::MAX);
                let replaced = Some(arguments.whole()).filter(|token| *token != 0);
                return Ok(match cache.set(token, weight, replaced) {
                    Stored::Yes(gone) if !gone.is_empty() => gone.into_iter().collect(),
                    stored => stored.number().into(),
                });
            }
            "touch" => {
                for read in arguments.next().list() {
                    match read.whole() {
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
                return Ok(Value::object([
                    ("count", stats.count.into()),
                    ("size", stats.size.into()),
                    ("maxSizeInBytes", cache.budget().into()),
                    ("hits", stats.hits.into()),
                    ("misses", stats.misses.into()),
                    ("evictions", stats.evictions.into()),
                    ("refusals", stats.refusals.into()),
                ]));
            }
            _ => return Err(unknown(method)),
        }
        Ok(Value::Nothing)
    })
}
