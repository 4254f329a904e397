//! What turns effects into something: a plan that a person reads, calls to an API server, or a world that changes.
//!
//! Nothing here decides what should happen. [`plan`] shows effects, [`kubernetes`] carries them out, [`memory`] is a
//! Kubernetes API in memory that answers to them as a real one was measured to do; [`dittofs`] carries requests to the
//! control plane.

pub mod dittofs;
pub mod kubernetes;
pub mod memory;
pub mod plan;
