//! The number that Remotion names a data URL's file by.
//!
//! Source of the rule: `getSanitizedFilenameForAssetUrl` of `@remotion/renderer`
//! and `random` of `remotion`. The text that is hashed is the URL, the path a URL
//! parser sees in it, and the ending of its media type; the hash is
//! `h = 31 h + c` over 32 bits, and the first number of mulberry32 seeded by it.

const SCHEME: &[u8] = b"data:";

/// A number from 0 to 1 for the data URL `src` whose file ends in `ending`
/// (".wav"). None where a URL parser might change the path, or find an ending
/// in it: then the rule is another.
#[must_use]
pub fn number_of(src: &[u8], ending: &[u8]) -> Option<f64> {
    let path = src.strip_prefix(SCHEME)?;
    if path.first().is_none_or(|&first| first == b'/') || !path.iter().all(|&c| is_plain(c)) {
        return None;
    }
    let once = Hash::of(path);
    let text = Hash::of(SCHEME).then(once).then(once).then(Hash::of(ending));
    Some(mulberry32(text.value))
}

/// What stays as it is in the path of a URL without an authority.
fn is_plain(c: u8) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, b'/' | b'+' | b'-' | b'_' | b'=' | b';' | b',')
}

/// Hash of a text, and the power of 31 that shifts another past it.
#[derive(Clone, Copy)]
struct Hash {
    value: u32,
    power: u32,
}

impl Hash {
    fn of(text: &[u8]) -> Self {
        const LANES: usize = 16;
        // 31^15 ... 31^0
        const POWERS: [u32; LANES] = {
            let mut powers = [1_u32; LANES];
            let mut at = LANES - 1;
            while at > 0 {
                powers[at - 1] = powers[at].wrapping_mul(31);
                at -= 1;
            }
            powers
        };
        const STEP: u32 = POWERS[0].wrapping_mul(31);
        let (blocks, rest) = text.as_chunks::<LANES>();
        let mut hash = Self { value: 0, power: 1 };
        for block in blocks {
            // One multiplication a block in sequence; the others are independent.
            let mut sum = 0_u32;
            for (&c, &power) in block.iter().zip(&POWERS) {
                sum = sum.wrapping_add(u32::from(c).wrapping_mul(power));
            }
            hash.value = hash.value.wrapping_mul(STEP).wrapping_add(sum);
            hash.power = hash.power.wrapping_mul(STEP);
        }
        for &c in rest {
            hash.value = hash.value.wrapping_mul(31).wrapping_add(u32::from(c));
            hash.power = hash.power.wrapping_mul(31);
        }
        hash
    }

    /// Hash of this text followed by `next`.
    fn then(self, next: Self) -> Self {
        Self {
            value: self.value.wrapping_mul(next.power).wrapping_add(next.value),
            power: self.power.wrapping_mul(next.power),
        }
    }
}

/// The first number of Tommy Ettinger's generator, which is in the public domain.
fn mulberry32(seed: u32) -> f64 {
    let a = seed.wrapping_add(0x6d2b_79f5);
    let mut t = (a ^ (a >> 15)).wrapping_mul(a | 1);
    t ^= t.wrapping_add((t ^ (t >> 7)).wrapping_mul(t | 0x3d));
    f64::from(t ^ (t >> 14)) / 4_294_967_296.0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rule as it is written down, one character at a time.
    fn plainly(text: &str) -> f64 {
        mulberry32(text.bytes().fold(0_u32, |h, c| h.wrapping_mul(31).wrapping_add(u32::from(c))))
    }

    #[test]
    fn the_hash_is_that_of_the_whole_text() {
        for length in (0..70).chain([1000, 4099]) {
            let data: String = ('A'..='Z').chain('a'..='z').cycle().take(length).collect();
            let path = format!("audio/wav;base64,{data}");
            assert_eq!(
                number_of(format!("data:{path}").as_bytes(), b".wav"),
                Some(plainly(&format!("data:{path}{path}.wav"))),
                "{length} characters"
            );
        }
    }

    #[test]
    fn what_remotion_4_0_529_says() {
        // require('remotion/no-react').random('data:a;base64,QQ==' + 'a;base64,QQ==' + '.x')
        assert_eq!(number_of(b"data:a;base64,QQ==", b".x"), Some(0.223_624_033_620_581_03));
    }

    #[test]
    fn paths_that_a_url_parser_may_change_are_left_alone() {
        for src in [
            "",
            "data:",
            "data:/a;base64,QQ",
            "data://a/b",
            "data:a;base64,Q?Q",
            "data:a;base64,Q#Q",
            "data:a;base64,Q.Q",
            "data:a;base64,Q Q",
            "data:a;base64,Q\nQ",
            "data:a;base64,Q%41",
            "data:a;base64,\u{e9}",
            "http://a/b",
            "DATA:a;base64,QQ",
        ] {
            assert_eq!(number_of(src.as_bytes(), b".wav"), None, "{src}");
        }
    }
}
