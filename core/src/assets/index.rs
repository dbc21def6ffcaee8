//! Which asset of a render's history carries a payload.
//!
//! A map of tokens over a list of entries, keyed by fingerprint (length and a
//! hash of sampled characters). A fingerprint only narrows the search: the
//! caller confirms every position by comparing the strings themselves.
//!
//! Payloads that differ only where nothing was sampled share a fingerprint.
//! The first of them is told apart by comparing; every later one is found by a
//! hash of its whole content, so a crowd costs one comparison, one pass over
//! the new payload and one look-up, however many its members are.
//!
//! Overhead per payload: 32 bytes of entry and about 7 of hash table.

use hashbrown::HashTable;

/// What can be said of a payload without reading all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint {
    /// Length in UTF-16 units.
    pub length: u32,
    /// Hash of sampled characters.
    pub sample: u32,
}

impl Fingerprint {
    fn hash(self) -> u64 {
        // The sample is mixed already; the multiplication spreads the length
        // over the high bits, where the table takes its tags from.
        (u64::from(self.length) ^ (u64::from(self.sample) << 32))
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }
}

/// The next place to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Candidate {
    /// Compare with the asset at this position.
    At(u32),
    /// Several share the fingerprint: ask again with the content's hash.
    Crowded,
    /// No asset has this payload.
    None,
}

/// [`Candidate::None`] where the answer is a number.
pub const NONE: i32 = -1;
/// [`Candidate::Crowded`] where the answer is a number.
pub const CROWDED: i32 = -2;

impl Candidate {
    /// A position, [`NONE`] or [`CROWDED`].
    #[must_use]
    pub fn number(self) -> i32 {
        match self {
            Self::At(position) => i32::try_from(position).unwrap_or(NONE),
            Self::Crowded => CROWDED,
            Self::None => NONE,
        }
    }
}

impl From<Option<u32>> for Candidate {
    fn from(position: Option<u32>) -> Self {
        position.map_or(Self::None, Self::At)
    }
}

/// There is no memory for one more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoMemory;

/// Why a payload was not noted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InsertError<E> {
    /// There is no memory for one more.
    NoMemory,
    /// The content could not be hashed.
    Content(E),
}

impl<E> From<NoMemory> for InsertError<E> {
    fn from(_: NoMemory) -> Self {
        Self::NoMemory
    }
}

#[derive(Debug)]
struct Entry {
    fingerprint: Fingerprint,
    /// `None` for the first payload with its fingerprint.
    content: Option<u64>,
    position: u32,
    /// Whether later payloads have the fingerprint of this first one.
    crowded: bool,
}

impl Entry {
    fn hash(&self) -> u64 {
        hash_of(self.fingerprint, self.content)
    }
}

/// Where the table has a fingerprint's first payload, or those of its crowd
/// whose content hash is `content`.
fn hash_of(fingerprint: Fingerprint, content: Option<u64>) -> u64 {
    fingerprint.hash() ^ content.map_or(0, |content| content.rotate_left(1) | 1)
}

/// Positions of the first asset with each payload, by fingerprint.
#[derive(Debug, Default)]
pub struct PayloadIndex {
    tokens: HashTable<u32>,
    entries: Vec<Entry>,
}

impl PayloadIndex {
    /// An index of nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The first candidate behind position `after` (`None` to begin).
    #[must_use]
    pub fn next(&self, fingerprint: Fingerprint, after: Option<u32>) -> Candidate {
        match self.with(fingerprint, None).next() {
            Some(first) if after.is_none_or(|after| first.position > after) => {
                Candidate::At(first.position)
            }
            Some(first) if first.crowded => Candidate::Crowded,
            _ => Candidate::None,
        }
    }

    /// The crowd's next member with this content hash behind position `after`
    /// (`None` to begin).
    #[must_use]
    pub fn by_content(
        &self,
        fingerprint: Fingerprint,
        content: u64,
        after: Option<u32>,
    ) -> Option<u32> {
        self.with(fingerprint, Some(content))
            .map(|entry| entry.position)
            .filter(|position| after.is_none_or(|after| *position > after))
            .min()
    }

    /// Notes the asset at `position` where no other shares its fingerprint;
    /// says whether it did.
    ///
    /// # Errors
    /// Where there is no memory; nothing is noted then.
    pub fn insert_alone(
        &mut self,
        fingerprint: Fingerprint,
        position: u32,
    ) -> Result<bool, NoMemory> {
        let alone = self.with(fingerprint, None).next().is_none();
        if alone {
            self.push(fingerprint, None, position)?;
        }
        Ok(alone)
    }

    /// Notes that the asset at `position` is the first with its payload.
    /// `content` is called only where another has the fingerprint.
    ///
    /// # Errors
    /// [`InsertError`]; nothing is noted then.
    pub fn insert<E>(
        &mut self,
        fingerprint: Fingerprint,
        position: u32,
        content: impl FnOnce() -> Result<u64, E>,
    ) -> Result<(), InsertError<E>> {
        if self.insert_alone(fingerprint, position)? {
            return Ok(());
        }
        self.push(fingerprint, Some(content().map_err(InsertError::Content)?), position)?;
        let entries = &mut self.entries;
        let first = self.tokens.find(fingerprint.hash(), |token| {
            let entry = &entries[*token as usize];
            entry.content.is_none() && entry.fingerprint == fingerprint
        });
        if let Some(&token) = first {
            entries[token as usize].crowded = true;
        }
        Ok(())
    }

    fn push(
        &mut self,
        fingerprint: Fingerprint,
        content: Option<u64>,
        position: u32,
    ) -> Result<(), NoMemory> {
        self.entries.try_reserve(1).map_err(|_| NoMemory)?;
        let entries = &self.entries;
        self.tokens
            .try_reserve(1, |token| entries[*token as usize].hash())
            .map_err(|_| NoMemory)?;
        #[allow(clippy::cast_possible_truncation, reason = "positions are u32, so entries are too")]
        let token = self.entries.len() as u32;
        self.entries.push(Entry { fingerprint, content, position, crowded: false });
        let entries = &self.entries;
        self.tokens.insert_unique(hash_of(fingerprint, content), token, |token| {
            entries[*token as usize].hash()
        });
        Ok(())
    }

    /// Number of distinct payloads.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing was noted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Checks what must always hold; for tests and fuzzing.
    ///
    /// # Panics
    /// Where table and entries contradict each other.
    #[doc(hidden)]
    pub fn validate(&self) {
        assert_eq!(self.tokens.len(), self.entries.len());
        for (token, entry) in self.entries.iter().enumerate() {
            assert!(self.tokens.find(entry.hash(), |other| *other as usize == token).is_some());
            let first: Vec<_> = self.with(entry.fingerprint, None).collect();
            assert_eq!(first.len(), 1, "one is the first with its fingerprint");
            if entry.content.is_some() {
                assert!(first[0].crowded, "the crowd is known of");
                assert!(first[0].position < entry.position);
            }
        }
    }

    fn with(&self, fingerprint: Fingerprint, content: Option<u64>) -> impl Iterator<Item = &Entry> {
        self.tokens
            .iter_hash(hash_of(fingerprint, content))
            .map(|token| &self.entries[*token as usize])
            .filter(move |entry| entry.fingerprint == fingerprint && entry.content == content)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fingerprint(sample: u32) -> Fingerprint {
        Fingerprint { length: 500, sample }
    }

    fn insert(index: &mut PayloadIndex, sample: u32, position: u32, content: u64) {
        index.insert(fingerprint(sample), position, || Ok::<_, NoMemory>(content)).unwrap();
    }

    #[test]
    fn one_payload_one_candidate() {
        let mut index = PayloadIndex::new();
        insert(&mut index, 1, 7, 0);
        assert_eq!(index.next(fingerprint(1), None), Candidate::At(7));
        assert_eq!(index.next(fingerprint(1), Some(7)), Candidate::None);
        assert_eq!(index.next(fingerprint(2), None), Candidate::None);
    }

    #[test]
    fn a_crowd_is_searched_by_content() {
        let mut index = PayloadIndex::new();
        for position in 0..10 {
            insert(&mut index, 1, position, u64::from(position) + 100);
        }
        assert_eq!(index.next(fingerprint(1), None), Candidate::At(0));
        assert_eq!(index.next(fingerprint(1), Some(0)), Candidate::Crowded);
        assert_eq!(index.by_content(fingerprint(1), 105, None), Some(5));
        assert_eq!(index.by_content(fingerprint(1), 105, Some(5)), None);
        // The first member has no content hash: it was compared already.
        assert_eq!(index.by_content(fingerprint(1), 100, None), None);
        index.validate();
    }

    #[test]
    fn equal_content_hashes_are_offered_one_after_the_other() {
        let mut index = PayloadIndex::new();
        for position in 0..4 {
            insert(&mut index, 1, position, 7);
        }
        assert_eq!(index.by_content(fingerprint(1), 7, None), Some(1));
        assert_eq!(index.by_content(fingerprint(1), 7, Some(1)), Some(2));
        assert_eq!(index.by_content(fingerprint(1), 7, Some(3)), None);
    }

    #[test]
    fn content_is_not_hashed_without_a_crowd() {
        let mut index = PayloadIndex::new();
        index.insert(fingerprint(1), 0, || -> Result<u64, NoMemory> { Err(NoMemory) }).unwrap();
        index.insert(fingerprint(2), 1, || -> Result<u64, NoMemory> { Err(NoMemory) }).unwrap();
        assert!(index.insert(fingerprint(1), 2, || Err(NoMemory)).is_err());
        assert!(!index.insert_alone(fingerprint(1), 2).unwrap());
        assert_eq!(index.len(), 2);
        assert!(index.insert_alone(fingerprint(3), 2).unwrap());
        assert_eq!(index.next(fingerprint(3), None), Candidate::At(2));
        index.validate();
    }

    proptest! {
        #[test]
        fn every_payload_is_found_again(samples in proptest::collection::vec(0_u32..6, 1..120)) {
            let mut index = PayloadIndex::new();
            for (position, sample) in samples.iter().enumerate() {
                insert(&mut index, *sample, position as u32, position as u64);
            }
            for (position, sample) in samples.iter().enumerate() {
                let mut after = None;
                let found = loop {
                    match index.next(fingerprint(*sample), after) {
                        Candidate::At(at) if at == position as u32 => break true,
                        Candidate::At(at) => after = Some(at),
                        Candidate::Crowded => {
                            break index.by_content(fingerprint(*sample), position as u64, None)
                                == Some(position as u32)
                        }
                        Candidate::None => break false,
                    }
                };
                prop_assert!(found);
            }
        }
    }
}
