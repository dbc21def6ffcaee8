//! The policy on looks that were recorded in governed renders (`recorded/`): each
//! line has the milliseconds, the MiB that were left and the kernel's kills, or says
//! that a frame ended. What it decides here changes nothing of what it sees next.

use super::policy::{Policy, Tabs};
use super::view::Look;

const MIB: u64 = 1 << 20;

/// Milliseconds that a purge or an emptied cache takes.
const TAKES: u64 = 200;

/// What the policy did, each with its time in milliseconds.
#[derive(Default)]
struct Done {
    purged: Vec<u64>,
    freed: Vec<u64>,
    replaced: Vec<u64>,
    /// Numbers of tabs from and to.
    tabs: Vec<(u64, usize, usize)>,
    seconds: u64,
}

impl Done {
    /// How often the number of tabs turned from falling to rising, or back.
    fn turns(&self) -> usize {
        let rises: Vec<_> = self.tabs.iter().map(|(_, from, to)| to > from).collect();
        rises.windows(2).filter(|pair| pair[0] != pair[1]).count()
    }
}

/// The least that is between two of them; the largest number where there is one.
fn apart(times: &[u64]) -> u64 {
    times.windows(2).map(|pair| pair[1] - pair[0]).min().unwrap_or(u64::MAX)
}

fn replay(recorded: &str, open: usize, most: usize) -> Done {
    let mut policy = Policy::new(None);
    let mut done = Done::default();
    let mut lines = recorded.lines().skip_while(|line| line.starts_with('#'));
    let limit: u64 =
        lines.next().and_then(|line| line.strip_prefix("limit ")).unwrap().parse().unwrap();
    policy.look(Look {
        available: limit * MIB,
        limit: limit * MIB,
        contained: true,
        ..Look::default()
    });
    policy.may_open(0);
    let id = policy.begin(open, most);
    // When a measure that goes on has ended.
    let (mut purging, mut freeing, mut replacing) = (None, None, None);
    for line in lines {
        let (at, rest) = line.split_once(' ').unwrap();
        let at: u64 = at.parse().unwrap();
        let busy = policy.target(id);
        policy.tabs(id, Tabs { busy, idle: most.saturating_sub(busy), waiting: 10 });
        if rest == "frame" {
            if policy.frame_ended(id, 0) {
                done.replaced.push(at);
                replacing = Some(at);
            }
            policy.opened(id, busy.saturating_sub(1));
        } else {
            let (left, kills) = rest.split_once(' ').unwrap();
            policy.look(Look {
                at,
                available: left.parse::<u64>().unwrap() * MIB,
                limit: limit * MIB,
                contained: true,
                limit_hits: 0,
                oom_kills: kills.parse().unwrap(),
            });
        }
        let over = |begun: Option<u64>| begun.is_some_and(|begun| at >= begun + TAKES);
        if over(purging) {
            policy.purged();
            purging = None;
        }
        if over(freeing) {
            policy.freed();
            freeing = None;
        }
        if over(replacing) {
            policy.recycled();
            replacing = None;
        }
        let decision = policy.decide();
        if decision.purge {
            done.purged.push(at);
            purging = Some(at);
        }
        if decision.free {
            done.freed.push(at);
            freeing = Some(at);
        }
        done.tabs.extend(decision.changes.iter().map(|change| (at, change.from, change.to)));
        done.seconds = at / 1000;
    }
    done
}

/// Name, looks, and how often a tab may be replaced at least and at most.
const SCENES: [(&str, &str, [usize; 2]); 4] = [
    ("A", include_str!("recorded/a.txt"), [3, 9]),
    ("B", include_str!("recorded/b.txt"), [0, 2]),
    ("C", include_str!("recorded/c.txt"), [2, 4]),
    ("E", include_str!("recorded/e.txt"), [2, 4]),
];

#[test]
fn each_is_relieved_but_not_without_end() {
    for (name, recorded, [least, most]) in SCENES {
        let done = replay(recorded, 1, 1);
        assert!(done.tabs.is_empty(), "{name}: {:?}", done.tabs);
        assert!((least..=most).contains(&done.replaced.len()), "{name}: {:?}", done.replaced);
        assert!(apart(&done.replaced) >= 2000, "{name}: {:?}", done.replaced);
        assert!(!done.purged.is_empty() && !done.freed.is_empty(), "{name}");
        assert!(apart(&done.purged) >= 500, "{name}: {:?}", done.purged);
        assert!(apart(&done.freed) >= 5000, "{name}: {:?}", done.freed);
        // Purges gain little in the long run, so they get rarer.
        assert!(done.purged.len() as u64 <= done.seconds, "{name}: {:?}", done.purged);
    }
}

/// The same looks so many times, one after the other.
fn again(recorded: &str, times: u64) -> String {
    let (head, looks): (Vec<_>, Vec<_>) =
        recorded.lines().partition(|line| line.starts_with('#') || line.starts_with("limit"));
    let at = |line: &str| line.split_once(' ').unwrap().0.parse::<u64>().unwrap();
    let takes = at(looks[looks.len() - 1]) + 100;
    let mut lines: Vec<_> = head.into_iter().map(str::to_owned).collect();
    for time in 0..times {
        for look in &looks {
            let rest = look.split_once(' ').unwrap().1;
            lines.push(format!("{} {rest}", at(look) + time * takes));
        }
    }
    lines.join("\n")
}

/// Not twice a minute; in ten minutes of A it would be twice that without a hold
/// that grows.
#[test]
fn however_many_tabs_there_are_their_number_does_not_flap() {
    for (name, recorded, _) in SCENES {
        let long = again(recorded, 600 / replay(recorded, 1, 1).seconds);
        for most in [2, 4, 8] {
            for open in 1..=most {
                let done = replay(&long, open, most);
                assert!(done.turns() <= 20, "{name}, {open} of {most}: {:?}", done.tabs);
            }
        }
    }
}

#[test]
fn the_same_looks_with_four_times_the_memory_are_left_alone() {
    for (name, recorded, _) in SCENES {
        let ample: String = recorded
            .lines()
            .map(|line| {
                let mut words: Vec<_> = line.split(' ').map(str::to_owned).collect();
                if words[0] == "limit" {
                    words[1] = "4000".to_owned();
                } else if words.len() == 3 && line.as_bytes()[0] != b'#' {
                    words[1] = (words[1].parse::<u64>().unwrap() + 3000).to_string();
                }
                words.join(" ") + "\n"
            })
            .collect();
        let done = replay(&ample, 1, 1);
        let all = [done.purged, done.freed, done.replaced].concat();
        assert_eq!((all, done.tabs), (vec![], vec![]), "{name}");
    }
}
