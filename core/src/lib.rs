//! The pure core: observe, decide, interpret, and here is the middle.

pub mod api;
pub mod backoff;
mod baseline;
mod cluster_view;
pub mod connection;
mod decide;
mod deletion;
mod dependents;
mod desired;
pub mod discovery;
mod event;
pub mod events;
mod expose;
pub mod finalizer;
pub mod grace;
mod intent;
mod moment;
mod name;
mod observation;
mod order;
mod overlay;
mod ownership;
mod reachable;
mod relevance;
mod rollout;
mod selector;
mod server;
pub mod session;
pub mod status;
#[cfg(feature = "testing")]
#[expect(clippy::unwrap_used, reason = "for tests, where a panic is a failure")]
pub mod testing;
pub mod wire;
mod withdraw;
mod workload;

pub use cluster_view::{
    AdapterObjects, ClusterObject, ClusterView, Digest, FoundSecret, FreshSecrets, LegacyAdmin,
    MissingIdentity, Named, NoPod, OwnObject, OwnObjects, Owned, PodView, Refusal, SecretView, Taken,
    Workload,
};
pub use decide::decide;
pub use dependents::stopped_by;
pub use desired::WorkloadObjects;
pub use dittofs_effects as effects;
pub use event::{Event, EventType};
pub use moment::{Jitter, Moment};
pub use name::NameTemplate;
pub use observation::{AdapterReport, EmptyKind, Entry, Observation, State, Why};
pub use reachable::{OpenPort, PolicyPort, Reachability, reachable};
pub use relevance::{Affiliation, pod_matters, policy_matters, service_matters};
pub use server::{
    AdapterSettings, CertificateSpec, Companion, Credential, DatabaseSpec, KerberosSpec, LdapSpec,
    LoggingSpec, MachineAccountSpec, MetricsSpec, MonitorSpec, SecretKey, ServerSpec, ServiceFields,
    StorageSpec, WorkloadOwner, WorkloadSpec,
};
pub use workload::secrets_to_read;
