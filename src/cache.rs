use napi::bindgen_prelude::{Either, Env, Error, Result, Unknown};
use napi_derive::napi;

use super::number::whole;
use super::raw::external_string::{self, Width};
use remotion_headroom_core::assets::store::Text;
use remotion_headroom_core::cache::{self, Cache, Stored, Token};

/// It is there, and nothing had to go for it.
#[napi]
pub const STORED: i32 = cache::STORED;
/// It is larger than the budget.
#[napi]
pub const TOO_LARGE: i32 = cache::TOO_LARGE;
/// The cache was closed.
#[napi]
pub const CLOSED: i32 = cache::CLOSED;
/// There is no memory for one more entry.
#[napi]
pub const NO_MEMORY: i32 = cache::NO_MEMORY;

/// The order and the budget of a `MediaCache`. Its bytes are V8's: what Rust
/// lent out could be moved to another thread by whoever got it.
// The name that is told where there is no binary.
#[napi(js_name = "MediaCache")]
pub struct JsCacheOrder(Cache);

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

#[allow(clippy::cast_possible_truncation, reason = "sizes of what is in memory")]
fn bytes(number: f64) -> usize {
    whole(number) as usize
}

fn token(number: f64) -> Option<Token> {
    Some(whole(number)).filter(|token| *token != 0)
}

#[napi]
impl JsCacheOrder {
    #[napi(constructor, catch_unwind)]
    pub fn new(max_size_in_bytes: f64) -> Self {
        Self(Cache::new(bytes(max_size_in_bytes)))
    }

    /// Stores `stored` in place of `replaced` (0 for none). The numbers that
    /// have to go for it, or one of the constants.
    #[napi(catch_unwind)]
    pub fn set(&mut self, stored: f64, weight: f64, replaced: f64) -> Either<i32, Vec<f64>> {
        match self.0.set(whole(stored), bytes(weight), token(replaced)) {
            Stored::Yes(gone) if !gone.is_empty() => {
                Either::B(gone.into_iter().map(|token| token as f64).collect())
            }
            stored => Either::A(stored.number()),
        }
    }

    /// Reads in their order, 0 for what was not there.
    #[napi(catch_unwind)]
    pub fn touch(&mut self, reads: Vec<f64>) {
        for read in reads {
            match token(read) {
                Some(token) => {
                    self.0.touch(token);
                }
                None => self.0.miss(),
            }
        }
    }

    #[napi(catch_unwind)]
    pub fn delete(&mut self, token: f64) {
        self.0.delete(whole(token));
    }

    #[napi(catch_unwind)]
    pub fn clear(&mut self) {
        self.0.clear();
    }

    #[napi(catch_unwind)]
    pub fn close(&mut self) {
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

/// A number made of a whole text, odd where it has characters above U+00FF.
/// (V8 makes those of long texts of their length alone.)
#[napi(catch_unwind)]
pub fn text_mark(env: &Env, text: Unknown) -> Result<f64> {
    let Text::Utf16(units) = external_string::text_of(env, &text, Width::Two)? else {
        return Err(Error::from_reason("two-byte text was asked for"));
    };
    let wide = units.iter().fold(0, |seen, unit| seen | unit) > 0xff;
    // What f64 holds exactly.
    let hash = Text::Utf16(units).content_hash() >> 12;
    Ok((hash << 1 | u64::from(wide)) as f64)
}

/// Whether there is memory for so many bytes. V8 collects garbage where there
/// is not, and ends the process where it finds none to do that in.
#[napi(catch_unwind)]
pub fn has_memory_for(length: f64) -> bool {
    Vec::<u8>::new().try_reserve_exact(bytes(length)).is_ok()
}
