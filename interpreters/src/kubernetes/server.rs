//! The DittoServer itself: its status, by the subresource, and its finalizer.

use dittofs_core::api::DittoServer;
use dittofs_core::effects::Outcome;
use kube::core::PartialObjectMeta;
use kube::{Api, Client};
use serde_json::Value;

use super::api;
use super::in_time::in_time;
use super::outcome::outcome;

/// DittoServers of one namespace.
pub struct Servers {
    /// Of the answers only the metadata is read.
    api: Api<PartialObjectMeta<DittoServer>>,
}

impl Servers {
    /// Those of this namespace.
    pub fn new(client: Client, namespace: &str) -> Self {
        Self { api: Api::namespaced(client, namespace) }
    }

    /// Writes what of a status has changed ([`patch`](dittofs_core::status::patch)); the patch carries the version it was computed from.
    pub async fn write_status(&self, name: &str, patch: &Value) -> Outcome {
        answered(&in_time(self.api.patch_status(name, &api::patch(), &kube::api::Patch::Merge(patch))).await)
    }

    /// Writes the metadata: a finalizer that comes or goes ([`Finalizer::patch`](dittofs_core::finalizer::Finalizer)).
    pub async fn write_metadata(&self, name: &str, patch: &Value) -> Outcome {
        answered(&in_time(self.api.patch(name, &api::patch(), &kube::api::Patch::Merge(patch))).await)
    }
}

fn answered(answer: &Result<PartialObjectMeta<DittoServer>, kube::Error>) -> Outcome {
    match answer.as_ref().map(api::seen) {
        Ok(Some(seen)) => Outcome::Written(seen),
        Ok(None) => Outcome::Unavailable("the answer has no uid or resourceVersion".to_owned()),
        Err(error) => outcome(error),
    }
}
