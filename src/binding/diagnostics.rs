use napi_derive::napi;

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
    message: String,
    stack: String,
    oom_kills: u32,
    lambda: bool,
) -> Vec<JsHint> {
    let circumstances = Circumstances { oom_kills: oom_kills.into(), lambda };
    diagnostics::explain(Failure { message: &message, stack: &stack }, circumstances)
        .into_iter()
        .map(|hint| JsHint {
            code: hint.code.to_owned(),
            title: hint.title,
            detail: hint.detail,
            url: hint.url.map(ToOwned::to_owned),
            severity: hint.severity.as_str().to_owned(),
        })
        .collect()
}

#[napi(catch_unwind)]
pub fn hint_codes() -> Vec<String> {
    diagnostics::codes().map(ToOwned::to_owned).collect()
}
