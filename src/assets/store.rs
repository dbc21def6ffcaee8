//! Payload bytes, held once each for the whole process.
//!
//! The store knows payloads only weakly: a payload lives as long as somebody
//! holds its [`Arc`] (in Node, the external strings over it), and takes itself
//! off the store when the last holder goes. Overhead per payload: 56 bytes of
//! `Payload`, 24 of slot, and about 10 of hash table.
//!
//! The lock is private to this file and no function here calls out while it is
//! held. That matters twice: a JavaScript finalizer may run inside any
//! Node-API call, and dropping the last `Arc` takes the lock itself.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use hashbrown::HashTable;
use slab::Slab;
use xxhash_rust::xxh3::xxh3_64;

/// Characters of a payload in the narrowest form that holds them.
#[derive(Debug, PartialEq, Eq)]
pub enum Text {
    /// One byte a character, U+0000 to U+00FF.
    Latin1(Vec<u8>),
    /// UTF-16 units, lone surrogates included.
    Utf16(Vec<u16>),
}

impl Text {
    /// Bytes of memory the characters take.
    #[must_use]
    pub fn byte_len(&self) -> usize {
        match self {
            Self::Latin1(units) => units.len(),
            Self::Utf16(units) => units.len() * 2,
        }
    }

    /// Hash of all characters; that of the same characters in the other form differs.
    #[must_use]
    pub fn content_hash(&self) -> u64 {
        match self {
            Self::Latin1(units) => xxh3_64(units),
            Self::Utf16(units) => hash_utf16(units),
        }
    }
}

fn hash_utf16(units: &[u16]) -> u64 {
    // xxh3 takes bytes; a chunk at a time keeps this free of `unsafe`.
    let mut hasher = xxhash_rust::xxh3::Xxh3::new();
    let mut bytes = [0_u8; 2048];
    for chunk in units.chunks(bytes.len() / 2) {
        for (pair, unit) in bytes.chunks_exact_mut(2).zip(chunk) {
            pair.copy_from_slice(&unit.to_le_bytes());
        }
        hasher.update(&bytes[..chunk.len() * 2]);
    }
    hasher.digest()
}

/// One payload. Dropping it takes it off the store.
#[derive(Debug)]
pub struct Payload {
    text: Text,
    token: usize,
    store: Arc<PayloadStore>,
}

impl Payload {
    /// The characters.
    #[must_use]
    pub fn text(&self) -> &Text {
        &self.text
    }
}

impl Drop for Payload {
    fn drop(&mut self) {
        self.store.forget(self.token, self.text.byte_len());
    }
}

/// What the store holds and how often it helped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stats {
    /// Payloads alive.
    pub payloads: usize,
    /// Bytes of their characters.
    pub bytes: usize,
    /// Times a payload was already known.
    pub hits: u64,
    /// Times it was new.
    pub misses: u64,
}

/// All payloads of the process.
#[derive(Debug, Default)]
pub struct PayloadStore {
    inner: Mutex<Inner>,
    hits: AtomicU64,
    misses: AtomicU64,
}

#[derive(Debug, Default)]
struct Inner {
    /// Tokens of slots, by content hash.
    by_content: HashTable<usize>,
    slots: Slab<Slot>,
    bytes: usize,
}

#[derive(Debug)]
struct Slot {
    hash: u64,
    payload: Weak<Payload>,
}

impl PayloadStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// The payload with these characters: the one the store has, or a new one.
    pub fn intern(self: &Arc<Self>, text: Text) -> Arc<Payload> {
        let hash = text.content_hash();
        // Holders taken while looking must outlive the lock: the last of them
        // would drop its payload, and that locks again.
        let mut passed_over = Vec::new();
        let (payload, known) = {
            let mut inner = self.lock();
            let known = inner.find(hash, &text, &mut passed_over);
            match known {
                Some(payload) => (payload, true),
                None => (inner.insert(hash, text, self), false),
            }
        };
        drop(passed_over);
        let counter = if known { &self.hits } else { &self.misses };
        counter.fetch_add(1, Ordering::Relaxed);
        payload
    }

    /// Counts a payload that was recognised without asking the store.
    pub fn note_hit(&self) {
        self.hits.fetch_add(1, Ordering::Relaxed);
    }

    /// Figures as of now.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let inner = self.lock();
        Stats {
            payloads: inner.slots.len(),
            bytes: inner.bytes,
            hits: self.hits.load(Ordering::Relaxed),
            misses: self.misses.load(Ordering::Relaxed),
        }
    }

    fn forget(&self, token: usize, bytes: usize) {
        let mut inner = self.lock();
        let slot = inner.slots.remove(token);
        if let Ok(entry) = inner.by_content.find_entry(slot.hash, |other| *other == token) {
            entry.remove();
        }
        inner.bytes -= bytes;
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Nothing under the lock can leave it half done, so a poisoned one is sound.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Checks what must always hold; for tests and fuzzing.
    ///
    /// # Panics
    /// Where table, slots and byte count contradict each other.
    #[doc(hidden)]
    pub fn validate(&self) {
        let mut holders = Vec::new();
        let inner = self.lock();
        assert_eq!(inner.by_content.len(), inner.slots.len());
        let mut alive_bytes = 0;
        for (token, slot) in &inner.slots {
            assert!(inner.by_content.find(slot.hash, |other| *other == token).is_some());
            if let Some(payload) = slot.payload.upgrade() {
                assert_eq!(payload.token, token);
                assert_eq!(payload.text.content_hash(), slot.hash);
                alive_bytes += payload.text.byte_len();
                holders.push(payload);
            }
        }
        // A payload whose last holder went a moment ago may still be counted.
        assert!(alive_bytes <= inner.bytes);
        drop(inner);
    }
}

impl Inner {
    fn find(
        &self,
        hash: u64,
        text: &Text,
        passed_over: &mut Vec<Arc<Payload>>,
    ) -> Option<Arc<Payload>> {
        for token in self.by_content.iter_hash(hash) {
            let slot = &self.slots[*token];
            if slot.hash != hash {
                continue;
            }
            if let Some(payload) = slot.payload.upgrade() {
                if payload.text == *text {
                    return Some(payload);
                }
                passed_over.push(payload);
            }
        }
        None
    }

    fn insert(&mut self, hash: u64, text: Text, store: &Arc<PayloadStore>) -> Arc<Payload> {
        self.bytes += text.byte_len();
        let vacant = self.slots.vacant_entry();
        let token = vacant.key();
        let payload = Arc::new(Payload { text, token, store: Arc::clone(store) });
        vacant.insert(Slot { hash, payload: Arc::downgrade(&payload) });
        let slots = &self.slots;
        self.by_content.insert_unique(hash, token, |token| slots[*token].hash);
        payload
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::thread;

    fn latin1(text: &str) -> Text {
        Text::Latin1(text.as_bytes().to_vec())
    }

    #[test]
    fn equal_payloads_are_one() {
        let store = PayloadStore::new();
        let first = store.intern(latin1("data:a"));
        let again = store.intern(latin1("data:a"));
        let other = store.intern(latin1("data:b"));
        assert!(Arc::ptr_eq(&first, &again));
        assert!(!Arc::ptr_eq(&first, &other));
        assert_eq!(store.stats(), Stats { payloads: 2, bytes: 12, hits: 1, misses: 2 });
        store.validate();
    }

    #[test]
    fn a_payload_goes_with_its_last_holder() {
        let store = PayloadStore::new();
        let first = store.intern(latin1("data:a"));
        let again = store.intern(latin1("data:a"));
        drop(first);
        assert_eq!(store.stats().bytes, 6);
        drop(again);
        assert_eq!(store.stats().payloads, 0);
        assert_eq!(store.stats().bytes, 0);
        store.validate();
    }

    #[test]
    fn narrow_and_wide_text_do_not_mix() {
        let store = PayloadStore::new();
        let narrow = store.intern(Text::Latin1(vec![1, 0]));
        let wide = store.intern(Text::Utf16(vec![1]));
        assert!(!Arc::ptr_eq(&narrow, &wide));
        assert_eq!(wide.text().byte_len(), 2);
    }

    #[test]
    fn wide_hashes_do_not_depend_on_the_chunking() {
        let units: Vec<u16> = (0..5000).map(|n| (n * 7) as u16).collect();
        let bytes: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        assert_eq!(hash_utf16(&units), xxh3_64(&bytes));
    }

    #[test]
    fn threads_intern_and_drop_at_once() {
        let store = PayloadStore::new();
        thread::scope(|scope| {
            for worker in 0..4 {
                let store = &store;
                scope.spawn(move || {
                    let mut held = Vec::new();
                    for round in 0..2000_usize {
                        held.push(
                            store.intern(latin1(&format!("data:{}", (round * 7 + worker) % 23))),
                        );
                        if round % 5 == 0 {
                            held.drain(..held.len() / 2);
                        }
                    }
                });
            }
        });
        assert_eq!(store.stats().payloads, 0);
        assert_eq!(store.stats().bytes, 0);
        store.validate();
    }

    proptest! {
        #[test]
        fn behaves_like_a_counted_map(steps in proptest::collection::vec((0_u8..12, any::<bool>()), 0..200)) {
            let store = PayloadStore::new();
            let mut held: Vec<(u8, Arc<Payload>)> = Vec::new();
            for (content, keep) in steps {
                if keep {
                    held.push((content, store.intern(Text::Latin1(vec![content; 3]))));
                } else if !held.is_empty() {
                    held.remove(usize::from(content) % held.len());
                }
                let mut distinct: Vec<u8> = held.iter().map(|(content, _)| *content).collect();
                distinct.sort_unstable();
                distinct.dedup();
                prop_assert_eq!(store.stats().payloads, distinct.len());
                prop_assert_eq!(store.stats().bytes, distinct.len() * 3);
                store.validate();
            }
        }
    }
}
