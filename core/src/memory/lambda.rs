//! AWS Lambda, which states its memory in the environment.

use super::js_number::parse_int;

/// Variable that holds the function's memory in MiB
/// (AWS Lambda developer guide, "Defined runtime environment variables").
pub const MEMORY_SIZE_VARIABLE: &str = "AWS_LAMBDA_FUNCTION_MEMORY_SIZE";

/// Bytes the function was given, from the value of [`MEMORY_SIZE_VARIABLE`].
/// `None` unless it is a positive number.
#[must_use]
pub fn max_memory(value: &str) -> Option<f64> {
    parse_int(value).map(|mib| mib * 1024.0 * 1024.0).filter(|bytes| *bytes > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mib_become_bytes() {
        assert_eq!(max_memory("2048"), Some(2_147_483_648.0));
    }

    #[test]
    fn what_is_not_a_positive_number_is_no_source() {
        for value in ["", "lots", "0", "-128", "NaN"] {
            assert_eq!(max_memory(value), None, "{value:?}");
        }
    }
}
