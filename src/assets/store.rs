//! Payload bytes, held once each for the whole process.
//!
//! The store knows payloads only weakly: a payload lives as long as somebody
//! holds its [`Arc`] (in Node, the external strings over it), and takes itself
//! off the store when the last holder goes. Overhead per payload: 72 bytes of
//! `Payload` and about 40 of hash table.
//!
//! Nobody can write to a payload: its characters are moved in, and only shared
//! references to them go out.
//!
//! The lock is private to this file and no function here calls out while it is
//! held. That matters twice: a JavaScript finalizer may run inside any
//! Node-API call, and dropping the last `Arc` takes the lock itself. The order
//! of threads is searched in `tests/store_interleavings.rs`.

use hashbrown::HashTable;
use xxhash_rust::xxh3::xxh3_64;

use super::sync::{Arc, AtomicU64, Mutex, MutexGuard, Ordering, PoisonError, Weak};

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

pub(super) fn hash_utf16(units: &[u16]) -> u64 {
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
    hash: u64,
    token: u64,
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
        self.store.forget(self.hash, self.token, self.text.byte_len());
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
    /// By content hash.
    slots: HashTable<Slot>,
    last_token: u64,
    bytes: usize,
}

#[derive(Debug)]
struct Slot {
    hash: u64,
    token: u64,
    payload: Weak<Payload>,
}

impl PayloadStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// The payload with these characters: the one the store has, or a new one.
    ///
    /// # Errors
    /// The characters themselves, where there is no memory to note them in.
    pub fn intern(self: &Arc<Self>, text: Text) -> Result<Arc<Payload>, Text> {
        let hash = text.content_hash();
        // Holders taken while looking must outlive the lock: the last of them
        // would drop its payload, and that locks again.
        let mut passed_over = Vec::new();
        let (payload, known) = {
            let mut inner = self.lock();
            match inner.find(hash, &text, &mut passed_over) {
                Ok(Some(payload)) => (payload, true),
                Ok(None) => (inner.insert(hash, text, self)?, false),
                Err(NoMemory) => return Err(text),
            }
        };
        drop(passed_over);
        let counter = if known { &self.hits } else { &self.misses };
        counter.fetch_add(1, Ordering::Relaxed);
        Ok(payload)
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

    fn forget(&self, hash: u64, token: u64, bytes: usize) {
        let mut inner = self.lock();
        if let Ok(entry) = inner.slots.find_entry(hash, |slot| slot.token == token) {
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
        let mut alive_bytes = 0;
        for slot in &inner.slots {
            if let Some(payload) = slot.payload.upgrade() {
                assert_eq!((payload.hash, payload.token), (slot.hash, slot.token));
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

struct NoMemory;

impl Inner {
    fn find(
        &self,
        hash: u64,
        text: &Text,
        passed_over: &mut Vec<Arc<Payload>>,
    ) -> Result<Option<Arc<Payload>>, NoMemory> {
        for slot in self.slots.iter_hash(hash) {
            if slot.hash != hash {
                continue;
            }
            // Before there is a holder, which could not be dropped here.
            passed_over.try_reserve(1).map_err(|_| NoMemory)?;
            if let Some(payload) = slot.payload.upgrade() {
                if payload.text == *text {
                    return Ok(Some(payload));
                }
                passed_over.push(payload);
            }
        }
        Ok(None)
    }

    fn insert(
        &mut self,
        hash: u64,
        text: Text,
        store: &Arc<PayloadStore>,
    ) -> Result<Arc<Payload>, Text> {
        if self.slots.try_reserve(1, |slot| slot.hash).is_err() {
            return Err(text);
        }
        self.bytes += text.byte_len();
        self.last_token += 1;
        let token = self.last_token;
        let payload = Arc::new(Payload { text, hash, token, store: Arc::clone(store) });
        let slot = Slot { hash, token, payload: Arc::downgrade(&payload) };
        self.slots.insert_unique(hash, slot, |slot| slot.hash);
        Ok(payload)
    }
}
