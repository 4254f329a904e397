//! The DittoServer resource: its types, its schema, what a valid one is, and what it once had.
//!
//! Everything that v0.29 of the Go operator accepts parses here and is written back unchanged. Types are lenient, one
//! field at a time optional, since a resource in a cluster may predate any rule; [`validate()`] says what the API
//! server would refuse today.

mod adapters;
mod control_plane;
mod crd;
mod database;
mod ditto_server;
mod duration;
mod identity;
mod kerberos;
mod ldap;
mod logging;
mod macros;
mod metrics;
mod percona;
mod pod;
mod removed;
mod rules;
mod schema;
mod service;
mod snapshot_policy;
mod storage;
mod syntax;
mod validate;

pub use adapters::{
    AdapterDiscovery, AdapterOverride, AdapterServices, CompanionPort, EmptyList, ExternalTrafficPolicy,
    IpFamily, IpFamilyPolicy, Mode, PortRollout, SessionAffinity,
};
pub use control_plane::ControlPlane;
pub use crd::crd;
pub use database::{Database, DatabaseType, Sqlite};
pub use ditto_server::{DittoServer, DittoServerSpec};
pub use dittofs_effects::status::{AdapterState, AdapterStatus, DittoServerStatus, Phase, Summary};
pub use duration::{BadDuration, parse_go_duration};
pub use identity::{Admin, Identity, IdentityType, Jwt};
pub use kerberos::{Kerberos, MachineAccount};
pub use ldap::{IdMap, Ldap};
pub use logging::{LogFormat, LogLevel, Logging};
pub use metrics::{Metrics, ServiceMonitor};
pub use percona::{Percona, PerconaBackup};
pub use pod::Pod;
pub use removed::{UnknownField, missing_fields, unknown_fields};
pub use service::{Service, ServiceType};
pub use snapshot_policy::SnapshotPolicy;
pub use storage::Storage;
pub use validate::{PathSegment, Violation, validate, validate_update};

/// Names of the operator's own things in a pod.
pub(crate) mod reserved {
    pub(crate) use super::rules::{ENV, MOUNTS, VOLUMES};
}
