use napi::bindgen_prelude::{Env, Error, Result, Status, Unknown};
use napi_derive::napi;

use super::raw::external_string::utf8_of;
use remotion_headroom_core::words::doctor_advice::{
    self, Browser, Disk, Findings, Level, Libc, Memory, Package, Place, Render,
};
use remotion_headroom_core::words::hints::{self, Circumstances, Failure};
use remotion_headroom_core::words::{
    self, doctor_lines, governor_actions, metrics, plan_reasons, render_summary,
};

/// Every code there is.
#[napi(object, object_from_js = false)]
pub struct JsCodes {
    pub hints: Vec<&'static str>,
    /// Those that Remotion does not explain itself.
    pub own_hints: Vec<&'static str>,
    pub plan_reasons: Vec<&'static str>,
    pub doctor_advice: Vec<&'static str>,
    pub doctor_lines: Vec<&'static str>,
    pub governor_actions: Vec<&'static str>,
    pub render_summary: Vec<&'static str>,
    pub metrics: Vec<&'static str>,
}

#[napi(catch_unwind)]
pub fn codes() -> JsCodes {
    JsCodes {
        hints: hints::codes().collect(),
        own_hints: hints::own_codes().collect(),
        plan_reasons: plan_reasons::codes().collect(),
        doctor_advice: doctor_advice::codes().collect(),
        doctor_lines: doctor_lines::codes().collect(),
        governor_actions: governor_actions::codes().collect(),
        render_summary: render_summary::codes().collect(),
        metrics: metrics::codes().collect(),
    }
}

/// Bytes for people.
#[napi(catch_unwind)]
pub fn mib(bytes: f64) -> String {
    words::mib(bytes)
}

#[napi(object, object_from_js = false)]
pub struct JsHint {
    pub code: &'static str,
    pub title: String,
    pub detail: &'static str,
    pub url: Option<&'static str>,
    pub severity: &'static str,
    pub line: u32,
}

#[napi(catch_unwind)]
pub fn explain_failure(
    env: &Env,
    message: Unknown,
    stack: Unknown,
    facts: Unknown,
    oom_kills: u32,
    lambda: bool,
    activated: bool,
) -> Result<Vec<JsHint>> {
    // Whatever was thrown: megabytes of it may not fit.
    let [message, stack, facts] =
        [utf8_of(env, &message)?, utf8_of(env, &stack)?, utf8_of(env, &facts)?];
    let circumstances = Circumstances { oom_kills: oom_kills.into(), lambda, activated };
    let failure = Failure { message: &message, stack: &stack, facts: &facts };
    let hints = hints::explain(failure, circumstances)
        .into_iter()
        .map(|hint| JsHint {
            code: hint.code,
            title: hint.title,
            detail: hint.detail,
            url: hint.url,
            severity: hint.severity.as_str(),
            line: u32::try_from(hint.line).unwrap_or(u32::MAX),
        })
        .collect();
    Ok(hints)
}

#[napi(object)]
pub struct JsRender {
    pub name: String,
    pub expected_peak: f64,
    pub budget: f64,
    pub fits: bool,
    pub peak_by_itself: Option<f64>,
    pub fitting_scale: Option<f64>,
}

#[napi(object)]
pub struct JsPackage {
    pub name: String,
    pub version: String,
}

#[napi(object)]
pub struct JsLevel {
    pub path: String,
    pub high: Option<f64>,
    pub usage: Option<f64>,
}

#[napi(object)]
pub struct JsFoundMemory {
    pub total: f64,
    pub available: f64,
    pub place: String,
    pub stated: bool,
}

#[napi(object)]
pub struct JsDisk {
    pub directory: String,
    pub free: Option<f64>,
    pub in_memory: bool,
}

/// The C library; with a version where it is glibc.
#[napi(object)]
pub struct JsLibc {
    pub glibc: Option<String>,
}

#[napi(object)]
pub struct JsFindings {
    pub no_binary: Option<String>,
    pub external_strings: bool,
    pub heap_limit: f64,
    pub memory: JsFoundMemory,
    pub limit_ignored: Option<String>,
    pub oom_kills: Option<i64>,
    pub levels: Vec<JsLevel>,
    pub renders: Vec<JsRender>,
    pub disk: JsDisk,
    pub libc: Option<JsLibc>,
    pub browser: String,
    pub packages: Vec<JsPackage>,
    pub switched_off: Option<String>,
    pub installed: bool,
    pub line: Option<String>,
    pub remotion_version: Option<String>,
    pub applies: bool,
    pub skipped: Vec<String>,
}

#[napi(object, object_from_js = false)]
pub struct JsDoctorAdvice {
    pub code: &'static str,
    pub severity: &'static str,
    pub text: String,
}

#[napi(catch_unwind)]
pub fn doctor_advice(findings: JsFindings) -> Result<Vec<JsDoctorAdvice>> {
    let unknown = |name: &str| Error::new(Status::InvalidArg, format!("Nothing is called {name}"));
    let package = |JsPackage { name, version }| Package { name, version };
    let level = |JsLevel { path, high, usage }| Level { path, high, usage };
    let render = |render: JsRender| Render {
        name: render.name,
        expected_peak: render.expected_peak,
        budget: render.budget,
        fits: render.fits,
        peak_by_itself: render.peak_by_itself,
        fitting_scale: render.fitting_scale,
    };
    let findings = Findings {
        no_binary: findings.no_binary,
        external_strings: findings.external_strings,
        heap_limit: findings.heap_limit,
        memory: Memory {
            total: findings.memory.total,
            available: findings.memory.available,
            place: Place::named(&findings.memory.place)
                .ok_or_else(|| unknown(&findings.memory.place))?,
            stated: findings.memory.stated,
        },
        limit_ignored: findings.limit_ignored,
        oom_kills: findings.oom_kills.and_then(|kills| u64::try_from(kills).ok()),
        levels: findings.levels.into_iter().map(level).collect(),
        renders: findings.renders.into_iter().map(render).collect(),
        disk: Disk {
            directory: findings.disk.directory,
            free: findings.disk.free,
            in_memory: findings.disk.in_memory,
        },
        libc: findings
            .libc
            .map_or(Libc::Unknown, |libc| libc.glibc.map_or(Libc::Other, Libc::Glibc)),
        browser: Browser::named(&findings.browser).ok_or_else(|| unknown(&findings.browser))?,
        packages: findings.packages.into_iter().map(package).collect(),
        switched_off: findings.switched_off,
        installed: findings.installed,
        line: findings.line,
        remotion_version: findings.remotion_version,
        applies: findings.applies,
        skipped: findings.skipped,
    };
    let advice = doctor_advice::advise(&findings)
        .into_iter()
        .map(|advice| JsDoctorAdvice {
            code: advice.code,
            severity: advice.severity.as_str(),
            text: advice.text,
        })
        .collect();
    Ok(advice)
}

/// What JavaScript gives by name in two lists.
fn named<T>(names: &[String], values: impl IntoIterator<Item = T>) -> Vec<(&str, T)> {
    names.iter().map(String::as_str).zip(values).collect()
}

/// A line of the doctor's, as [`describe_summary`] has it.
#[napi(catch_unwind)]
pub fn describe_doctor(
    code: String,
    names: Vec<String>,
    values: Vec<f64>,
    text_names: Vec<String>,
    texts: Vec<String>,
) -> Option<String> {
    let texts = named(&text_names, texts.iter().map(String::as_str));
    doctor_lines::describe(&code, &named(&names, values), &texts)
}

/// An action of the governor in words: its numbers by name, in two lists.
#[napi(catch_unwind)]
pub fn describe_action(code: String, names: Vec<String>, values: Vec<f64>) -> Option<String> {
    governor_actions::describe(&code, &named(&names, values))
}

/// A line of a render's summary: its numbers and its texts by name, each in two lists.
#[napi(catch_unwind)]
pub fn describe_summary(
    code: String,
    names: Vec<String>,
    values: Vec<f64>,
    text_names: Vec<String>,
    texts: Vec<String>,
) -> Option<String> {
    let texts = named(&text_names, texts.iter().map(String::as_str));
    render_summary::describe(&code, &named(&names, values), &texts)
}

/// What a metric means.
#[napi(catch_unwind)]
pub fn metric_help(name: String) -> Option<&'static str> {
    metrics::help(&name)
}
