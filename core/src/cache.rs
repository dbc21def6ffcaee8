//! Which entries of a cache with a budget in bytes have to go.
//!
//! The values are elsewhere, with whoever reads them: here each has a number, a
//! weight and a place in the order. The order is the crate `lru`'s; here are
//! the budget and the statistics. An entry costs about 60 bytes.

use lru::LruCache;

/// Names one value. The caller chooses it, and never uses one again.
pub type Token = u64;

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
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stored {
    /// It is in the cache, and these had to go for it.
    Yes(Vec<Token>),
    /// It is larger than the budget. What it was to replace is gone.
    TooLarge,
    /// The cache was closed.
    Closed,
    /// There is no memory for its entry. Nothing has changed.
    NoMemory,
}

/// [`Stored::TooLarge`] where the answer is a number.
pub const TOO_LARGE: i32 = -1;
/// [`Stored::Closed`] where the answer is a number.
pub const CLOSED: i32 = -2;
/// [`Stored::NoMemory`] where the answer is a number.
pub const NO_MEMORY: i32 = -3;
/// [`Stored::Yes`] where the answer is a number, because nothing had to go.
pub const STORED: i32 = 0;

impl Stored {
    /// Which of these it is.
    #[must_use]
    pub fn number(&self) -> i32 {
        match self {
            Self::Yes(_) => STORED,
            Self::TooLarge => TOO_LARGE,
            Self::Closed => CLOSED,
            Self::NoMemory => NO_MEMORY,
        }
    }
}

/// The order, the weights and the books.
#[derive(Debug)]
pub struct Cache {
    entries: LruCache<Token, usize>,
    budget: usize,
    stats: Stats,
    closed: bool,
}

impl Cache {
    /// An empty cache that holds at most `budget` bytes.
    #[must_use]
    pub fn new(budget: usize) -> Self {
        Self { entries: LruCache::unbounded(), budget, stats: Stats::default(), closed: false }
    }

    /// Bytes it may hold.
    #[must_use]
    pub fn budget(&self) -> usize {
        self.budget
    }

    /// Stores `token`, of `weight` bytes, as the most recently used, in place
    /// of `replaced`.
    pub fn set(&mut self, token: Token, weight: usize, replaced: Option<Token>) -> Stored {
        if self.closed {
            return Stored::Closed;
        }
        if weight > self.budget {
            self.stats.refusals += 1;
            if let Some(replaced) = replaced {
                self.delete(replaced);
            }
            return Stored::TooLarge;
        }
        // All memory first, so that nothing is half done where there is none.
        let mut leaving = Vec::new();
        let count = self.count_leaving(weight, replaced);
        if leaving.try_reserve_exact(count).is_err() || !self.can_grow() {
            return Stored::NoMemory;
        }
        if let Some(replaced) = replaced {
            self.delete(replaced);
        }
        for _ in 0..count {
            let Some((evicted, weight)) = self.entries.pop_lru() else { break };
            self.forget(weight);
            self.stats.evictions += 1;
            leaving.push(evicted);
        }
        self.entries.put(token, weight);
        self.stats.size += weight;
        self.stats.count += 1;
        Stored::Yes(leaving)
    }

    /// How many of the oldest entries have to go for `weight` more bytes.
    fn count_leaving(&self, weight: usize, replaced: Option<Token>) -> usize {
        let freed = replaced.and_then(|token| self.entries.peek(&token)).copied().unwrap_or(0);
        let room = self.budget - weight;
        let mut size = self.stats.size - freed;
        self.entries
            .iter()
            .rev()
            .filter(|(token, _)| Some(**token) != replaced)
            .take_while(|(_, weight)| {
                let goes = size > room;
                size -= if goes { **weight } else { 0 };
                goes
            })
            .count()
    }

    /// Whether there is memory for one more entry. The map can't be asked to
    /// try; where it is about to double, the same amount is asked for and given
    /// back.
    fn can_grow(&self) -> bool {
        // More than a slot and a node take, per entry and all told.
        const BYTES: usize = 64;
        let count = self.entries.len();
        // hashbrown doubles at 7/8 of a power of two.
        let doubles = count < 8 || (count.is_multiple_of(7) && (count / 7).is_power_of_two());
        let more = if doubles { 4 * (count + 1) } else { 1 };
        Vec::<u8>::new().try_reserve_exact(more * BYTES).is_ok()
    }

    /// Notes a read of `token`, which becomes the most recently used; whether
    /// it was there.
    pub fn touch(&mut self, token: Token) -> bool {
        let hit = self.entries.promote(&token);
        *(if hit { &mut self.stats.hits } else { &mut self.stats.misses }) += 1;
        hit
    }

    /// Notes a read of what is not there.
    pub fn miss(&mut self) {
        self.stats.misses += 1;
    }

    /// Removes `token`; whether it was there.
    pub fn delete(&mut self, token: Token) -> bool {
        let weight = self.entries.pop(&token);
        weight.map(|weight| self.forget(weight)).is_some()
    }

    /// Removes everything.
    pub fn clear(&mut self) {
        self.entries = LruCache::unbounded();
        self.stats.size = 0;
        self.stats.count = 0;
    }

    /// Removes everything and accepts nothing more.
    pub fn close(&mut self) {
        self.closed = true;
        self.clear();
    }

    /// What it holds and what became of requests.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.stats
    }

    fn forget(&mut self, weight: usize) {
        self.stats.size -= weight;
        self.stats.count -= 1;
    }

    /// Checks that the books are in order; for tests and fuzzing.
    ///
    /// # Panics
    /// Where they are not.
    #[doc(hidden)]
    pub fn validate(&self) {
        let size: usize = self.entries.iter().map(|(_, weight)| weight).sum();
        assert_eq!(self.stats.size, size, "size");
        assert_eq!(self.stats.count, self.entries.len(), "count");
        assert!(size <= self.budget, "{size} bytes are over the budget of {}", self.budget);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn gives_up_what_was_used_least_lately() {
        let mut cache = Cache::new(10);
        assert_eq!(cache.set(1, 4, None), Stored::Yes(vec![]));
        assert_eq!(cache.set(2, 4, None), Stored::Yes(vec![]));
        assert!(cache.touch(1));
        assert_eq!(cache.set(3, 4, None), Stored::Yes(vec![2]));
        assert!(!cache.touch(2));
        assert!(cache.touch(3));
        cache.miss();
        assert_eq!(
            cache.stats(),
            Stats { count: 2, size: 8, hits: 2, misses: 2, evictions: 1, refusals: 0 }
        );
    }

    #[test]
    fn what_is_replaced_is_no_eviction_and_makes_room() {
        let mut cache = Cache::new(10);
        cache.set(1, 4, None);
        cache.set(2, 6, None);
        assert_eq!(cache.set(3, 6, Some(2)), Stored::Yes(vec![]));
        // The oldest is the one that is replaced: the next one goes.
        assert_eq!(cache.set(4, 5, Some(1)), Stored::Yes(vec![3]));
        assert_eq!((cache.stats().count, cache.stats().evictions), (1, 1));
        cache.validate();
    }

    #[test]
    fn refuses_what_can_never_fit_and_forgets_the_old_value() {
        let mut cache = Cache::new(10);
        cache.set(1, 4, None);
        cache.set(2, 4, None);
        assert_eq!(cache.set(3, 11, Some(1)), Stored::TooLarge);
        assert!(!cache.touch(1), "a stale value would be worse than none");
        assert!(cache.touch(2), "nothing is evicted for what is not stored");
        assert_eq!(cache.set(4, 10, None), Stored::Yes(vec![2]));
    }

    #[test]
    fn closed_means_empty_for_good() {
        let mut cache = Cache::new(10);
        cache.set(1, 1, None);
        cache.close();
        assert_eq!(cache.set(2, 1, None), Stored::Closed);
        assert_eq!(cache.set(3, 11, None), Stored::Closed);
        assert_eq!((cache.stats().count, cache.stats().size), (0, 0));
    }

    #[test]
    fn many_entries_grow_the_map_past_every_doubling() {
        let mut cache = Cache::new(usize::MAX);
        for token in 1..3000 {
            assert_eq!(cache.set(token, 1, None), Stored::Yes(vec![]));
        }
        cache.validate();
        assert_eq!(cache.stats().count, 2999);
    }

    #[derive(Debug, Clone)]
    enum Step {
        Set(u8, usize),
        Get(u8),
        Delete(u8),
        Clear,
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            8 => (0..6_u8, 0..40_usize).prop_map(|(key, len)| Step::Set(key, len)),
            6 => (0..6_u8).prop_map(Step::Get),
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
            let mut cache = Cache::new(budget);
            // (name, token, weight), oldest first.
            let mut list: Vec<(u8, Token, usize)> = Vec::new();
            let mut token = 0;
            for step in steps {
                match step {
                    Step::Set(name, weight) => {
                        token += 1;
                        let known = list.iter().position(|(known, ..)| *known == name);
                        let replaced = known.map(|at| list.remove(at).1);
                        let stored = cache.set(token, weight, replaced);
                        if weight > budget {
                            prop_assert_eq!(stored, Stored::TooLarge);
                            continue;
                        }
                        list.push((name, token, weight));
                        let mut gone = Vec::new();
                        while list.iter().map(|(.., weight)| weight).sum::<usize>() > budget {
                            gone.push(list.remove(0).1);
                        }
                        prop_assert_eq!(stored, Stored::Yes(gone));
                    }
                    Step::Get(name) => {
                        if let Some(at) = list.iter().position(|(known, ..)| *known == name) {
                            let entry = list.remove(at);
                            prop_assert!(cache.touch(entry.1));
                            list.push(entry);
                        }
                    }
                    Step::Delete(name) => {
                        if let Some(at) = list.iter().position(|(known, ..)| *known == name) {
                            let (_, token, _) = list.remove(at);
                            prop_assert!(cache.delete(token));
                            prop_assert!(!cache.delete(token));
                        }
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
