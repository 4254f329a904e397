//! The pure core: observe, decide, interpret, and here is the middle.

pub mod api;
pub mod grace;
mod observation;
pub mod wire;

pub use dittofs_effects as effects;
pub use observation::{AdapterReport, EmptyKind, Entry, Observation, State, Why};
