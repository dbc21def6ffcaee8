//! What to do, and when: tabs, what tabs and compositor can give back, and what
//! becomes of a tab that the kernel has killed.
//!
//! Several renders of a process share one view and one policy: one of them at a
//! time steps back, and one at a time tries another tab.

use super::relief::Relief;
use super::view::{Look, Step, View};

const MIB: u64 = 1 << 20;

/// What a tab may take before one was measured: plain pages take 100 to 300
/// MiB, pages with media 400 to 600.
pub const UNKNOWN_TAB: u64 = 512 * MIB;

/// A tab that was let open and has not been measured counts for this many
/// milliseconds, in which its first frame ends or fails.
const PROMISED_FOR: u64 = 30_000;

/// A tab more is opened when this many hundredths of what one took are free
/// above the reserve.
const ROOM_PERCENT: u64 = 125;

/// The least that a tab is taken for: a browser's blank tab.
const LEAST_TAB: u64 = 64 * MIB;

/// Milliseconds from one step back to the next: a tab that was held back gives
/// its memory only when its frame ends.
const BETWEEN_LOWERING: u64 = 300;

/// Milliseconds after a step back in which no tab is added.
const HOLD_AFTER_LOWERING: u64 = 5000;

/// A tab that was added and is taken away again within so many milliseconds was
/// one too many: the next hold is twice as long, up to [`LONGEST_HOLD`].
const LASTING: u64 = 10_000;

/// See [`LASTING`].
const LONGEST_HOLD: u64 = 80_000;

/// Purging takes 50 to 300 ms; without gain its pause grows to 4 s.
const PURGE: (u64, u64, u64) = (500, 4000, 16 * MIB);

/// Emptying the compositor's cache takes milliseconds, and then each video is
/// decoded again from its last key frame: up to a second or two.
const FREE: (u64, u64, u64) = (5000, 60_000, 32 * MIB);

/// A new tab costs about a second, and may hold as much again at once.
const RECYCLE: (u64, u64, u64) = (2000, 120_000, 64 * MIB);

/// The same frame, alone, this often: it needs more than there is.
const KILLS_OF_A_FRAME: u32 = 3;

/// Kills in a row without a frame that ended: nothing gets on.
const KILLS_IN_A_ROW: u32 = 8;

/// The tabs of one render, as its pool sees them now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tabs {
    /// With a frame that is not captured yet.
    pub busy: usize,
    /// Open and without a frame.
    pub idle: usize,
    /// Frames that wait for a tab.
    pub waiting: usize,
}

/// Why the number of tabs changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Less than the reserve is left, or will be.
    Short,
    /// What one took fits once more.
    Room,
    /// The kernel has killed one.
    Killed,
}

impl Why {
    /// The action's code; see [`crate::words::governor_actions`].
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Short => "fewer-tabs",
            Self::Room => "more-tabs",
            Self::Killed => "fewer-tabs-after-kill",
        }
    }
}

/// A render's number of tabs has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// The render.
    pub render: u32,
    /// How many tabs might have had a frame until now.
    pub from: usize,
    /// How many may.
    pub to: usize,
    /// What for.
    pub why: Why,
    /// What a tab was seen to take, in bytes; 0 where that is not known.
    pub tab_bytes: u64,
}

/// What is to be done now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decision {
    /// Have the tabs give back what they can, then call [`Policy::purged`].
    pub purge: bool,
    /// Have the compositors empty their caches, then call [`Policy::freed`].
    pub free: bool,
    /// Close idle tabs beyond their render's number.
    pub park: bool,
    /// What has changed since the last decision.
    pub changes: Vec<Change>,
}

/// What is to become of a frame whose tab the kernel has killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Render it again.
    Again,
    /// It was alone, and killed as often as it is tried.
    TooLarge,
    /// Kill follows kill, and no frame ends.
    Hopeless,
}

impl Verdict {
    /// As JavaScript names it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Again => "again",
            Self::TooLarge => "too-large",
            Self::Hopeless => "hopeless",
        }
    }
}

/// What a tab more takes is being measured.
#[derive(Debug, Clone, Copy)]
struct Trial {
    /// The tab, where it is open already.
    tab: Option<usize>,
    /// How many were opened together.
    tabs: u64,
    from: u64,
    least: u64,
}

#[derive(Debug, Clone)]
struct Render {
    id: u32,
    most: usize,
    target: usize,
    now: Tabs,
    /// The most that a tab was seen to take.
    tab_bytes: u64,
    trial: Option<Trial>,
    kills_in_a_row: u32,
    /// The frame that was killed last while it was alone, and how often.
    alone: Option<(i64, u32)>,
}

/// See the module.
#[derive(Debug, Clone)]
pub struct Policy {
    view: View,
    renders: Vec<Render>,
    next: u32,
    /// Until when each tab counts that was let open and is not measured.
    promised: Vec<u64>,
    /// What was left when a render's first tab was asked for.
    before_tabs: u64,
    purge: Relief,
    free: Relief,
    recycle: Relief,
    /// The reserve is still gone after what purging gained.
    purged_too_little: bool,
    /// Whether a render's only tab was killed since the last decision.
    killed_alone: bool,
    lowered: Option<u64>,
    raised: Option<u64>,
    /// Milliseconds after a step back in which no tab is added.
    hold: u64,
    changes: Vec<Change>,
}

impl Policy {
    /// A policy that keeps `reserve` bytes free, or what the limit suggests.
    #[must_use]
    pub fn new(reserve: Option<u64>) -> Self {
        let relief = |(shortest, longest, little)| Relief::new(shortest, longest, little);
        Self {
            view: View::new(reserve),
            renders: Vec::new(),
            next: 1,
            promised: Vec::new(),
            before_tabs: 0,
            purge: relief(PURGE),
            free: relief(FREE),
            recycle: relief(RECYCLE),
            purged_too_little: false,
            killed_alone: false,
            lowered: None,
            raised: None,
            hold: HOLD_AFTER_LOWERING,
            changes: Vec::new(),
        }
    }

    /// What was seen so far.
    #[must_use]
    pub fn view(&self) -> &View {
        &self.view
    }

    /// Notes a look at memory. Whether somebody has to decide.
    pub fn look(&mut self, look: Look) -> bool {
        let kills = self.view.oom_kills();
        let step = self.view.step();
        self.view.take(look);
        let available = look.available;
        for trial in self.renders.iter_mut().filter_map(|render| render.trial.as_mut()) {
            trial.least = trial.least.min(available);
        }
        let now = self.view.step();
        self.purged_too_little &= now == Step::Critical;
        now <= Step::Low || now != step || self.view.oom_kills() != kills
    }

    /// Whether the tab `index` (from 0) of a render that begins may be opened at
    /// once. The first one always may.
    pub fn may_open(&mut self, index: usize) -> bool {
        let now = self.view.last().at;
        let available = self.view.last().available;
        self.promised.retain(|until| *until > now);
        let promised = self.promised.len() as u64;
        let needed = UNKNOWN_TAB.saturating_mul(promised + 1);
        let may = index == 0 || available.saturating_sub(self.view.reserve()) >= needed;
        if index == 0 {
            self.before_tabs = available;
        }
        if may {
            self.promised.push(now.saturating_add(PROMISED_FOR));
        }
        may
    }

    /// A render begins, with `open` of its `most` tabs.
    pub fn begin(&mut self, open: usize, most: usize) -> u32 {
        let id = self.next;
        self.next = self.next.wrapping_add(1).max(1);
        let (open, most) = (open.max(1), most.max(1));
        let available = self.view.last().available;
        self.renders.push(Render {
            id,
            most,
            target: open.min(most),
            now: Tabs { idle: open, ..Tabs::default() },
            tab_bytes: 0,
            // The first frame of the first tab tells what one takes.
            trial: Some(Trial {
                tab: Some(0),
                tabs: open as u64,
                from: self.before_tabs.max(available),
                least: available,
            }),
            kills_in_a_row: 0,
            alone: None,
        });
        id
    }

    /// A render is over.
    pub fn end(&mut self, id: u32) {
        self.renders.retain(|render| render.id != id);
        if self.renders.is_empty() {
            // What the next one's tabs take is not known yet.
            self.promised.clear();
            self.raised = None;
            self.hold = HOLD_AFTER_LOWERING;
        }
    }

    /// How many renders go on.
    #[must_use]
    pub fn renders(&self) -> usize {
        self.renders.len()
    }

    /// How many tabs of a render may have a frame.
    #[must_use]
    pub fn target(&self, id: u32) -> usize {
        self.renders
            .iter()
            .find(|render| render.id == id)
            .map_or(usize::MAX, |render| render.target)
    }

    /// What a render's tabs do now.
    pub fn tabs(&mut self, id: u32, tabs: Tabs) {
        if let Some(render) = self.renders.iter_mut().find(|render| render.id == id) {
            render.now = tabs;
        }
    }

    /// A tab was opened where there is room for one more.
    pub fn opened(&mut self, id: u32, tab: usize) {
        if let Some(render) = self.renders.iter_mut().find(|render| render.id == id)
            && let Some(trial @ Trial { tab: None, .. }) = render.trial.as_mut()
        {
            trial.tab = Some(tab);
        }
    }

    /// A frame has ended in `tab`. Whether that tab is to be closed, and another
    /// one opened in its place: what it holds only its end gives back. Then call
    /// [`Policy::recycled`].
    pub fn frame_ended(&mut self, id: u32, tab: usize) -> bool {
        let last = self.view.last();
        let step = self.view.step();
        // A purge that gains something each time may yet gain less than pages take.
        let spent = self.purge.is_spent() || self.purged_too_little;
        let due = self.recycle.is_due(last.at);
        let Some(at) = self.renders.iter().position(|render| render.id == id) else {
            return false;
        };
        let render = &mut self.renders[at];
        render.kills_in_a_row = 0;
        if render.trial.is_some_and(|trial| trial.tab == Some(tab)) {
            settle(render);
            self.promised.clear();
        }
        let waiting = render.now.waiting > 0;
        if waiting && step == Step::Critical && spent && due {
            self.recycle.begin(last.at, last.available);
            return true;
        }
        if waiting {
            self.raise(at);
        }
        false
    }

    /// One tab more for the render at `at`, where what one takes fits.
    fn raise(&mut self, at: usize) {
        let last = self.view.last();
        let held = self.lowered.is_some_and(|lowered| last.at.saturating_sub(lowered) < self.hold);
        let tried = self.renders.iter().any(|render| render.trial.is_some());
        // Where it gets scarce, what there is is not for another tab.
        if held || tried || self.view.step() < Step::Tight {
            return;
        }
        let free = self.view.ahead().saturating_sub(self.view.reserve());
        let render = &mut self.renders[at];
        if render.target >= render.most {
            return;
        }
        let needed = (render.tab_bytes / 100).saturating_mul(ROOM_PERCENT).max(LEAST_TAB);
        if free > needed {
            let available = last.available;
            render.trial = Some(Trial { tab: None, tabs: 1, from: available, least: available });
            let to = render.target + 1;
            self.raised = Some(last.at);
            self.change(at, to, Why::Room);
        }
    }

    fn change(&mut self, at: usize, to: usize, why: Why) {
        let render = &mut self.renders[at];
        let (id, from, tab_bytes) = (render.id, render.target, render.tab_bytes);
        if from != to {
            render.target = to;
            self.changes.push(Change { render: id, from, to, why, tab_bytes });
        }
    }

    /// The kernel has killed a tab of this render while it had `frame`.
    pub fn killed(&mut self, id: u32, frame: i64) -> Verdict {
        self.lowered = Some(self.view.last().at);
        let Some(at) = self.renders.iter().position(|render| render.id == id) else {
            return Verdict::Hopeless;
        };
        let render = &mut self.renders[at];
        settle(render);
        let alone = render.target == 1 && render.now.busy <= 1;
        render.kills_in_a_row += 1;
        if alone {
            let times = render.alone.filter(|(last, _)| *last == frame).map_or(0, |(_, n)| n) + 1;
            render.alone = Some((frame, times));
            if times >= KILLS_OF_A_FRAME {
                return Verdict::TooLarge;
            }
            // There is no tab fewer to have: what compositors hold is all that is left.
            self.killed_alone = true;
        }
        if render.kills_in_a_row >= KILLS_IN_A_ROW {
            return Verdict::Hopeless;
        }
        // No more than that from here on.
        render.most = render.target.saturating_sub(1).max(1);
        let to = render.most;
        self.change(at, to, Why::Killed);
        Verdict::Again
    }

    /// The tabs have given back what they can. The gain in bytes.
    pub fn purged(&mut self) -> u64 {
        let last = self.view.last();
        self.purged_too_little = self.view.step() == Step::Critical;
        self.purge.end(last.at, last.available)
    }

    /// The compositors have. The gain in bytes.
    pub fn freed(&mut self) -> u64 {
        let last = self.view.last();
        self.free.end(last.at, last.available)
    }

    /// A tab's place is free; another one is opened there. The gain in bytes.
    pub fn recycled(&mut self) -> u64 {
        let last = self.view.last();
        self.purge.start_over();
        self.recycle.end(last.at, last.available)
    }

    /// What is to be done now.
    pub fn decide(&mut self) -> Decision {
        let last = self.view.last();
        let step = self.view.step();
        let mut decision = Decision { park: step <= Step::Low, ..Decision::default() };
        if step <= Step::Low && !self.renders.is_empty() {
            if self.purge.is_due(last.at) {
                self.purge.begin(last.at, last.available);
                decision.purge = true;
            }
            if step == Step::Critical && self.free.is_due(last.at) {
                self.free.begin(last.at, last.available);
                decision.free = true;
            }
        }
        if std::mem::take(&mut self.killed_alone) && !self.free.is_under_way(last.at) {
            self.free.begin(last.at, last.available);
            decision.free = true;
        }
        if step == Step::Critical {
            self.lower();
        }
        decision.changes = std::mem::take(&mut self.changes);
        decision
    }

    /// One tab fewer, in the render that has most.
    fn lower(&mut self) {
        let now = self.view.last().at;
        let just = self.lowered.is_some_and(|at| now.saturating_sub(at) < BETWEEN_LOWERING);
        let widest = self
            .renders
            .iter()
            .enumerate()
            .filter(|(_, render)| render.target > 1)
            .max_by_key(|(_, render)| (render.target, render.id))
            .map(|(at, _)| at);
        let Some(at) = widest.filter(|_| !just) else {
            return;
        };
        self.lowered = Some(now);
        // Several steps back in a row follow one that was added.
        if let Some(raised) = self.raised.take() {
            let in_vain = now.saturating_sub(raised) < LASTING;
            self.hold =
                if in_vain { (2 * self.hold).min(LONGEST_HOLD) } else { HOLD_AFTER_LOWERING };
        }
        let render = &mut self.renders[at];
        // What was learned counts, too.
        settle(render);
        let to = render.target.min(render.now.busy.max(1)).saturating_sub(1).max(1);
        self.change(at, to, Why::Short);
    }

    /// Whether tabs are being purged or compositors emptied.
    #[must_use]
    pub fn is_relieving(&self) -> bool {
        let now = self.view.last().at;
        self.purge.is_under_way(now) || self.free.is_under_way(now)
    }
}

fn settle(render: &mut Render) {
    if let Some(trial) = render.trial.take() {
        render.tab_bytes =
            render.tab_bytes.max(trial.from.saturating_sub(trial.least) / trial.tabs);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LIMIT: u64 = 1000 * MIB;
    /// An eighth of the limit.
    const RESERVE: u64 = 125;

    /// A policy and the clock of its looks.
    struct Seen {
        policy: Policy,
        at: u64,
    }

    impl Seen {
        fn new(mib: u64) -> Self {
            let mut seen = Self { policy: Policy::new(None), at: 0 };
            seen.look(mib);
            seen
        }

        /// The same for so long that no slope is left.
        fn rest(&mut self, mib: u64) {
            for _ in 0..40 {
                self.at += 200;
                self.take(mib);
            }
        }

        fn take(&mut self, mib: u64) -> bool {
            let (at, available) = (self.at, mib * MIB);
            self.policy.look(Look {
                at,
                available,
                limit: LIMIT,
                contained: true,
                ..Look::default()
            })
        }

        fn look(&mut self, mib: u64) -> bool {
            self.at += 100;
            self.take(mib)
        }

        fn kill(&mut self, mib: u64) {
            self.at += 100;
            let oom_kills = self.policy.view().last().oom_kills + 1;
            self.policy.look(Look {
                at: self.at,
                available: mib * MIB,
                limit: LIMIT,
                contained: true,
                limit_hits: 0,
                oom_kills,
            });
        }

        fn render(&mut self, open: usize, most: usize) -> u32 {
            self.policy.may_open(0);
            let id = self.policy.begin(open, most);
            self.policy.tabs(id, Tabs { busy: open, idle: 0, waiting: 10 });
            id
        }
    }

    #[test]
    fn rule_ample_memory_is_left_alone() {
        let mut seen = Seen::new(900);
        let id = seen.render(4, 4);
        for mib in [880, 700, 650, 640, 640, 700] {
            seen.rest(mib);
            assert!(!seen.look(mib), "{mib} MiB left");
            assert_eq!(seen.policy.decide(), Decision::default());
            assert!(!seen.policy.frame_ended(id, 0));
        }
        assert_eq!(seen.policy.target(id), 4);
    }

    #[test]
    fn rule_tabs_are_opened_at_once_only_where_each_has_room() {
        let mut seen = Seen::new(900);
        let open: Vec<_> = (0..4).map(|index| seen.policy.may_open(index)).collect();
        // 900 less a reserve of 125 is room for one of an unknown size.
        assert_eq!(open, [true, false, false, false]);
        let mut large = Policy::new(None);
        large.look(Look { available: 23 << 30, limit: 24 << 30, ..Look::default() });
        assert!((0..8).all(|index| large.may_open(index)));
        // Those of another render count as well, until they are measured.
        assert!(!(0..60).all(|index| large.may_open(index)));
        let id = large.begin(8, 8);
        large.frame_ended(id, 0);
        assert!((1..8).all(|index| large.may_open(index)));
    }

    #[test]
    fn rule_another_tab_comes_when_what_one_took_fits_again() {
        let mut seen = Seen::new(900);
        let id = seen.render(1, 3);
        // The first one takes 200, which leaves 700: 575 above the reserve.
        seen.look(700);
        seen.rest(700);
        seen.policy.frame_ended(id, 0);
        let expected = Change { render: id, from: 1, to: 2, why: Why::Room, tab_bytes: 200 * MIB };
        assert_eq!(seen.policy.decide().changes, [expected]);
        // Not another one before that one has been measured.
        seen.policy.frame_ended(id, 0);
        assert_eq!(seen.policy.decide().changes, []);
        seen.policy.opened(id, 1);
        seen.look(400);
        seen.rest(400);
        seen.policy.frame_ended(id, 1);
        // It took 300, and 275 are left above the reserve.
        assert_eq!((seen.policy.decide().changes, seen.policy.target(id)), (vec![], 2));
    }

    #[test]
    fn rule_below_the_reserve_one_tab_after_the_other_is_held_back() {
        let mut seen = Seen::new(900);
        let id = seen.render(4, 4);
        seen.rest(RESERVE - 5);
        let targets: Vec<_> = (0..12)
            .map(|_| {
                seen.look(RESERVE - 5);
                seen.policy.decide();
                let target = seen.policy.target(id);
                seen.policy.tabs(id, Tabs { busy: target, idle: 4 - target, waiting: 10 });
                target
            })
            .collect();
        // One each 300 ms, and never fewer than one.
        assert_eq!(targets, [3, 3, 3, 2, 2, 2, 1, 1, 1, 1, 1, 1]);
    }

    #[test]
    fn rule_after_a_step_back_nothing_is_added_for_a_while() {
        let mut seen = Seen::new(900);
        let id = seen.render(2, 2);
        seen.rest(RESERVE - 5);
        seen.policy.decide();
        assert_eq!(seen.policy.target(id), 1);
        for _ in 0..(HOLD_AFTER_LOWERING / 100 - 1) {
            seen.look(900);
            seen.policy.frame_ended(id, 0);
            assert_eq!(seen.policy.target(id), 1);
        }
        seen.rest(950);
        seen.policy.frame_ended(id, 0);
        assert_eq!(seen.policy.target(id), 2);
    }

    #[test]
    fn rule_a_tab_that_was_added_in_vain_waits_longer_in_that_render_alone() {
        let mut seen = Seen::new(900);
        let mut id = seen.render(2, 2);
        // Milliseconds from a step back to the next tab.
        let held = |seen: &mut Seen, id| {
            seen.rest(RESERVE - 5);
            seen.policy.decide();
            assert_eq!(seen.policy.target(id), 1);
            let lowered = seen.at;
            while seen.policy.target(id) == 1 {
                seen.look(950);
                seen.policy.frame_ended(id, 0);
            }
            seen.policy.opened(id, 1);
            seen.policy.frame_ended(id, 1);
            seen.at - lowered
        };
        let first = held(&mut seen, id);
        let second = held(&mut seen, id);
        assert!(second >= first + HOLD_AFTER_LOWERING, "{first} ms, then {second} ms");
        seen.policy.end(id);
        id = seen.render(2, 2);
        let next = held(&mut seen, id);
        assert!(next < second - HOLD_AFTER_LOWERING / 2, "{second} ms, then {next} ms");
    }

    #[test]
    fn a_render_with_one_tab_does_not_step_back() {
        let mut seen = Seen::new(900);
        let first = seen.render(1, 1);
        seen.rest(RESERVE - 5);
        assert_eq!(seen.policy.decide().changes, []);
        seen.policy.end(first);
        // So nothing is held when there is room again.
        seen.look(990);
        let second = seen.render(1, 2);
        seen.look(980);
        seen.policy.frame_ended(second, 0);
        assert_eq!(seen.policy.target(second), 2);
    }

    #[test]
    fn rule_relief_below_twice_the_reserve_and_less_often_without_gain() {
        let mut seen = Seen::new(900);
        seen.render(1, 1);
        seen.rest(2 * RESERVE);
        let decision = seen.policy.decide();
        assert!(!decision.purge && !decision.free && !decision.park);
        seen.rest(2 * RESERVE - 1);
        let decision = seen.policy.decide();
        assert!(decision.purge && decision.park && !decision.free);
        // Not again while it is under way.
        seen.look(200);
        assert!(!seen.policy.decide().purge && seen.policy.is_relieving());
        let mut purges = 0;
        seen.policy.purged();
        seen.policy.freed();
        for _ in 0..100 {
            seen.look(200);
            if seen.policy.decide().purge {
                purges += 1;
                assert_eq!(seen.policy.purged(), 0);
            }
        }
        // Ten seconds in pauses of 1, 2, 4 and 4.
        assert_eq!(purges, 3);
    }

    #[test]
    fn rule_caches_are_emptied_where_the_reserve_is_gone() {
        let mut seen = Seen::new(900);
        seen.render(1, 1);
        seen.rest(RESERVE - 1);
        assert!(seen.policy.decide().free);
        seen.look(RESERVE + 200);
        assert_eq!(seen.policy.freed(), 201 * MIB);
        let mut waited = 0;
        while !seen.policy.decide().free {
            seen.look(RESERVE - 1);
            waited += 100;
        }
        assert!(waited >= FREE.0, "{waited} ms");
    }

    #[test]
    fn rule_a_tab_is_replaced_when_purging_gains_nothing_and_the_reserve_is_gone() {
        let mut seen = Seen::new(900);
        let id = seen.render(1, 1);
        seen.rest(RESERVE - 5);
        assert!(!seen.policy.frame_ended(id, 0), "purging was not tried");
        assert!(seen.policy.decide().purge);
        seen.policy.purged();
        assert!(seen.policy.frame_ended(id, 0));
        assert!(!seen.policy.frame_ended(id, 0), "one at a time");
        seen.look(600);
        assert_eq!(seen.policy.recycled(), 480 * MIB);
        assert!(!seen.policy.frame_ended(id, 0));
        // Not for the last frame.
        let mut seen = Seen::new(900);
        let id = seen.render(1, 1);
        seen.rest(RESERVE - 5);
        seen.policy.decide();
        seen.policy.purged();
        seen.policy.tabs(id, Tabs { busy: 1, idle: 0, waiting: 0 });
        assert!(!seen.policy.frame_ended(id, 0));
    }

    /// Scene A at 1,000 MiB, recorded: each purge gained 25 to 35 MiB, and 143 MiB
    /// that were left became 4.
    #[test]
    fn rule_a_tab_is_replaced_when_what_purging_gains_is_too_little() {
        let mut seen = Seen::new(900);
        let id = seen.render(1, 1);
        seen.rest(RESERVE - 40);
        assert!(seen.policy.decide().purge);
        seen.look(RESERVE - 5);
        assert_eq!(seen.policy.purged(), 35 * MIB);
        // Enough meanwhile, and short again: purging comes first.
        let mut other = Seen { policy: seen.policy.clone(), at: seen.at };
        assert!(seen.policy.frame_ended(id, 0));
        other.rest(2 * RESERVE);
        other.rest(RESERVE - 5);
        assert!(!other.policy.frame_ended(id, 0));
    }

    #[test]
    fn rule_a_kill_costs_a_tab_for_good() {
        let mut seen = Seen::new(900);
        let id = seen.render(3, 3);
        seen.kill(800);
        assert_eq!(seen.policy.killed(id, 7), Verdict::Again);
        let expected = Change { render: id, from: 3, to: 2, why: Why::Killed, tab_bytes: 33 * MIB };
        let changes = seen.policy.decide().changes;
        assert_eq!(changes.len(), 1);
        assert_eq!(Change { tab_bytes: 33 * MIB, ..changes[0] }, expected);
        for _ in 0..20 {
            seen.rest(950);
            seen.policy.frame_ended(id, 0);
        }
        assert_eq!(seen.policy.target(id), 2);
    }

    #[test]
    fn rule_the_same_frame_alone_is_tried_three_times() {
        let mut seen = Seen::new(900);
        let id = seen.render(2, 2);
        let mut verdicts = Vec::new();
        for _ in 0..4 {
            seen.kill(800);
            verdicts.push(seen.policy.killed(id, 7));
            seen.policy.tabs(id, Tabs { busy: 1, idle: 0, waiting: 10 });
        }
        let again = Verdict::Again;
        assert_eq!(verdicts, [again, again, again, Verdict::TooLarge]);
    }

    #[test]
    fn rule_a_kill_of_the_only_tab_empties_the_compositors() {
        let mut seen = Seen::new(900);
        let id = seen.render(2, 2);
        seen.kill(800);
        seen.policy.killed(id, 7);
        assert!(!seen.policy.decide().free, "there was another tab");
        seen.policy.tabs(id, Tabs { busy: 1, idle: 0, waiting: 10 });
        seen.kill(800);
        assert_eq!(seen.policy.killed(id, 7), Verdict::Again);
        assert!(seen.policy.decide().free);
        assert!(!seen.policy.decide().free, "once");
    }

    #[test]
    fn rule_kills_without_a_frame_between_end_it() {
        let mut seen = Seen::new(900);
        let id = seen.render(1, 1);
        for frame in 0..20 {
            seen.kill(800);
            assert_eq!(seen.policy.killed(id, frame), Verdict::Again);
            seen.policy.frame_ended(id, 0);
        }
        let verdicts: Vec<_> = (20..28).map(|frame| seen.policy.killed(id, frame)).collect();
        assert_eq!(verdicts.iter().filter(|verdict| **verdict == Verdict::Again).count(), 7);
        assert_eq!(verdicts.last(), Some(&Verdict::Hopeless));
    }

    #[test]
    fn rule_of_several_renders_one_steps_back_and_one_goes_forward() {
        let mut seen = Seen::new(990);
        let (a, b) = (seen.render(3, 3), seen.render(2, 3));
        seen.rest(RESERVE - 5);
        seen.look(RESERVE - 5);
        assert_eq!(seen.policy.decide().changes.len(), 1);
        assert_eq!((seen.policy.target(a), seen.policy.target(b)), (2, 2));
        seen.rest(990);
        for id in [a, b] {
            seen.policy.frame_ended(id, 0);
        }
        seen.rest(990);
        for id in [a, b, a, b] {
            seen.policy.frame_ended(id, 0);
        }
        assert_eq!(seen.policy.target(a) + seen.policy.target(b), 5, "one tries, one waits");
    }

    #[test]
    fn a_render_that_nobody_knows_is_none() {
        let mut policy = Policy::new(None);
        assert_eq!(policy.target(9), usize::MAX);
        assert_eq!(policy.killed(9, 0), Verdict::Hopeless);
        assert!(!policy.frame_ended(9, 0));
        policy.end(9);
        policy.opened(9, 0);
        assert_eq!(policy.decide(), Decision::default());
    }

    proptest! {
        /// Whatever is seen: from one to all tabs, and no change in the other
        /// direction within five seconds of a step back.
        #[test]
        fn tabs_stay_within_bounds_and_do_not_flap(
            most in 1_usize..9,
            looks in prop::collection::vec((1_u64..400, 0_u64..1000, any::<bool>()), 1..200),
        ) {
            let mut seen = Seen::new(900);
            let id = seen.render(most, most);
            let mut lowered = None;
            for (passed, mib, ended) in looks {
                seen.at += passed;
                seen.take(mib);
                if ended {
                    seen.policy.frame_ended(id, 0);
                }
                for change in seen.policy.decide().changes {
                    prop_assert!(change.from != change.to);
                    if change.to < change.from {
                        lowered = Some(seen.at);
                    } else {
                        prop_assert!(lowered.is_none_or(|at| seen.at - at >= HOLD_AFTER_LOWERING));
                    }
                }
                let target = seen.policy.target(id);
                prop_assert!((1..=most).contains(&target));
                let busy = target;
                seen.policy.tabs(id, Tabs { busy, idle: most - busy, waiting: 5 });
                if seen.policy.is_relieving() && ended {
                    seen.policy.purged();
                    seen.policy.freed();
                }
            }
        }
    }
}
