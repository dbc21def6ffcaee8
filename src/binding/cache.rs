use std::sync::Arc;

use napi::bindgen_prelude::{BufferSlice, Env, Error, Result, Unknown};
use napi_derive::napi;

use super::raw::external_string::{self, Width};
use super::raw::shared_bytes::Block;
use crate::assets::store::Text;
use crate::cache::{Cache, Key, Stored, Weigh};

#[napi(js_name = "MediaCache")]
pub struct JsMediaCache(Cache<Arc<Block>>);

#[napi(object)]
pub struct JsMediaCacheStats {
    pub count: f64,
    pub size: f64,
    pub max_size_in_bytes: f64,
    pub hits: f64,
    pub misses: f64,
    pub evictions: f64,
    pub refusals: f64,
}

fn no_memory(bytes: usize) -> Error {
    Error::from_reason(format!("there is no memory for {bytes} bytes"))
}

fn key_of(env: &Env, key: Unknown) -> Result<Key> {
    match external_string::text_of(env, &key, Width::Two)? {
        Text::Utf16(units) => Ok(Key::from_utf16(&units)),
        Text::Latin1(_) => unreachable!("two-byte text was asked for"),
    }
}

#[napi]
impl JsMediaCache {
    #[napi(constructor, catch_unwind)]
    pub fn new(max_size_in_bytes: f64) -> Self {
        // Checked in JavaScript to be a whole number from 1 to 2^53 - 1.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        Self(Cache::new(max_size_in_bytes as usize))
    }

    /// Whether the bytes are in the cache now.
    #[napi(catch_unwind)]
    pub fn set(&self, env: &Env, key: Unknown, data: &[u8]) -> Result<bool> {
        let key = key_of(env, key)?;
        if !self.0.accepts(&key, data.len()) {
            return Ok(self.0.refuse(&key) == Stored::Yes);
        }
        let block = Block::copy_of(data).ok_or_else(|| no_memory(data.len()))?;
        Ok(self.0.set(key, block) == Stored::Yes)
    }

    /// The number of the value, which becomes the most recently used; 0 where
    /// there is none.
    #[napi(catch_unwind)]
    pub fn find(&self, env: &Env, key: Unknown) -> Result<f64> {
        Ok(self.0.get(&key_of(env, key)?).map_or(0.0, |(token, _)| token.get() as f64))
    }

    /// A buffer over the value. Nothing where it is empty or gone.
    #[napi(catch_unwind)]
    pub fn lend<'env>(&self, env: &'env Env, key: Unknown) -> Result<Option<BufferSlice<'env>>> {
        let key = key_of(env, key)?;
        let Some((token, block)) = self.0.peek(&key).filter(|(_, block)| block.weight() > 0) else {
            return Ok(None);
        };
        if let Some(buffer) = block.lend(env)? {
            return Ok(Some(buffer));
        }
        // The last buffer is gone, but not yet finalized: go on with a copy.
        let copy = block.copy().ok_or_else(|| no_memory(block.weight()))?;
        self.0.replace(&key, token, Arc::clone(&copy));
        copy.lend(env)
    }

    #[napi(catch_unwind)]
    pub fn has(&self, env: &Env, key: Unknown) -> Result<bool> {
        Ok(self.0.has(&key_of(env, key)?))
    }

    #[napi(catch_unwind)]
    pub fn delete(&self, env: &Env, key: Unknown) -> Result<bool> {
        Ok(self.0.delete(&key_of(env, key)?))
    }

    #[napi(catch_unwind)]
    pub fn clear(&self) {
        self.0.clear();
    }

    #[napi(catch_unwind)]
    pub fn dispose(&self) {
        self.0.close();
    }

    #[napi(catch_unwind)]
    pub fn stats(&self) -> JsMediaCacheStats {
        let stats = self.0.stats();
        JsMediaCacheStats {
            count: stats.count as f64,
            size: stats.size as f64,
            max_size_in_bytes: self.0.budget() as f64,
            hits: stats.hits as f64,
            misses: stats.misses as f64,
            evictions: stats.evictions as f64,
            refusals: stats.refusals as f64,
        }
    }
}
