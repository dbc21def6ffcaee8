//! The media cache's order against a naive list, driven by bytes.
//!
//! Run with `cargo +nightly fuzz run media_cache`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use remotion_headroom::cache::{Cache, Stored};

fuzz_target!(|input: (u16, Vec<(u8, u8, u8)>)| {
    let (budget, steps) = input;
    let budget = usize::from(budget) + 1;
    let mut cache = Cache::new(budget);
    // (name, token, weight), oldest first.
    let mut list: Vec<(u8, u64, usize)> = Vec::new();
    let mut token = 0;
    for (operation, name, size) in steps {
        let known = list.iter().position(|(known, ..)| *known == name);
        match operation % 4 {
            0 | 1 => {
                token += 1;
                let weight = usize::from(size) * 8;
                let stored = cache.set(token, weight, known.map(|at| list.remove(at).1));
                if weight > budget {
                    assert_eq!(stored, Stored::TooLarge);
                } else {
                    list.push((name, token, weight));
                    let mut gone = Vec::new();
                    while list.iter().map(|(.., weight)| weight).sum::<usize>() > budget {
                        gone.push(list.remove(0).1);
                    }
                    assert_eq!(stored, Stored::Yes(gone));
                }
            }
            2 => {
                if let Some(at) = known {
                    let entry = list.remove(at);
                    assert!(cache.touch(entry.1));
                    list.push(entry);
                }
            }
            _ => {
                if let Some(at) = known {
                    assert!(cache.delete(list.remove(at).1));
                }
            }
        }
        assert_eq!(cache.stats().count, list.len());
        cache.validate();
    }
});
