//! A measure that gives memory back, and how often it is worth taking.

/// A measure that was begun and not ended is over after this many
/// milliseconds: a browser that hangs answers nothing.
const LOST_AFTER: u64 = 10_000;

/// When a measure is taken again: after a pause, which doubles each time it
/// gained little.
#[derive(Debug, Clone)]
pub(super) struct Relief {
    shortest: u64,
    longest: u64,
    /// Bytes below which it gained little.
    little: u64,
    pause: u64,
    due: u64,
    /// When it was begun, and what was available then.
    begun: Option<(u64, u64)>,
}

impl Relief {
    /// Pauses in milliseconds, and the bytes below which it gained little.
    pub(super) fn new(shortest: u64, longest: u64, little: u64) -> Self {
        Self { shortest, longest, little, pause: shortest, due: 0, begun: None }
    }

    pub(super) fn is_due(&self, now: u64) -> bool {
        now >= self.due && self.begun.is_none_or(|(at, _)| now.saturating_sub(at) >= LOST_AFTER)
    }

    pub(super) fn is_under_way(&self, now: u64) -> bool {
        self.begun.is_some_and(|(at, _)| now.saturating_sub(at) < LOST_AFTER)
    }

    /// Whether it gained little the last time.
    pub(super) fn is_spent(&self) -> bool {
        self.pause > self.shortest
    }

    pub(super) fn begin(&mut self, now: u64, available: u64) {
        self.begun = Some((now, available));
    }

    /// What it gained, in bytes.
    pub(super) fn end(&mut self, now: u64, available: u64) -> u64 {
        let before = self.begun.take().map_or(available, |(_, before)| before);
        let gained = available.saturating_sub(before);
        self.pause = if gained < self.little {
            self.pause.saturating_mul(2).min(self.longest)
        } else {
            self.shortest
        };
        self.due = now.saturating_add(self.pause);
        gained
    }

    /// What it works on is new: the next time may gain as much as the first.
    pub(super) fn start_over(&mut self) {
        self.pause = self.shortest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_grows_where_little_was_gained() {
        let mut relief = Relief::new(500, 4000, 16);
        assert!(relief.is_due(0));
        let mut now = 0;
        for pause in [1000, 2000, 4000, 4000] {
            relief.begin(now, 100);
            assert!(!relief.is_due(now) && relief.is_under_way(now));
            assert_eq!(relief.end(now, 110), 10);
            assert!(relief.is_spent() && !relief.is_due(now + pause - 1));
            now += pause;
            assert!(relief.is_due(now));
        }
        relief.begin(now, 100);
        assert_eq!(relief.end(now, 116), 16);
        assert!(!relief.is_spent() && relief.is_due(now + 500));
    }

    #[test]
    fn less_afterwards_is_no_gain() {
        let mut relief = Relief::new(500, 4000, 16);
        relief.begin(0, 100);
        assert_eq!(relief.end(0, 50), 0);
    }

    #[test]
    fn one_that_never_ends_is_given_up() {
        let mut relief = Relief::new(500, 4000, 16);
        relief.begin(0, 100);
        assert!(!relief.is_due(LOST_AFTER - 1));
        assert!(relief.is_due(LOST_AFTER) && !relief.is_under_way(LOST_AFTER));
    }
}
