use std::sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use napi::bindgen_prelude::{Function, Result};
use napi::threadsafe_function::ThreadsafeFunctionCallMode;
use napi_derive::napi;
use remotion_headroom_core::governor::look;
use remotion_headroom_core::governor::policy::{Change, Policy, Tabs};
use remotion_headroom_core::governor::timeline::Timeline;
use remotion_headroom_core::governor::view::Look;
use remotion_headroom_core::memory::environment::Variables;
#[cfg(target_os = "linux")]
use remotion_headroom_core::memory::kept::Kept;
#[cfg(not(target_os = "linux"))]
use remotion_headroom_core::memory::kernel_files::Directory;

use super::memory::{on_this_machine, system};
use super::number::whole;

/// What was seen, in bytes and plain counts.
#[napi(object, object_from_js = false)]
pub struct GovernorView {
    pub step: &'static str,
    pub available: f64,
    pub ahead: f64,
    pub reserve: f64,
    pub limit: f64,
    pub lowest: f64,
    pub limit_hits: f64,
    pub oom_kills: f64,
    pub looks: f64,
    /// Milliseconds.
    pub next_look: f64,
}

/// What is to be done now.
#[napi(object, object_from_js = false)]
pub struct GovernorDecision {
    pub purge: bool,
    pub free: bool,
    pub park: bool,
    pub changes: Vec<GovernorChange>,
}

#[napi(object, object_from_js = false)]
pub struct GovernorChange {
    pub render: u32,
    pub from: u32,
    pub to: u32,
    pub code: &'static str,
    pub tab_bytes: f64,
}

impl From<Change> for GovernorChange {
    fn from(change: Change) -> Self {
        Self {
            render: change.render,
            from: count(change.from),
            to: count(change.to),
            code: change.why.code(),
            tab_bytes: change.tab_bytes as f64,
        }
    }
}

fn count(tabs: usize) -> u32 {
    u32::try_from(tabs).unwrap_or(u32::MAX)
}

/// Wakes the thread that looks, to end it.
type Stop = Arc<(Mutex<bool>, Condvar)>;

/// The policy, and a thread that looks at memory for it.
#[napi]
pub struct Governor {
    policy: Arc<Mutex<Policy>>,
    watch: Option<Stop>,
}

/// Nothing that holds it calls out, so a panic leaves nothing half done.
fn hold<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What all governors of the process see.
static TIMELINE: Mutex<Timeline> = Mutex::new(Timeline::new());

/// When the clock was started, by the system's and by one that only goes forward.
static CLOCK: LazyLock<(Duration, Instant)> = LazyLock::new(|| {
    (SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default(), Instant::now())
});

/// Milliseconds since 1970, which only go forward.
fn now() -> u64 {
    let (epoch, start) = *CLOCK;
    u64::try_from((epoch + start.elapsed()).as_millis()).unwrap_or(u64::MAX)
}

/// Notes a look. Whether somebody has to decide.
fn note(policy: &Mutex<Policy>, look: Look) -> bool {
    hold(&TIMELINE).note(look);
    hold(policy).look(look)
}

#[napi]
impl Governor {
    /// Keeps `reserve` bytes free, or what the limit suggests.
    #[napi(constructor, catch_unwind)]
    pub fn new(reserve: Option<f64>) -> Self {
        let policy = Policy::new(reserve.map(whole));
        Self { policy: Arc::new(Mutex::new(policy)), watch: None }
    }

    fn policy(&self) -> MutexGuard<'_, Policy> {
        hold(&self.policy)
    }

    /// Takes a look now.
    #[napi(catch_unwind)]
    pub fn look(
        &self,
        lambda_memory_size: Option<String>,
        limit_override: Option<String>,
        kubernetes_service_host: Option<String>,
        container: Option<String>,
    ) {
        let variables =
            Variables { lambda_memory_size, limit_override, kubernetes_service_host, container };
        let look = on_this_machine(|files| look::take(files, &variables, now(), system));
        note(&self.policy, look);
    }

    /// Starts to look from a thread of its own, which no busy event loop delays.
    /// `wake` is called where somebody has to decide.
    #[napi(catch_unwind)]
    pub fn watch(
        &mut self,
        wake: Function<'_, (), ()>,
        lambda_memory_size: Option<String>,
        limit_override: Option<String>,
        kubernetes_service_host: Option<String>,
        container: Option<String>,
    ) -> Result<()> {
        if self.watch.is_some() {
            return Ok(());
        }
        let variables =
            Variables { lambda_memory_size, limit_override, kubernetes_service_host, container };
        // Weak: it keeps no process alive. One call waits at most.
        let wake = wake
            .build_threadsafe_function::<()>()
            .weak::<true>()
            .max_queue_size::<1>()
            .build_callback(|_| Ok(()))?;
        let stop = Stop::default();
        let (policy, stopped) = (Arc::clone(&self.policy), Arc::clone(&stop));
        thread::Builder::new()
            .name("headroom-looks".into())
            .spawn(move || {
                #[cfg(target_os = "linux")]
                let mut files = Kept::default();
                #[cfg(not(target_os = "linux"))]
                let mut files = Directory::new("/");
                loop {
                    #[cfg(target_os = "linux")]
                    let files = files.begin();
                    #[cfg(not(target_os = "linux"))]
                    let files = &mut files;
                    let look = look::take(files, &variables, now(), system);
                    let due = note(&policy, look);
                    let next = hold(&policy).view().next_look();
                    if due {
                        wake.call((), ThreadsafeFunctionCallMode::NonBlocking);
                    }
                    let (ended, changed) = &*stopped;
                    let (stopped, _) = changed
                        .wait_timeout_while(hold(ended), Duration::from_millis(next), |stop| !*stop)
                        .unwrap_or_else(PoisonError::into_inner);
                    if *stopped {
                        return;
                    }
                }
            })
            .map_err(|error| napi::Error::from_reason(error.to_string()))?;
        self.watch = Some(stop);
        Ok(())
    }

    /// Ends what `watch` started.
    #[napi(catch_unwind)]
    pub fn unwatch(&mut self) {
        if let Some(stop) = self.watch.take() {
            *hold(&stop.0) = true;
            stop.1.notify_all();
        }
    }

    #[napi(catch_unwind)]
    pub fn view(&self) -> GovernorView {
        let policy = self.policy();
        let view = policy.view();
        let last = view.last();
        GovernorView {
            step: view.step().name(),
            available: last.available as f64,
            ahead: view.ahead() as f64,
            reserve: view.reserve() as f64,
            limit: last.limit as f64,
            lowest: view.lowest().unwrap_or(last.available) as f64,
            limit_hits: view.limit_hits() as f64,
            oom_kills: view.oom_kills() as f64,
            looks: view.looks() as f64,
            next_look: view.next_look() as f64,
        }
    }

    #[napi(catch_unwind)]
    pub fn may_open(&self, index: u32) -> bool {
        self.policy().may_open(index as usize)
    }

    #[napi(catch_unwind)]
    pub fn begin(&self, open: u32, most: u32) -> u32 {
        self.policy().begin(open as usize, most as usize)
    }

    #[napi(catch_unwind)]
    pub fn end(&self, render: u32) {
        self.policy().end(render);
    }

    #[napi(catch_unwind)]
    pub fn target(&self, render: u32) -> u32 {
        count(self.policy().target(render))
    }

    #[napi(catch_unwind)]
    pub fn tabs(&self, render: u32, busy: u32, idle: u32, waiting: u32) {
        let (busy, idle, waiting) = (busy as usize, idle as usize, waiting as usize);
        self.policy().tabs(render, Tabs { busy, idle, waiting });
    }

    #[napi(catch_unwind)]
    pub fn opened(&self, render: u32, tab: u32) {
        self.policy().opened(render, tab as usize);
    }

    /// Whether the tab is to be closed and another one opened.
    #[napi(catch_unwind)]
    pub fn frame_ended(&self, render: u32, tab: u32) -> bool {
        self.policy().frame_ended(render, tab as usize)
    }

    /// "again", "too-large" or "hopeless".
    #[napi(catch_unwind)]
    pub fn killed(&self, render: u32, frame: i64) -> &'static str {
        self.policy().killed(render, frame).name()
    }

    /// Bytes gained.
    #[napi(catch_unwind)]
    pub fn purged(&self) -> f64 {
        self.policy().purged() as f64
    }

    /// Bytes gained.
    #[napi(catch_unwind)]
    pub fn freed(&self) -> f64 {
        self.policy().freed() as f64
    }

    /// Bytes gained.
    #[napi(catch_unwind)]
    pub fn recycled(&self) -> f64 {
        self.policy().recycled() as f64
    }

    #[napi(catch_unwind)]
    pub fn decide(&self) -> GovernorDecision {
        let decision = self.policy().decide();
        GovernorDecision {
            purge: decision.purge,
            free: decision.free,
            park: decision.park,
            changes: decision.changes.into_iter().map(Into::into).collect(),
        }
    }
}

impl Drop for Governor {
    fn drop(&mut self) {
        self.unwatch();
    }
}

/// A look that was kept, in bytes and plain counts.
#[napi(object, object_from_js = false)]
pub struct KeptLook {
    /// Milliseconds since 1970.
    pub at: f64,
    pub available: f64,
    pub limit: f64,
    pub used: f64,
    pub limit_hits: f64,
    pub oom_kills: f64,
}

impl From<&Look> for KeptLook {
    fn from(look: &Look) -> Self {
        Self {
            at: look.at as f64,
            available: look.available as f64,
            limit: look.limit as f64,
            used: look.used() as f64,
            limit_hits: look.limit_hits as f64,
            oom_kills: look.oom_kills as f64,
        }
    }
}

/// Looks of the last minutes, the oldest first.
#[napi(catch_unwind)]
pub fn memory_timeline() -> Vec<KeptLook> {
    hold(&TIMELINE).looks().map(Into::into).collect()
}

/// What looks found from a begin to an end, in bytes and plain counts.
#[napi(object, object_from_js = false)]
pub struct LookSpan {
    pub looks: f64,
    pub peak: f64,
    pub limit: f64,
    pub contained: bool,
    pub oom_kills: f64,
}

/// Notes what looks find from now on; under which number.
#[napi(catch_unwind)]
pub fn begin_span() -> u32 {
    hold(&TIMELINE).begin()
}

/// What looks have found since.
#[napi(catch_unwind)]
pub fn end_span(span: u32) -> Option<LookSpan> {
    let span = hold(&TIMELINE).end(span)?;
    Some(LookSpan {
        looks: span.looks as f64,
        peak: span.peak as f64,
        limit: span.limit as f64,
        contained: span.contained,
        oom_kills: span.oom_kills as f64,
    })
}

/// The most that the kernel has ever counted in the cgroup that leaves least, in
/// bytes; nothing where it does not say.
#[napi(catch_unwind)]
pub fn high_water(
    lambda_memory_size: Option<String>,
    limit_override: Option<String>,
    kubernetes_service_host: Option<String>,
    container: Option<String>,
) -> Option<f64> {
    let variables =
        Variables { lambda_memory_size, limit_override, kubernetes_service_host, container };
    on_this_machine(|files| look::high_water(files, &variables, system)).map(|bytes| bytes as f64)
}
