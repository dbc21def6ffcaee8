//! The governor's policy. JavaScript tells the time, and looks by a timer.

use std::cell::RefCell;

use remotion_headroom_core::governor::look;
use remotion_headroom_core::governor::policy::{Change, Policy, Tabs};
use remotion_headroom_core::governor::timeline::Timeline;

use crate::boundary::{Host, system};
use crate::calls::{Held, unknown, variables};
use crate::value::{Arguments, Value};

thread_local! {
    static POLICIES: RefCell<Held<Policy>> = const { RefCell::new(Held::new()) };
    /// What all governors of the process see.
    static TIMELINE: RefCell<Timeline> = const { RefCell::new(Timeline::new()) };
}

/// Looks of the last minutes, the oldest first.
pub(crate) fn memory_timeline() -> Value {
    TIMELINE.with_borrow(|timeline| {
        let looks = timeline.looks().map(|look| {
            Value::object([
                ("at", look.at.into()),
                ("available", look.available.into()),
                ("limit", look.limit.into()),
                ("used", look.used().into()),
                ("limitHits", look.limit_hits.into()),
                ("oomKills", look.oom_kills.into()),
            ])
        });
        looks.collect()
    })
}

/// Notes what looks find from now on; under which number.
pub(crate) fn begin_span() -> Value {
    TIMELINE.with_borrow_mut(Timeline::begin).into()
}

/// What looks have found since.
pub(crate) fn end_span(arguments: &mut Arguments<'_>) -> Value {
    TIMELINE.with_borrow_mut(|timeline| timeline.end(render(arguments))).map_or(
        Value::Nothing,
        |span| {
            Value::object([
                ("looks", span.looks.into()),
                ("peak", span.peak.into()),
                ("limit", span.limit.into()),
                ("contained", span.contained.into()),
                ("oomKills", span.oom_kills.into()),
            ])
        },
    )
}

/// The most that the kernel has ever counted in the cgroup that leaves least.
pub(crate) fn high_water(arguments: &mut Arguments<'_>) -> Value {
    look::high_water(&mut Host, &variables(arguments), system).into()
}

pub(crate) fn call(method: &str, arguments: &mut Arguments<'_>) -> Result<Value, String> {
    POLICIES.with_borrow_mut(|policies| match method {
        "new" => {
            let reserve = arguments.next().whole_or_nothing();
            Ok(policies.keep(Policy::new(reserve)))
        }
        "drop" => {
            policies.drop(arguments);
            Ok(Value::Nothing)
        }
        _ => {
            let policy = policies.at(arguments).ok_or("there is no such governor")?;
            tell(policy, method, arguments)
        }
    })
}

fn tell(policy: &mut Policy, method: &str, arguments: &mut Arguments<'_>) -> Result<Value, String> {
    Ok(match method {
        "look" => {
            let at = arguments.whole();
            let look = look::take(&mut Host, &variables(arguments), at, system);
            TIMELINE.with_borrow_mut(|timeline| timeline.note(look));
            Value::Bool(policy.look(look))
        }
        "view" => view(policy),
        "decide" => decide(policy),
        "mayOpen" => Value::Bool(policy.may_open(tabs(arguments))),
        "begin" => {
            let (open, most) = (tabs(arguments), tabs(arguments));
            policy.begin(open, most).into()
        }
        "end" => {
            policy.end(render(arguments));
            Value::Nothing
        }
        "target" => u32::try_from(policy.target(render(arguments))).unwrap_or(u32::MAX).into(),
        "tabs" => {
            let render = render(arguments);
            let (busy, idle, waiting) = (tabs(arguments), tabs(arguments), tabs(arguments));
            policy.tabs(render, Tabs { busy, idle, waiting });
            Value::Nothing
        }
        "opened" => {
            let render = render(arguments);
            policy.opened(render, tabs(arguments));
            Value::Nothing
        }
        "frameEnded" => {
            let render = render(arguments);
            Value::Bool(policy.frame_ended(render, tabs(arguments)))
        }
        "killed" => {
            let render = render(arguments);
            let frame = i64::try_from(arguments.whole()).unwrap_or(i64::MAX);
            policy.killed(render, frame).name().into()
        }
        "purged" => policy.purged().into(),
        "freed" => policy.freed().into(),
        "recycled" => policy.recycled().into(),
        _ => return Err(unknown(method)),
    })
}

fn tabs(arguments: &mut Arguments<'_>) -> usize {
    usize::try_from(arguments.whole()).unwrap_or(usize::MAX)
}

fn render(arguments: &mut Arguments<'_>) -> u32 {
    u32::try_from(arguments.whole()).unwrap_or(u32::MAX)
}

fn view(policy: &Policy) -> Value {
    let view = policy.view();
    let last = view.last();
    Value::object([
        ("step", view.step().name().into()),
        ("available", last.available.into()),
        ("ahead", view.ahead().into()),
        ("reserve", view.reserve().into()),
        ("limit", last.limit.into()),
        ("lowest", view.lowest().unwrap_or(last.available).into()),
        ("limitHits", view.limit_hits().into()),
        ("oomKills", view.oom_kills().into()),
        ("looks", view.looks().into()),
        ("nextLook", view.next_look().into()),
    ])
}

fn decide(policy: &mut Policy) -> Value {
    let decision = policy.decide();
    Value::object([
        ("purge", Value::Bool(decision.purge)),
        ("free", Value::Bool(decision.free)),
        ("park", Value::Bool(decision.park)),
        ("changes", decision.changes.into_iter().map(change).collect()),
    ])
}

fn change(change: Change) -> Value {
    Value::object([
        ("render", change.render.into()),
        ("from", change.from.into()),
        ("to", change.to.into()),
        ("code", change.why.code().into()),
        ("tabBytes", change.tab_bytes.into()),
    ])
}
