//! The payload store against a plain list of what is held.
#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use remotion_headroom::assets::store::{Payload, PayloadStore, Text};

fn text(kind: u8, content: u8) -> Text {
    let length = usize::from(content % 5) + 1;
    if kind.is_multiple_of(2) {
        Text::Latin1(vec![content; length])
    } else {
        Text::Utf16(vec![u16::from(content) << 4; length])
    }
}

fuzz_target!(|steps: Vec<(u8, u8)>| {
    let store = PayloadStore::new();
    let mut held: Vec<Arc<Payload>> = Vec::new();
    for (what, content) in steps {
        match what % 4 {
            0 | 1 => {
                let payload = store.intern(text(what, content)).unwrap();
                assert_eq!(*payload.text(), text(what, content));
                for other in &held {
                    assert_eq!(other.text() == payload.text(), Arc::ptr_eq(other, &payload));
                }
                held.push(payload);
            }
            2 if !held.is_empty() => {
                held.swap_remove(usize::from(content) % held.len());
            }
            _ => {
                if let Some(first) = held.first() {
                    held.push(Arc::clone(first));
                }
            }
        }
        let mut distinct: Vec<&Arc<Payload>> = Vec::new();
        for payload in &held {
            if !distinct.iter().any(|other| Arc::ptr_eq(other, payload)) {
                distinct.push(payload);
            }
        }
        let stats = store.stats();
        assert_eq!(stats.payloads, distinct.len());
        assert_eq!(
            stats.bytes,
            distinct.iter().map(|payload| payload.text().byte_len()).sum::<usize>()
        );
        store.validate();
    }
    drop(held);
    assert_eq!((store.stats().payloads, store.stats().bytes), (0, 0));
});
