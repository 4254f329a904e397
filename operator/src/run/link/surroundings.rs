//! What a link stands on.

use std::sync::Arc;

use dittofs_interpreters::dittofs::{Address, Connect};
use dittofs_interpreters::kubernetes::Announcer;
use k8s_openapi::api::core::v1::ObjectReference;
use kube::Client;

use crate::run::clock::Clock;
use crate::run::password::Entropy;

/// What a link needs of the operator around it.
#[derive(Clone)]
pub struct Surroundings {
    /// The API server.
    pub client: Client,
    /// Makes transports to DittoFS.
    pub connect: Arc<dyn Connect>,
    /// Where servers are.
    pub address: Address,
    /// Time and chance.
    pub clock: Clock,
    /// For passwords.
    pub entropy: Entropy,
    /// Publishes events.
    pub announcer: Announcer,
    /// Writes nothing: no Secret, no event, no account.
    pub dry_run: bool,
    /// The DittoServer, for events.
    pub regarding: ObjectReference,
    /// Asks for a reconcile of this DittoServer.
    pub wake: Arc<dyn Fn() + Send + Sync>,
}
