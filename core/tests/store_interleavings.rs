//! The payload store under thread schedules that real threads rarely take:
//! its source, with shuttle's locks and atomics in place of std's. A deadlock,
//! a broken book or a payload that is lost fails in every schedule that has it,
//! and shuttle prints the schedule.

#![allow(dead_code, missing_docs, unreachable_pub, reason = "the module is the library's own")]

#[path = "../src/assets/store.rs"]
mod store;

mod sync {
    pub(super) use shuttle::sync::atomic::{AtomicU64, Ordering};
    pub(super) use shuttle::sync::{Arc, Mutex, MutexGuard, Weak};
    pub(super) use std::sync::PoisonError;
}

use shuttle::thread;
use store::{Payload, PayloadStore, Text};
use sync::Arc;

const RANDOM: usize = 3000;
const PREEMPTED: usize = 3000;

fn every_schedule(run: impl Fn() + Send + Sync + Clone + 'static) {
    shuttle::check_random(run.clone(), RANDOM);
    // Few switches, each at the worst place: where most such bugs are.
    shuttle::check_pct(run, PREEMPTED, 3);
}

fn intern(store: &Arc<PayloadStore>, content: u8) -> Arc<Payload> {
    let payload = store.intern(Text::Latin1(vec![content; 3])).unwrap();
    assert_eq!(*payload.text(), Text::Latin1(vec![content; 3]));
    payload
}

fn assert_empty(store: &Arc<PayloadStore>) {
    store.validate();
    assert_eq!((store.stats().payloads, store.stats().bytes), (0, 0));
}

/// The last holder goes while another thread looks for the same payload.
#[test]
fn a_payload_is_asked_for_while_it_goes() {
    every_schedule(|| {
        let store = PayloadStore::new();
        let first = intern(&store, 1);
        let asking = {
            let store = Arc::clone(&store);
            thread::spawn(move || {
                let held = intern(&store, 1);
                store.validate();
                let again = intern(&store, 1);
                // Whatever became of the first: what is held is what is found.
                assert!(Arc::ptr_eq(&held, &again));
            })
        };
        drop(first);
        store.validate();
        asking.join().unwrap();
        assert_empty(&store);
    });
}

/// Two threads bring the same payload: there is one of it while both hold it.
#[test]
fn a_payload_comes_from_two_threads_at_once() {
    every_schedule(|| {
        let store = PayloadStore::new();
        let bring = |store: &Arc<PayloadStore>| {
            let store = Arc::clone(store);
            thread::spawn(move || intern(&store, 1))
        };
        let (one, other) = (bring(&store), bring(&store));
        let (one, other) = (one.join().unwrap(), other.join().unwrap());
        assert!(Arc::ptr_eq(&one, &other));
        assert_eq!((store.stats().payloads, store.stats().bytes), (1, 3));
        assert_eq!((store.stats().hits, store.stats().misses), (1, 1));
        drop(one);
        assert_eq!(store.stats().payloads, 1);
        drop(other);
        assert_empty(&store);
    });
}

/// Workers that come and go, with finalizers that run on another thread.
#[test]
fn holders_are_passed_between_threads() {
    every_schedule(|| {
        let store = PayloadStore::new();
        let workers: Vec<_> = (0..3)
            .map(|worker: u8| {
                let store = Arc::clone(&store);
                let passed = intern(&store, worker % 2);
                thread::spawn(move || {
                    let held = intern(&store, (worker + 1) % 2);
                    drop(passed);
                    store.validate();
                    held
                })
            })
            .collect();
        for worker in workers {
            drop(worker.join().unwrap());
        }
        assert_empty(&store);
    });
}
