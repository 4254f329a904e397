//! What turns effects into something: a plan that a person reads, or a world that changes.
//!
//! Nothing here decides what should happen. [`plan`] shows effects, [`memory`] is a Kubernetes API in memory that
//! answers to them as a real one was measured to do.

pub mod memory;
pub mod plan;
