//! A cache with a budget in bytes that gives up what was used least lately.
//!
//! The order is the crate `lru`'s; here are the budget, the statistics and the
//! lock. A value that leaves the cache is dropped after the lock has been
//! released: it may be the last holder of many megabytes, or run code of its
//! own.
//!
//! An entry costs about 120 bytes beside its key and its value. Only the value
//! counts towards the budget, except that a key over [`FREE_KEY_BYTES`] counts
//! in full: an entry can never hold more than that unseen.

use std::num::NonZeroU64;
use std::sync::{Mutex, MutexGuard, PoisonError};

use lru::LruCache;

/// Bytes of a key that do not count towards the budget.
pub const FREE_KEY_BYTES: usize = 1024;

/// Something that takes up memory.
pub trait Weigh {
    /// Bytes it takes.
    fn weight(&self) -> usize;
}

impl Weigh for Vec<u8> {
    fn weight(&self) -> usize {
        self.len()
    }
}

impl<T: Weigh> Weigh for std::sync::Arc<T> {
    fn weight(&self) -> usize {
        T::weight(self)
    }
}

/// A text as a cache key: one byte a character where that is enough, UTF-16
/// otherwise. Equal texts give equal keys, lone surrogates included.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key(Box<[u8]>);

impl Key {
    /// The key of a text.
    #[must_use]
    pub fn from_utf16(units: &[u16]) -> Self {
        const NARROW: u8 = 1;
        const WIDE: u8 = 2;
        let narrow: Option<Vec<u8>> = std::iter::once(Some(NARROW))
            .chain(units.iter().map(|unit| u8::try_from(*unit).ok()))
            .collect();
        Self(match narrow {
            Some(bytes) => bytes.into(),
            None => std::iter::once(WIDE)
                .chain(units.iter().flat_map(|unit| unit.to_le_bytes()))
                .collect(),
        })
    }

    /// Bytes that count towards the budget.
    fn weight(&self) -> usize {
        if self.0.len() > FREE_KEY_BYTES { self.0.len() } else { 0 }
    }
}

/// Names one value: given out once, never again.
pub type Token = NonZeroU64;

/// What the cache holds and what became of requests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    /// Entries in the cache.
    pub count: usize,
    /// Their bytes.
    pub size: usize,
    /// Reads that found a value.
    pub hits: u64,
    /// Reads that did not.
    pub misses: u64,
    /// Entries that were given up for others.
    pub evictions: u64,
    /// Values that were larger than the whole budget.
    pub refusals: u64,
}

/// What became of a value that was to be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stored {
    /// It is in the cache.
    Yes,
    /// It is larger than the budget. What was stored under its key is gone.
    TooLarge,
    /// The cache was closed.
    Closed,
}

#[derive(Debug)]
struct Entry<V> {
    token: Token,
    value: V,
    /// Bytes it counts, with its key.
    weight: usize,
}

#[derive(Debug)]
struct Inner<V> {
    entries: LruCache<Key, Entry<V>>,
    stats: Stats,
    last_token: u64,
    closed: bool,
}

/// The cache. `V` is cheap to clone, such as an `Arc`.
#[derive(Debug)]
pub struct Cache<V> {
    inner: Mutex<Inner<V>>,
    budget: usize,
}

impl<V: Weigh + Clone> Cache<V> {
    /// An empty cache that holds at most `budget` bytes.
    #[must_use]
    pub fn new(budget: usize) -> Self {
        let inner = Inner {
            entries: LruCache::unbounded(),
            stats: Stats::default(),
            last_token: 0,
            closed: false,
        };
        Self { inner: Mutex::new(inner), budget }
    }

    /// Bytes it may hold.
    #[must_use]
    pub fn budget(&self) -> usize {
        self.budget
    }

    /// Whether a value of `weight` bytes under `key` would be accepted.
    #[must_use]
    pub fn accepts(&self, key: &Key, weight: usize) -> bool {
        weight.checked_add(key.weight()).is_some_and(|total| total <= self.budget)
    }

    /// Stores `value`, in place of what `key` had, as the most recently used.
    pub fn set(&self, key: Key, value: V) -> Stored {
        let weight = value.weight().saturating_add(key.weight());
        if weight > self.budget {
            return self.refuse(&key);
        }
        let mut inner = self.lock();
        if inner.closed {
            return Stored::Closed;
        }
        let mut leaving = Vec::new();
        leaving.extend(inner.take(&key));
        while inner.stats.size > self.budget - weight {
            let Some(evicted) = inner.take_oldest() else { break };
            inner.stats.evictions += 1;
            leaving.push(evicted);
        }
        inner.put(key, value, weight);
        drop(inner);
        drop(leaving);
        Stored::Yes
    }

    /// What [`Cache::set`] does with a value that is too large, which need not
    /// be there for it.
    pub fn refuse(&self, key: &Key) -> Stored {
        let mut inner = self.lock();
        if inner.closed {
            return Stored::Closed;
        }
        inner.stats.refusals += 1;
        let leaving = inner.take(key);
        drop(inner);
        drop(leaving);
        Stored::TooLarge
    }

    /// The value of `key`, which becomes the most recently used.
    pub fn get(&self, key: &Key) -> Option<(Token, V)> {
        let mut inner = self.lock();
        let found = inner.entries.get(key).map(|entry| (entry.token, entry.value.clone()));
        if found.is_some() {
            inner.stats.hits += 1;
        } else {
            inner.stats.misses += 1;
        }
        found
    }

    /// The value of `key`. Changes no order and no statistics.
    #[must_use]
    pub fn peek(&self, key: &Key) -> Option<(Token, V)> {
        self.lock().entries.peek(key).map(|entry| (entry.token, entry.value.clone()))
    }

    /// Puts an equal value in place of the one that `token` names; whether that
    /// one was still there.
    pub fn replace(&self, key: &Key, token: Token, value: V) -> bool {
        let mut inner = self.lock();
        let Some(entry) = inner.entries.peek_mut(key).filter(|entry| entry.token == token) else {
            return false;
        };
        debug_assert_eq!(entry.value.weight(), value.weight());
        let old = std::mem::replace(&mut entry.value, value);
        drop(inner);
        drop(old);
        true
    }

    /// Whether `key` has a value. Changes no order and no statistics.
    #[must_use]
    pub fn has(&self, key: &Key) -> bool {
        self.lock().entries.contains(key)
    }

    /// Removes `key`; whether it was there.
    pub fn delete(&self, key: &Key) -> bool {
        let taken = self.lock().take(key);
        taken.is_some()
    }

    /// Removes everything.
    pub fn clear(&self) {
        let mut inner = self.lock();
        let entries = std::mem::replace(&mut inner.entries, LruCache::unbounded());
        inner.stats.size = 0;
        inner.stats.count = 0;
        drop(inner);
        drop(entries);
    }

    /// Removes everything and accepts nothing more.
    pub fn close(&self) {
        self.lock().closed = true;
        self.clear();
    }

    /// What it holds and what became of requests.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.lock().stats
    }

    /// Checks that the books are in order.
    ///
    /// # Panics
    /// Where they are not.
    pub fn validate(&self) {
        let inner = self.lock();
        let size: usize = inner.entries.iter().map(|(_, entry)| entry.weight).sum();
        assert_eq!(inner.stats.size, size, "size");
        assert_eq!(inner.stats.count, inner.entries.len(), "count");
        assert!(size <= self.budget, "{size} bytes are over the budget of {}", self.budget);
        for (key, entry) in &inner.entries {
            assert_eq!(entry.weight, entry.value.weight() + key.weight(), "weight");
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner<V>> {
        // Nothing in here leaves the books half written when it panics.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<V> Inner<V> {
    fn next_token(&mut self) -> Token {
        self.last_token += 1;
        Token::new(self.last_token).unwrap_or(Token::MIN)
    }

    fn put(&mut self, key: Key, value: V, weight: usize) {
        let token = self.next_token();
        self.entries.put(key, Entry { token, value, weight });
        self.stats.size += weight;
        self.stats.count += 1;
    }

    fn take(&mut self, key: &Key) -> Option<Entry<V>> {
        let entry = self.entries.pop(key)?;
        self.forget(&entry);
        Some(entry)
    }

    fn take_oldest(&mut self) -> Option<Entry<V>> {
        let (_, entry) = self.entries.pop_lru()?;
        self.forget(&entry);
        Some(entry)
    }

    fn forget(&mut self, entry: &Entry<V>) {
        self.stats.size -= entry.weight;
        self.stats.count -= 1;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;

    fn key(text: &str) -> Key {
        Key::from_utf16(&text.encode_utf16().collect::<Vec<_>>())
    }

    fn value(cache: &Cache<Vec<u8>>, text: &str) -> Option<Vec<u8>> {
        cache.get(&key(text)).map(|(_, value)| value)
    }

    #[test]
    fn gives_up_what_was_used_least_lately() {
        let cache = Cache::new(10);
        cache.set(key("a"), vec![1; 4]);
        cache.set(key("b"), vec![2; 4]);
        assert_eq!(value(&cache, "a"), Some(vec![1; 4]));
        cache.set(key("c"), vec![3; 4]);
        assert_eq!(value(&cache, "b"), None);
        assert_eq!(value(&cache, "a"), Some(vec![1; 4]));
        assert_eq!(value(&cache, "c"), Some(vec![3; 4]));
        let Stats { count, size, hits, misses, evictions, refusals } = cache.stats();
        assert_eq!((count, size, hits, misses, evictions, refusals), (2, 8, 3, 1, 1, 0));
    }

    #[test]
    fn refuses_what_can_never_fit_and_forgets_the_old_value() {
        let cache = Cache::new(10);
        cache.set(key("a"), vec![1; 4]);
        cache.set(key("b"), vec![1; 4]);
        assert_eq!(cache.set(key("a"), vec![1; 11]), Stored::TooLarge);
        assert!(!cache.has(&key("a")), "a stale value would be worse than none");
        assert!(cache.has(&key("b")), "nothing is evicted for what is not stored");
        assert_eq!(cache.set(key("a"), vec![1; 10]), Stored::Yes);
    }

    #[test]
    fn long_keys_count() {
        let long = "k".repeat(2 * FREE_KEY_BYTES);
        let cache = Cache::new(4 * FREE_KEY_BYTES);
        cache.set(key(&long), vec![0; 8]);
        assert_eq!(cache.stats().size, long.len() + 1 + 8);
        cache.set(key("short"), vec![0; 8]);
        assert_eq!(cache.stats().size, long.len() + 1 + 16);
        cache.validate();
    }

    #[test]
    fn keys_differ_where_texts_do() {
        let lone = |unit: u16| Key::from_utf16(&[unit]);
        assert_ne!(lone(0xd800), lone(0xd801));
        assert_ne!(lone(0xd800), key("\u{fffd}"));
        // One wide character has the bytes of two narrow ones.
        assert_ne!(lone(0x0141), key("A\u{1}"));
        assert_ne!(key(""), lone(0));
        assert_eq!(key("\u{e9}"), lone(0xe9));
    }

    #[test]
    fn replacing_a_value_needs_its_token() {
        let cache = Cache::new(10);
        cache.set(key("a"), vec![1]);
        let (stale, _) = cache.get(&key("a")).unwrap();
        cache.set(key("a"), vec![2]);
        assert!(!cache.replace(&key("a"), stale, vec![3]));
        let (token, value) = cache.peek(&key("a")).unwrap();
        assert_eq!(value, [2]);
        assert!(cache.replace(&key("a"), token, vec![4]));
        assert_eq!(cache.get(&key("a")), Some((token, vec![4])));
        cache.validate();
    }

    #[test]
    fn closed_means_empty_for_good() {
        let cache = Cache::new(10);
        cache.set(key("a"), vec![1]);
        cache.close();
        assert_eq!(cache.set(key("a"), vec![1]), Stored::Closed);
        assert_eq!((cache.stats().count, cache.stats().size), (0, 0));
    }

    /// Asks the cache something when it is dropped, which would deadlock if
    /// the lock were held.
    #[derive(Clone)]
    struct Nosy(#[allow(dead_code)] Arc<Asker>);
    struct Asker(std::sync::Weak<Cache<Nosy>>);
    impl Drop for Asker {
        fn drop(&mut self) {
            if let Some(cache) = self.0.upgrade() {
                assert!(cache.inner.try_lock().is_ok(), "dropped under the lock");
            }
        }
    }
    impl Weigh for Nosy {
        fn weight(&self) -> usize {
            1
        }
    }

    #[test]
    fn values_are_dropped_outside_the_lock() {
        let cache = Arc::new(Cache::new(2));
        let nosy = || Nosy(Arc::new(Asker(Arc::downgrade(&cache))));
        for text in ["a", "b", "c", "c", "d"] {
            cache.set(key(text), nosy());
        }
        let (token, held) = cache.get(&key("d")).unwrap();
        drop(held);
        cache.replace(&key("d"), token, nosy());
        assert!(cache.delete(&key("d")));
        cache.set(key("e"), nosy());
        cache.clear();
        cache.set(key("f"), nosy());
        cache.close();
        drop(nosy());
    }

    #[derive(Debug, Clone)]
    enum Step {
        Set(u8, usize),
        Get(u8),
        Has(u8),
        Delete(u8),
        Clear,
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            8 => (0..6_u8, 0..40_usize).prop_map(|(key, len)| Step::Set(key, len)),
            6 => (0..6_u8).prop_map(Step::Get),
            2 => (0..6_u8).prop_map(Step::Has),
            2 => (0..6_u8).prop_map(Step::Delete),
            1 => Just(Step::Clear),
        ]
    }

    proptest! {
        #[test]
        fn does_what_a_naive_list_does(
            budget in 1..100_usize,
            steps in prop::collection::vec(step(), 0..200),
        ) {
            let cache = Cache::new(budget);
            // Oldest first.
            let mut list: Vec<(u8, Vec<u8>)> = Vec::new();
            for (i, step) in steps.into_iter().enumerate() {
                match step {
                    Step::Set(name, len) => {
                        let bytes = vec![u8::try_from(i % 251).unwrap(); len];
                        let stored = cache.set(key(&name.to_string()), bytes.clone());
                        list.retain(|(known, _)| *known != name);
                        if len > budget {
                            prop_assert_eq!(stored, Stored::TooLarge);
                            continue;
                        }
                        prop_assert_eq!(stored, Stored::Yes);
                        list.push((name, bytes));
                        while list.iter().map(|(_, bytes)| bytes.len()).sum::<usize>() > budget {
                            list.remove(0);
                        }
                    }
                    Step::Get(name) => {
                        let expected = list.iter().position(|(known, _)| *known == name);
                        let expected = expected.map(|at| {
                            let entry = list.remove(at);
                            list.push(entry.clone());
                            entry.1
                        });
                        prop_assert_eq!(value(&cache, &name.to_string()), expected);
                    }
                    Step::Has(name) => prop_assert_eq!(
                        cache.has(&key(&name.to_string())),
                        list.iter().any(|(known, _)| *known == name)
                    ),
                    Step::Delete(name) => {
                        let before = list.len();
                        list.retain(|(known, _)| *known != name);
                        let deleted = cache.delete(&key(&name.to_string()));
                        prop_assert_eq!(deleted, list.len() < before);
                    }
                    Step::Clear => {
                        cache.clear();
                        list.clear();
                    }
                }
                cache.validate();
                prop_assert_eq!(cache.stats().count, list.len());
            }
        }
    }
}
