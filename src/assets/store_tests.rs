//! Tests of the store, in a file of their own: `tests/store_interleavings.rs`
//! compiles `store.rs` with other locks, which don't work here.

use super::store::*;
use proptest::prelude::*;
use std::sync::Arc;
use std::thread;
use xxhash_rust::xxh3::xxh3_64;

fn latin1(text: &str) -> Text {
    Text::Latin1(text.as_bytes().to_vec())
}

#[test]
fn equal_payloads_are_one() {
    let store = PayloadStore::new();
    let first = store.intern(latin1("data:a")).unwrap();
    let again = store.intern(latin1("data:a")).unwrap();
    let other = store.intern(latin1("data:b")).unwrap();
    assert!(Arc::ptr_eq(&first, &again));
    assert!(!Arc::ptr_eq(&first, &other));
    assert_eq!(store.stats(), Stats { payloads: 2, bytes: 12, hits: 1, misses: 2 });
    store.validate();
}

#[test]
fn a_payload_goes_with_its_last_holder() {
    let store = PayloadStore::new();
    let first = store.intern(latin1("data:a")).unwrap();
    let again = store.intern(latin1("data:a")).unwrap();
    drop(first);
    assert_eq!(store.stats().bytes, 6);
    drop(again);
    assert_eq!(store.stats().payloads, 0);
    assert_eq!(store.stats().bytes, 0);
    store.validate();
}

#[test]
fn narrow_and_wide_text_do_not_mix() {
    let store = PayloadStore::new();
    let narrow = store.intern(Text::Latin1(vec![1, 0])).unwrap();
    let wide = store.intern(Text::Utf16(vec![1])).unwrap();
    assert!(!Arc::ptr_eq(&narrow, &wide));
    assert_eq!(wide.text().byte_len(), 2);
}

#[test]
fn wide_hashes_do_not_depend_on_the_chunking() {
    let units: Vec<u16> = (0..5000).map(|n| (n * 7) as u16).collect();
    let bytes: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
    assert_eq!(hash_utf16(&units), xxh3_64(&bytes));
}

#[test]
fn threads_intern_and_drop_at_once() {
    let store = PayloadStore::new();
    thread::scope(|scope| {
        for worker in 0..4 {
            let store = &store;
            scope.spawn(move || {
                let mut held = Vec::new();
                for round in 0..2000_usize {
                    held.push(
                        store
                            .intern(latin1(&format!("data:{}", (round * 7 + worker) % 23)))
                            .unwrap(),
                    );
                    if round % 5 == 0 {
                        held.drain(..held.len() / 2);
                    }
                }
            });
        }
    });
    assert_eq!(store.stats().payloads, 0);
    assert_eq!(store.stats().bytes, 0);
    store.validate();
}

proptest! {
    #[test]
    fn behaves_like_a_counted_map(steps in proptest::collection::vec((0_u8..12, any::<bool>()), 0..200)) {
        let store = PayloadStore::new();
        let mut held: Vec<(u8, Arc<Payload>)> = Vec::new();
        for (content, keep) in steps {
            if keep {
                held.push((content, store.intern(Text::Latin1(vec![content; 3])).unwrap()));
            } else if !held.is_empty() {
                held.remove(usize::from(content) % held.len());
            }
            let mut distinct: Vec<u8> = held.iter().map(|(content, _)| *content).collect();
            distinct.sort_unstable();
            distinct.dedup();
            prop_assert_eq!(store.stats().payloads, distinct.len());
            prop_assert_eq!(store.stats().bytes, distinct.len() * 3);
            store.validate();
        }
    }
}
