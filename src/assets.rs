use std::sync::{Arc, LazyLock};

use napi::bindgen_prelude::{Env, Error, Result, Unknown};
use napi_derive::napi;

use super::raw::external_string::{self, Width};
use remotion_headroom_core::assets::builder::{BuildError, PayloadBuilder};
use remotion_headroom_core::assets::file_name;
use remotion_headroom_core::assets::index::{
    self, Candidate, Fingerprint, InsertError, NoMemory, PayloadIndex,
};
use remotion_headroom_core::assets::store::PayloadStore;

static STORE: LazyLock<Arc<PayloadStore>> = LazyLock::new(PayloadStore::new);

/// No asset carries the payload.
#[napi]
pub const NONE: i32 = index::NONE;
/// Ask again by content.
#[napi]
pub const CROWDED: i32 = index::CROWDED;

fn no_memory() -> Error {
    Error::from_reason("there is no memory for one more payload")
}

/// The payloads of one render's history.
#[napi(js_name = "PayloadIndex")]
pub struct JsPayloadIndex(PayloadIndex);

#[napi]
impl JsPayloadIndex {
    #[napi(constructor, catch_unwind)]
    #[allow(clippy::new_without_default, reason = "only JavaScript makes one")]
    pub fn new() -> Self {
        Self(PayloadIndex::new())
    }

    #[napi(catch_unwind)]
    pub fn next(&self, length: u32, sample: u32, after: i32) -> i32 {
        self.0.next(Fingerprint { length, sample }, u32::try_from(after).ok()).number()
    }

    #[napi(catch_unwind)]
    pub fn by_content(
        &self,
        env: &Env,
        length: u32,
        sample: u32,
        src: Unknown,
        after: i32,
    ) -> Result<i32> {
        let content = content_hash(env, src)?;
        let position =
            self.0.by_content(Fingerprint { length, sample }, content, u32::try_from(after).ok());
        Ok(Candidate::from(position).number())
    }

    #[napi(catch_unwind)]
    pub fn insert_alone(&mut self, length: u32, sample: u32, position: u32) -> Result<bool> {
        self.0
            .insert_alone(Fingerprint { length, sample }, position)
            .map_err(|NoMemory| no_memory())
    }

    #[napi(catch_unwind)]
    pub fn insert(
        &mut self,
        env: &Env,
        length: u32,
        sample: u32,
        position: u32,
        src: Unknown,
    ) -> Result<()> {
        let noted =
            self.0.insert(Fingerprint { length, sample }, position, || content_hash(env, src));
        noted.map_err(|error| match error {
            InsertError::NoMemory => no_memory(),
            InsertError::Content(error) => error,
        })
    }
}

/// Hash of each character's low byte: V8 may hold equal strings in different
/// widths, and this reads one-byte strings, which payloads are, as they stand.
fn content_hash(env: &Env, src: Unknown) -> Result<u64> {
    Ok(external_string::text_of(env, &src, Width::One)?.content_hash())
}

/// Whether two strings are equal, without the copies and the slow path that
/// `===` takes on external strings. Where they are, `counts` says whether that
/// is a hit.
#[napi(catch_unwind)]
pub fn confirm(env: &Env, known: Unknown, src: Unknown, counts: bool) -> Result<bool> {
    let equal = env.strict_equals(known, src)?;
    if equal && counts {
        STORE.note_hit();
    }
    Ok(equal)
}

/// A payload was found known without `confirm`, or before it.
#[napi(catch_unwind)]
pub fn note_hit() {
    STORE.note_hit();
}

/// Whether this runtime keeps strings outside its heap.
#[napi(catch_unwind)]
pub fn external_strings_work(env: &Env) -> bool {
    external_string::probe(env)
}

/// The payload as an external string over the store's bytes, equal to `src`.
/// Nothing where the runtime would not keep it outside its heap, and where
/// there is no memory: `src` is as good. `wide` is a
/// hint that `src` holds characters above U+00FF; a wrong one costs a copy.
#[napi(catch_unwind)]
pub fn off_heap<'env>(
    env: &'env Env,
    src: Unknown<'env>,
    wide: bool,
) -> Result<Option<Unknown<'env>>> {
    let widths: &[Width] = if wide { &[Width::Two] } else { &[Width::One, Width::Two] };
    for width in widths {
        let text = match external_string::text_of(env, &src, *width) {
            Err(error) if external_string::is_no_memory(&error) => return Ok(None),
            text => text?,
        };
        let Ok(payload) = STORE.intern(text) else { return Ok(None) };
        let Some(external) = external_string::create(env, payload)? else {
            return Ok(None);
        };
        // A one-byte copy drops the high half of wider characters silently.
        if env.strict_equals(external, src)? {
            return Ok(Some(external));
        }
    }
    Ok(None)
}

/// A payload that arrives in pieces.
#[napi(js_name = "PayloadBuilder")]
pub struct JsPayloadBuilder(PayloadBuilder);

#[napi]
impl JsPayloadBuilder {
    #[napi(constructor, catch_unwind)]
    pub fn new(length: u32) -> Result<Self> {
        PayloadBuilder::new(length as usize).map(Self).map_err(reason)
    }

    #[napi(catch_unwind)]
    pub fn append(&mut self, env: &Env, piece: Unknown) -> Result<()> {
        let length = external_string::length_of(env, &piece)?;
        self.0
            .append(length, |bytes| external_string::append_utf8(env, &piece, length, bytes))
            .map_err(reason)
    }

    /// The payload as an external string; nothing where the runtime would not
    /// keep it outside its heap, and where there is no memory to note it.
    #[napi(catch_unwind)]
    pub fn finish<'env>(&mut self, env: &'env Env) -> Result<Option<Unknown<'env>>> {
        let text = self.0.finish().map_err(reason)?;
        match STORE.intern(text) {
            Ok(payload) => external_string::create(env, payload),
            Err(_) => Ok(None),
        }
    }
}

fn reason(error: BuildError) -> Error {
    Error::from_reason(error.to_string())
}

#[napi(object)]
pub struct JsAssetStoreStats {
    pub payloads: f64,
    pub bytes: f64,
    pub hits: f64,
    pub misses: f64,
}

#[napi(catch_unwind)]
pub fn asset_store_stats() -> JsAssetStoreStats {
    let stats = STORE.stats();
    JsAssetStoreStats {
        payloads: stats.payloads as f64,
        bytes: stats.bytes as f64,
        hits: stats.hits as f64,
        misses: stats.misses as f64,
    }
}

/// The number by which Remotion names the file of the data URL `src`, whose
/// name ends in `ending`; nothing where the rule is another.
#[napi(catch_unwind)]
pub fn data_url_number(env: &Env, src: Unknown, ending: String) -> Result<Option<f64>> {
    let mut text = Vec::new();
    let length = external_string::length_of(env, &src)?;
    external_string::append_utf8(env, &src, length, &mut text)?;
    // What is not ASCII takes more bytes, and was cut off.
    let whole = text.len() == length;
    Ok(whole.then(|| file_name::number_of(&text, ending.as_bytes())).flatten())
}
