//! The pure core: observe, decide, interpret, and here is the middle.

pub mod api;
mod cluster_view;
mod decide;
pub mod grace;
mod name;
mod observation;
mod ownership;
mod reachable;
mod selector;
mod server;
pub mod wire;

pub use cluster_view::{
    AdapterObjects, ClusterObject, ClusterView, MissingIdentity, NoPod, Owned, PodView, Refusal, Taken,
    Workload,
};
pub use decide::decide;
pub use dittofs_effects as effects;
pub use name::NameTemplate;
pub use observation::{AdapterReport, EmptyKind, Entry, Observation, State, Why};
pub use reachable::{OpenPort, PolicyPort, Reachability, reachable};
pub use server::{AdapterSettings, Companion, ServerSpec, ServiceFields};
