//! What looks at memory say: how much is left, where that is going, and how
//! near that is to the kernel's limit.

const MIB: u64 = 1 << 20;

/// The least that is kept free, whatever the limit: a tab takes as much between
/// two looks (a frame that allocates 120 MiB does it in less than 100 ms).
pub const LEAST_RESERVE: u64 = 96 * MIB;

/// The reserve is this part of the limit.
pub const RESERVE_SHARE: u64 = 8;

/// More than this no tab was seen to take at once, so a large machine keeps no
/// more.
pub const MOST_RESERVE: u64 = 1024 * MIB;

/// Milliseconds over which a slope is taken: that between two looks a
/// millisecond apart says nothing ("650 MiB left, none soon").
pub const SLOPE_OVER: u64 = 200;

/// Milliseconds that are looked ahead: purging a tab takes up to 300.
pub const HORIZON: u64 = 500;

/// Milliseconds between looks while memory is short, and while it is not.
pub const LOOK_OFTEN: u64 = 100;
/// See [`LOOK_OFTEN`].
pub const LOOK_SELDOM: u64 = 1000;

/// One look at memory. All figures but the first in bytes or plain counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Look {
    /// Milliseconds of any clock that only goes forward.
    pub at: u64,
    /// What can still be used.
    pub available: u64,
    /// The smallest of the machine's memory and the limits.
    pub limit: u64,
    /// Whether something limits it beside the machine's memory.
    pub contained: bool,
    /// How often a limit was hit, since its cgroup was made.
    pub limit_hits: u64,
    /// How many processes the kernel has killed, likewise.
    pub oom_kills: u64,
}

impl Look {
    /// What of the limit is in use, and can't be taken back.
    #[must_use]
    pub fn used(&self) -> u64 {
        self.limit.saturating_sub(self.available)
    }
}

/// How short memory is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Less than the reserve is left, or will be soon: fewer tabs.
    Critical,
    /// Less than twice the reserve: what can be given back is.
    Low,
    /// Less than three times the reserve: looked at often.
    Tight,
    /// Nothing is done.
    Ample,
}

impl Step {
    /// As JavaScript names it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::Low => "low",
            Self::Tight => "tight",
            Self::Ample => "ample",
        }
    }
}

/// What all looks so far say together.
#[derive(Debug, Clone, Default)]
pub struct View {
    reserve: Option<u64>,
    first: Option<Look>,
    last: Look,
    /// Where the slope is taken from.
    since: Look,
    /// Bytes a millisecond that go away.
    slope: f64,
    lowest: Option<u64>,
    looks: u64,
}

impl View {
    /// A view that keeps `reserve` bytes free, or what the limit suggests.
    #[must_use]
    pub fn new(reserve: Option<u64>) -> Self {
        Self { reserve, ..Self::default() }
    }

    /// Notes a look. One from before the last is left out.
    pub fn take(&mut self, look: Look) {
        if self.first.is_none() {
            self.first = Some(look);
            self.since = look;
        } else if look.at < self.last.at {
            return;
        }
        let passed = look.at - self.since.at;
        if passed >= SLOPE_OVER {
            let gone = self.since.available as f64 - look.available as f64;
            // What was before fades, so that one dip is no trend.
            self.slope = (0.5 * self.slope + 0.5 * gone / passed as f64).max(0.0);
            self.since = look;
        }
        self.last = look;
        self.lowest = Some(self.lowest.map_or(look.available, |lowest| lowest.min(look.available)));
        self.looks += 1;
    }

    /// The last look.
    #[must_use]
    pub fn last(&self) -> Look {
        self.last
    }

    /// Bytes that are to stay free.
    #[must_use]
    pub fn reserve(&self) -> u64 {
        self.reserve
            .unwrap_or_else(|| (self.last.limit / RESERVE_SHARE).clamp(LEAST_RESERVE, MOST_RESERVE))
    }

    /// Bytes that will be left in [`HORIZON`], if it goes on like this.
    #[must_use]
    pub fn ahead(&self) -> u64 {
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "positive, and what exceeds u64 becomes its maximum"
        )]
        let gone = (self.slope * HORIZON as f64) as u64;
        self.last.available.saturating_sub(gone)
    }

    /// How short memory is.
    #[must_use]
    pub fn step(&self) -> Step {
        let reserve = self.reserve();
        let ahead = self.ahead();
        if self.looks == 0 || ahead >= reserve.saturating_mul(3) {
            Step::Ample
        } else if ahead >= reserve.saturating_mul(2) {
            Step::Tight
        } else if ahead >= reserve {
            Step::Low
        } else {
            Step::Critical
        }
    }

    /// Milliseconds to the next look. Often also where a container leaves less
    /// than half of its limit: a page can take the rest within a second.
    #[must_use]
    pub fn next_look(&self) -> u64 {
        let near = self.last.contained && self.last.available < self.last.limit / 2;
        if self.step() < Step::Ample || near { LOOK_OFTEN } else { LOOK_SELDOM }
    }

    /// Times a limit was hit since the first look.
    #[must_use]
    pub fn limit_hits(&self) -> u64 {
        self.first.map_or(0, |first| self.last.limit_hits.saturating_sub(first.limit_hits))
    }

    /// Processes that the kernel has killed since the first look.
    #[must_use]
    pub fn oom_kills(&self) -> u64 {
        self.first.map_or(0, |first| self.last.oom_kills.saturating_sub(first.oom_kills))
    }

    /// The least that any look found.
    #[must_use]
    pub fn lowest(&self) -> Option<u64> {
        self.lowest
    }

    /// How many looks were taken.
    #[must_use]
    pub fn looks(&self) -> u64 {
        self.looks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(at: u64, mib: u64) -> Look {
        Look { at, available: mib * MIB, limit: 1000 * MIB, contained: true, ..Look::default() }
    }

    fn after(looks: &[(u64, u64)]) -> View {
        let mut view = View::new(None);
        for (at, mib) in looks {
            view.take(look(*at, *mib));
        }
        view
    }

    #[test]
    fn rule_reserve_is_an_eighth_of_the_limit_within_bounds() {
        let reserve = |limit| {
            let mut view = View::new(None);
            view.take(Look { limit, ..Look::default() });
            view.reserve()
        };
        assert_eq!(reserve(512 * MIB), LEAST_RESERVE);
        assert_eq!(reserve(1000 * MIB), 125 * MIB);
        assert_eq!(reserve(64 * 1024 * MIB), MOST_RESERVE);
        assert_eq!(View::new(Some(5)).reserve(), 5);
    }

    #[test]
    fn rule_steps_are_multiples_of_the_reserve() {
        for (mib, step) in [
            (375, Step::Ample),
            (374, Step::Tight),
            (250, Step::Tight),
            (249, Step::Low),
            (125, Step::Low),
            (124, Step::Critical),
            (0, Step::Critical),
        ] {
            assert_eq!(after(&[(0, mib)]).step(), step, "{mib} MiB left");
        }
        assert_eq!(View::new(None).step(), Step::Ample, "nothing is known yet");
    }

    #[test]
    fn two_looks_a_millisecond_apart_say_nothing_of_where_it_goes() {
        let view = after(&[(0, 650), (1, 600)]);
        assert_eq!(view.ahead(), 600 * MIB);
        assert_eq!(view.step(), Step::Ample);
    }

    #[test]
    fn what_goes_away_is_looked_ahead() {
        // 100 MiB in 200 ms; half of that rate counts at first.
        let view = after(&[(0, 650), (200, 550)]);
        assert_eq!(view.ahead(), 425 * MIB);
        // What comes back is no promise.
        assert_eq!(after(&[(0, 400), (200, 500)]).ahead(), 500 * MIB);
    }

    #[test]
    fn a_look_from_before_the_last_is_left_out() {
        let view = after(&[(500, 400), (300, 10)]);
        assert_eq!((view.last().at, view.looks(), view.lowest()), (500, 1, Some(400 * MIB)));
    }

    #[test]
    fn looks_are_frequent_where_that_matters() {
        assert_eq!(after(&[(0, 300)]).next_look(), LOOK_OFTEN);
        assert_eq!(after(&[(0, 490)]).next_look(), LOOK_OFTEN);
        assert_eq!(after(&[(0, 510)]).next_look(), LOOK_SELDOM);
        let mut host = View::new(None);
        host.take(Look { contained: false, ..look(0, 490) });
        assert_eq!(host.next_look(), LOOK_SELDOM);
    }

    #[test]
    fn hits_and_kills_count_from_the_first_look() {
        let mut view = View::new(None);
        view.take(Look { limit_hits: 7, oom_kills: 3, ..look(0, 500) });
        view.take(Look { limit_hits: 9, oom_kills: 4, ..look(1, 500) });
        assert_eq!((view.limit_hits(), view.oom_kills()), (2, 1));
        // A process that was moved to a new cgroup.
        view.take(Look { limit_hits: 0, oom_kills: 0, ..look(2, 500) });
        assert_eq!((view.limit_hits(), view.oom_kills()), (0, 0));
    }

    #[test]
    fn extremes_stay_numbers() {
        let mut view = View::new(Some(u64::MAX));
        view.take(Look { available: u64::MAX, limit: u64::MAX, ..Look::default() });
        view.take(Look { at: u64::MAX, available: 0, ..Look::default() });
        assert_eq!((view.step(), view.ahead()), (Step::Critical, 0));
    }
}
