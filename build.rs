//! Link settings that a Node addon needs on each platform.

fn main() {
    #[cfg(feature = "binding")]
    napi_build::setup();
}
