//! The media cache against a naive list, driven by bytes.
//!
//! Run with `cargo +nightly fuzz run media_cache`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use remotion_headroom::cache::{Cache, Key, Stored};

fuzz_target!(|input: (u16, Vec<(u8, u8, u8)>)| {
    let (budget, steps) = input;
    let budget = usize::from(budget) + 1;
    let cache = Cache::new(budget);
    // Oldest first.
    let mut list: Vec<(u8, Vec<u8>)> = Vec::new();
    for (operation, name, size) in steps {
        // Names from 200 on are long keys, which count towards the budget.
        let length = if name < 200 { 1 } else { 2000 };
        let key = Key::from_utf16(&vec![u16::from(name); length]);
        let key_weight = if name < 200 { 0 } else { length + 1 };
        match operation % 5 {
            0 | 1 => {
                let bytes = vec![name ^ size; usize::from(size) * 8];
                let stored = cache.set(key, bytes.clone());
                list.retain(|(known, _)| *known != name);
                if bytes.len() + key_weight > budget {
                    assert_eq!(stored, Stored::TooLarge);
                } else {
                    assert_eq!(stored, Stored::Yes);
                    list.push((name, bytes));
                }
                let weight = |(name, bytes): &(u8, Vec<u8>)| {
                    bytes.len() + if *name < 200 { 0 } else { 2001 }
                };
                while list.iter().map(weight).sum::<usize>() > budget {
                    list.remove(0);
                }
            }
            2 => {
                let expected = list.iter().position(|(known, _)| *known == name).map(|at| {
                    let entry = list.remove(at);
                    list.push(entry.clone());
                    entry.1
                });
                assert_eq!(cache.get(&key).map(|(_, value)| value), expected);
            }
            3 => {
                let before = list.len();
                list.retain(|(known, _)| *known != name);
                assert_eq!(cache.delete(&key), list.len() < before);
            }
            _ => assert_eq!(cache.has(&key), list.iter().any(|(known, _)| *known == name)),
        }
        assert_eq!(cache.stats().count, list.len());
        cache.validate();
    }
});
