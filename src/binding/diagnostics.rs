use napi::bindgen_prelude::{Env, Result, Unknown};
use napi_derive::napi;

use super::raw::external_string::utf8_of;
use crate::diagnostics::{self, Circumstances, Failure};

#[napi(object)]
pub struct JsHint {
    pub code: String,
    pub title: String,
    pub detail: String,
    pub url: Option<String>,
    pub severity: String,
}

#[napi(catch_unwind)]
pub fn explain_failure(
    env: &Env,
    message: Unknown,
    stack: Unknown,
    oom_kills: u32,
    lambda: bool,
) -> Result<Vec<JsHint>> {
    // Whatever was thrown: megabytes of it may not fit.
    let (message, stack) = (utf8_of(env, &message)?, utf8_of(env, &stack)?);
    let circumstances = Circumstances { oom_kills: oom_kills.into(), lambda };
    let hints = diagnostics::explain(Failure { message: &message, stack: &stack }, circumstances)
        .into_iter()
        .map(|hint| JsHint {
            code: hint.code.to_owned(),
            title: hint.title,
            detail: hint.detail,
            url: hint.url.map(ToOwned::to_owned),
            severity: hint.severity.as_str().to_owned(),
        })
        .collect();
    Ok(hints)
}

#[napi(catch_unwind)]
pub fn hint_codes() -> Vec<String> {
    diagnostics::codes().map(ToOwned::to_owned).collect()
}
