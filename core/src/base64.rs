//! Base64 as the browser sends it: the standard alphabet, padded, on one line.

use base64::prelude::Engine as _;

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
fn engine() -> base64::engine::Simd {
    base64::engine::Simd::standard(base64::engine::general_purpose::PAD)
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn engine() -> base64::engine::GeneralPurpose {
    base64::prelude::BASE64_STANDARD
}

/// Writes what `text` stands for to `target`, which must be as long as that.
/// False where it is not, or where `text` is anything but strict base64: then
/// what `target` holds means nothing.
#[must_use]
pub fn decode(text: &[u8], target: &mut [u8]) -> bool {
    engine().decode_slice(text, target) == Ok(target.len())
}

#[cfg(test)]
mod tests {
    use base64::prelude::BASE64_STANDARD;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn whatever_was_encoded_comes_back(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
            let text = BASE64_STANDARD.encode(&bytes);
            let mut target = vec![0; bytes.len()];
            prop_assert!(decode(text.as_bytes(), &mut target));
            prop_assert_eq!(target, bytes);
        }

        #[test]
        fn one_odd_byte_is_noticed(
            bytes in prop::collection::vec(any::<u8>(), 1..500),
            place in any::<prop::sample::Index>(),
            odd in prop::sample::select(b"-_ \n\r\t\"\\=\0\xff".to_vec()),
        ) {
            let mut text = BASE64_STANDARD.encode(&bytes).into_bytes();
            let place = place.index(text.len());
            prop_assume!(text[place] != odd);
            text[place] = odd;
            prop_assert!(!decode(&text, &mut vec![0; bytes.len()]));
        }

        #[test]
        fn another_length_is_noticed(
            bytes in prop::collection::vec(any::<u8>(), 0..500),
            length in 0_usize..600,
        ) {
            prop_assume!(length != bytes.len());
            let text = BASE64_STANDARD.encode(&bytes);
            prop_assert!(!decode(text.as_bytes(), &mut vec![0; length]));
        }
    }

    #[test]
    fn bits_that_stand_for_nothing_are_noticed() {
        assert!(decode(b"QQ==", &mut [0]));
        assert!(!decode(b"QR==", &mut [0]));
        assert!(!decode(b"QQ", &mut [0]));
        assert!(!decode(b"QQ=", &mut [0]));
    }
}
