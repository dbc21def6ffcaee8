//! What a render may spend.

/// Bytes that must stay free beside the encoder (rule of `@remotion/renderer` 4.0.529).
pub const MINIMUM_MEMORY_LEFT: f64 = 2_000_000_000.0;

/// Bytes that encoding during rendering is estimated to take per pixel of a frame.
pub const ENCODER_BYTES_PER_PIXEL: f64 = 1_000.0;

/// Smallest media cache that Remotion accepts, in bytes.
pub const MIN_MEDIA_CACHE: f64 = 240.0 * MIB;
/// Largest media cache that Remotion accepts, and that it takes by itself.
pub const MAX_MEDIA_CACHE: f64 = 20_000.0 * MIB;
/// Smallest media cache that it takes by itself.
pub const SMALLEST_DEFAULT_MEDIA_CACHE: f64 = 500.0 * MIB;
/// The media cache where the memory is not known.
pub const BLIND_MEDIA_CACHE: f64 = 1_000_000_000.0;

const MIB: f64 = 1024.0 * 1024.0;

/// Bytes of the media cache that a tab takes where none were asked for:
/// half of the available memory, within limits.
#[must_use]
pub fn default_media_cache(available: Option<f64>) -> f64 {
    available.filter(|available| !available.is_nan()).map_or(BLIND_MEDIA_CACHE, |available| {
        (available / 2.0).clamp(SMALLEST_DEFAULT_MEDIA_CACHE, MAX_MEDIA_CACHE)
    })
}

/// Estimated bytes the encoder takes for frames of `width` x `height` pixels.
#[must_use]
pub fn estimate_encoder_usage(width: f64, height: f64) -> f64 {
    ENCODER_BYTES_PER_PIXEL * width * height
}

/// Whether encoding may run beside rendering with `free` bytes left.
#[must_use]
pub fn has_enough_memory_for_parallel_encoding(free: f64, estimated_usage: f64) -> bool {
    free - estimated_usage > MINIMUM_MEMORY_LEFT
}

#[cfg(test)]
// Every figure here is exact.
#[allow(clippy::float_cmp)]
mod tests {
    use super::*;

    #[test]
    fn full_hd_needs_a_little_over_four_gigabytes() {
        let estimate = estimate_encoder_usage(1920.0, 1080.0);
        assert_eq!(estimate, 2_073_600_000.0);
        assert!(!has_enough_memory_for_parallel_encoding(4_073_600_000.0, estimate));
        assert!(has_enough_memory_for_parallel_encoding(4_073_600_001.0, estimate));
    }

    #[test]
    fn a_tab_takes_half_within_limits() {
        assert_eq!(default_media_cache(None), 1e9);
        assert_eq!(default_media_cache(Some(f64::NAN)), 1e9);
        assert_eq!(default_media_cache(Some(0.0)), 500.0 * MIB);
        assert_eq!(default_media_cache(Some(4e9)), 2e9);
        assert_eq!(default_media_cache(Some(f64::INFINITY)), 20_000.0 * MIB);
    }

    #[test]
    fn no_limit_is_always_enough() {
        assert!(has_enough_memory_for_parallel_encoding(f64::INFINITY, 1e18));
    }
}
