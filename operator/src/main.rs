//! The `dittofs-adapters` binary.
fn main() {}
