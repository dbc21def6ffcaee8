/// A whole number below 2^53, as JavaScript has counted or checked it.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "JavaScript has counted or checked it"
)]
pub(super) fn whole(number: f64) -> u64 {
    number as u64
}
