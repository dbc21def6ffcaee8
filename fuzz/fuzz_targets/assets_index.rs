//! The index, asked as the binding asks it, against a linear search. Contents
//! are bytes; fingerprints and content hashes collide on purpose.
#![no_main]

use libfuzzer_sys::fuzz_target;
use remotion_headroom::assets::index::{Candidate, Fingerprint, NoMemory, PayloadIndex};

fn fingerprint(content: u8) -> Fingerprint {
    Fingerprint { length: 400 + u32::from(content & 1), sample: u32::from(content >> 6) }
}

fn hash(content: u8) -> u64 {
    u64::from(content >> 1)
}

fn find(index: &PayloadIndex, contents: &[u8], wanted: u8) -> Option<u32> {
    let is_it = |at: u32| contents[at as usize] == wanted;
    let mut after = None;
    loop {
        match index.next(fingerprint(wanted), after) {
            Candidate::At(at) if is_it(at) => return Some(at),
            Candidate::At(at) => {
                assert!(after.is_none_or(|after| at > after));
                after = Some(at);
            }
            Candidate::None => return None,
            Candidate::Crowded => break,
        }
    }
    let mut after = None;
    while let Some(at) = index.by_content(fingerprint(wanted), hash(wanted), after) {
        assert!(after.is_none_or(|after| at > after));
        if is_it(at) {
            return Some(at);
        }
        after = Some(at);
    }
    None
}

fuzz_target!(|contents: &[u8]| {
    let mut index = PayloadIndex::new();
    for (at, &content) in contents.iter().enumerate() {
        let seen = &contents[..at];
        let expected = seen.iter().position(|other| *other == content).map(|at| at as u32);
        assert_eq!(find(&index, seen, content), expected);
        if expected.is_none() && !index.insert_alone(fingerprint(content), at as u32).unwrap() {
            index
                .insert(fingerprint(content), at as u32, || Ok::<_, NoMemory>(hash(content)))
                .unwrap();
        }
    }
    index.validate();
});
