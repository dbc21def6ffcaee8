//! Looks of the last minutes, and what they found while something ran.

use std::collections::VecDeque;

use super::view::{LOOK_OFTEN, Look};

/// Milliseconds for which a look is kept.
pub const KEPT_FOR: u64 = 5 * 60_000;

/// More are never kept: the oldest go. As many as are taken in [`KEPT_FOR`]
/// while memory is short.
pub const MOST_KEPT: usize = 3000;

/// Looks that are nearer to each other, in milliseconds, are kept as one, that
/// which found least: several governors may look, and each end of a frame does.
pub const APART: u64 = LOOK_OFTEN;

/// What was found from a begin to an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    /// How many looks there were.
    pub looks: u64,
    /// The most that was in use: see [`Look::used`].
    pub peak: u64,
    /// The limit at that time.
    pub limit: u64,
    /// Whether something limited it then beside the machine's memory.
    pub contained: bool,
    /// Processes that the kernel killed.
    pub oom_kills: u64,
}

#[derive(Debug)]
struct Open {
    id: u32,
    span: Span,
    oom_kills_before: u64,
}

/// Takes looks from whoever takes them.
#[derive(Debug, Default)]
pub struct Timeline {
    looks: VecDeque<Look>,
    open: Vec<Open>,
    next: u32,
}

impl Timeline {
    /// An empty one.
    #[must_use]
    pub const fn new() -> Self {
        Self { looks: VecDeque::new(), open: Vec::new(), next: 0 }
    }

    /// Notes a look.
    pub fn note(&mut self, look: Look) {
        for Open { span, oom_kills_before, .. } in &mut self.open {
            if span.looks == 0 {
                *oom_kills_before = look.oom_kills;
            }
            if span.looks == 0 || look.used() > span.peak {
                (span.peak, span.limit) = (look.used(), look.limit);
                span.contained = look.contained;
            }
            span.oom_kills = span.oom_kills.max(look.oom_kills.saturating_sub(*oom_kills_before));
            span.looks += 1;
        }
        match self.looks.back_mut() {
            Some(last) if look.at.saturating_sub(last.at) < APART => merge(last, look),
            _ => self.looks.push_back(look),
        }
        let since = look.at.saturating_sub(KEPT_FOR);
        while self.looks.len() > MOST_KEPT
            || self.looks.front().is_some_and(|first| first.at < since)
        {
            self.looks.pop_front();
        }
    }

    /// What was kept, the oldest first.
    pub fn looks(&self) -> impl Iterator<Item = &Look> {
        self.looks.iter()
    }

    /// Notes what looks find from now on; under which number.
    pub fn begin(&mut self) -> u32 {
        let id = self.next;
        self.next = self.next.wrapping_add(1);
        self.open.push(Open { id, span: Span::default(), oom_kills_before: 0 });
        id
    }

    /// What looks have found since [`Self::begin`].
    pub fn end(&mut self, id: u32) -> Option<Span> {
        let at = self.open.iter().position(|open| open.id == id)?;
        Some(self.open.swap_remove(at).span)
    }
}

fn merge(kept: &mut Look, look: Look) {
    let (limit_hits, oom_kills) =
        (kept.limit_hits.max(look.limit_hits), kept.oom_kills.max(look.oom_kills));
    let at = kept.at;
    let least = if look.available < kept.available { look } else { *kept };
    *kept = Look { at, limit_hits, oom_kills, ..least };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(at: u64, available: u64) -> Look {
        Look { at, available, limit: 1000, contained: true, ..Look::default() }
    }

    fn kept(timeline: &Timeline) -> Vec<(u64, u64)> {
        timeline.looks().map(|look| (look.at, look.available)).collect()
    }

    #[test]
    fn looks_near_each_other_are_kept_as_the_one_that_found_least() {
        let mut timeline = Timeline::new();
        for (at, available) in [(1000, 500), (1050, 300), (1099, 400), (1100, 600), (900, 200)] {
            timeline.note(look(at, available));
        }
        assert_eq!(kept(&timeline), [(1000, 300), (1100, 200)]);
        timeline.note(Look { oom_kills: 2, limit_hits: 9, ..look(1150, 700) });
        let last = timeline.looks().last().unwrap();
        assert_eq!((last.oom_kills, last.limit_hits, last.available), (2, 9, 200));
    }

    #[test]
    fn what_is_kept_is_bounded_in_time_and_number() {
        let mut timeline = Timeline::new();
        for i in 0..10_000 {
            timeline.note(look(i * 100, i));
            assert!(timeline.looks.len() <= MOST_KEPT);
        }
        assert_eq!(kept(&timeline).last(), Some(&(999_900, 9999)));
        timeline.note(look(999_900 + KEPT_FOR, 1));
        assert_eq!(kept(&timeline), [(999_900, 9999), (999_900 + KEPT_FOR, 1)]);
        timeline.note(look(u64::MAX, 2));
        timeline.note(look(u64::MAX, 1));
        assert_eq!(kept(&timeline), [(u64::MAX, 1)]);
    }

    #[test]
    fn each_span_has_its_own_peak() {
        let mut timeline = Timeline::new();
        timeline.note(look(0, 10));
        let first = timeline.begin();
        timeline.note(Look { oom_kills: 7, ..look(1, 400) });
        let second = timeline.begin();
        timeline.note(Look { oom_kills: 8, ..look(2, 700) });
        let expected = Span { looks: 2, peak: 600, limit: 1000, contained: true, oom_kills: 1 };
        assert_eq!(timeline.end(first), Some(expected));
        timeline.note(Look { oom_kills: 8, limit: 50, ..look(3, 700) });
        let expected = Span { looks: 2, peak: 300, limit: 1000, contained: true, oom_kills: 0 };
        assert_eq!(timeline.end(second), Some(expected));
        assert_eq!((timeline.end(second), timeline.end(9)), (None, None));
        let unseen = timeline.begin();
        assert_eq!(timeline.end(unseen), Some(Span::default()));
    }
}
