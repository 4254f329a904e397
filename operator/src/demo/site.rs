//! Where the tour takes place.

use std::time::Duration;

use embedded_kubernetes::Kind;
use serde_json::Value;

use super::DemoError;
use super::snapshot::Snapshot;

/// A cluster with one DittoServer and its DittoFS, for those who act in the tour: administrators, other people, accidents.
/// All of it is in the demo's namespace.
pub trait Site {
    /// What is not the same at every site.
    fn script(&self) -> Script;

    /// The objects as they are.
    async fn snapshot(&self) -> Result<Snapshot, DemoError>;

    /// Somebody makes an object.
    async fn create(&self, kind: Kind, object: Value) -> Result<(), DemoError>;

    /// Somebody deletes an object.
    async fn delete(&self, kind: Kind, name: &str) -> Result<(), DemoError>;

    /// An administrator starts or stops an adapter.
    async fn enable(&self, adapter: &str, enabled: bool) -> Result<(), DemoError>;

    /// An administrator gives an adapter another port.
    async fn set_port(&self, adapter: &str, port: u16) -> Result<(), DemoError>;

    /// DittoFS fails, until it is healed.
    async fn fail(&mut self) -> Result<(), DemoError>;

    /// DittoFS answers with an empty list, until it is healed.
    async fn empty(&mut self) -> Result<(), DemoError>;

    /// DittoFS is well again.
    async fn heal(&mut self) -> Result<(), DemoError>;

    /// How often the operator has asked DittoFS.
    fn asked(&self) -> u64;

    /// Whether DittoFS has refused the operator a deletion.
    fn refused_a_deletion(&self) -> bool;

    /// Whether the operator's account is there.
    async fn has_account(&self) -> Result<bool, DemoError>;

    /// Leaves a page to be read.
    async fn rest(&self, pace: Duration);
}

/// What is not the same at every site.
#[derive(Clone, Copy)]
pub struct Script {
    pub opening: &'static str,
    pub outage: Outage,
    /// What happens when the list is empty.
    pub empty: &'static str,
    /// What happens when a Service is deleted, and who asked DittoFS if somebody did.
    pub restored: &'static str,
    pub asked_by: Option<&'static str>,
    /// Longer than the longest wait between two tries.
    pub patience: Duration,
}

/// DittoFS fails.
#[derive(Clone, Copy)]
pub struct Outage {
    pub title: &'static str,
    pub happens: &'static str,
    pub lasts: Duration,
    pub period: &'static str,
}
