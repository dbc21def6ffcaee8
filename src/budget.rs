//! What a render may spend.

/// Bytes that must stay free beside the encoder (rule of `@remotion/renderer` 4.0.529).
pub const MINIMUM_MEMORY_LEFT: f64 = 2_000_000_000.0;

/// Bytes that encoding during rendering is estimated to take per pixel of a frame.
pub const ENCODER_BYTES_PER_PIXEL: f64 = 1_000.0;

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
    fn no_limit_is_always_enough() {
        assert!(has_enough_memory_for_parallel_encoding(f64::INFINITY, 1e18));
    }
}
