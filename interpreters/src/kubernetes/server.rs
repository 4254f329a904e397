//! The DittoServer itself: its status, by the subresource, and its finalizer.

use dittofs_core::api::{DittoServer, DittoServerStatus};
use dittofs_core::effects::{Outcome, ResourceVersion, Seen, Uid};
use json_patch::{AddOperation, Patch, PatchOperation, RemoveOperation, TestOperation, jsonptr::PointerBuf};
use kube::{Api, Client, ResourceExt as _};
use serde_json::{Value, json};

use super::api;
use super::execute::guarded;
use super::outcome::outcome;

/// DittoServers of one namespace.
pub struct Servers {
    api: Api<DittoServer>,
}

impl Servers {
    /// Those of this namespace.
    pub fn new(client: Client, namespace: &str) -> Self {
        Self { api: Api::namespaced(client, namespace) }
    }

    /// Writes the status of the very version that it was computed from. Whoever calls has compared it: there is no
    /// write without a difference.
    pub async fn write_status(&self, server: &DittoServer, status: &DittoServerStatus) -> Outcome {
        let value = match serde_json::to_value(status) {
            Ok(value) => value,
            Err(error) => return Outcome::Invalid(error.to_string()),
        };
        let Some(patch) = patch(server, vec![add(&["status"], value)]) else { return Outcome::Conflict };
        let name = server.name_any();
        answered(&self.api.patch_status(&name, &api::patch(), &kube::api::Patch::Json::<()>(patch)).await)
    }

    /// Adds a finalizer.
    pub async fn add_finalizer(&self, server: &DittoServer, finalizer: &str) -> Outcome {
        let operation = if server.finalizers().is_empty() {
            add(&["metadata", "finalizers"], json!([finalizer]))
        } else {
            add(&["metadata", "finalizers", "-"], json!(finalizer))
        };
        self.patch(server, vec![operation]).await
    }

    /// Removes a finalizer, and no other.
    pub async fn remove_finalizer(&self, server: &DittoServer, finalizer: &str) -> Outcome {
        let Some(index) = server.finalizers().iter().position(|found| found == finalizer) else {
            return Outcome::NotFound;
        };
        let path = PointerBuf::from_tokens(["metadata", "finalizers", &index.to_string()]);
        let test = PatchOperation::Test(TestOperation { path: path.clone(), value: json!(finalizer) });
        self.patch(server, vec![test, PatchOperation::Remove(RemoveOperation { path })]).await
    }

    async fn patch(&self, server: &DittoServer, operations: Vec<PatchOperation>) -> Outcome {
        let Some(patch) = patch(server, operations) else { return Outcome::Conflict };
        let name = server.name_any();
        answered(&self.api.patch(&name, &api::patch(), &kube::api::Patch::Json::<()>(patch)).await)
    }
}

fn add(path: &[&str], value: Value) -> PatchOperation {
    PatchOperation::Add(AddOperation { path: PointerBuf::from_tokens(path.iter().copied()), value })
}

/// Nothing for a server without identity, which no API server shows.
fn patch(server: &DittoServer, operations: Vec<PatchOperation>) -> Option<Patch> {
    let seen = Seen {
        uid: Uid::new(&server.uid()?)?,
        resource_version: ResourceVersion::new(&server.resource_version()?)?,
    };
    Some(guarded(&Patch(operations), &seen))
}

fn answered(answer: &Result<DittoServer, kube::Error>) -> Outcome {
    match answer.as_ref().map(api::seen) {
        Ok(Some(seen)) => Outcome::Written(seen),
        Ok(None) => Outcome::Unavailable("the answer has no uid or resourceVersion".to_owned()),
        Err(error) => outcome(error),
    }
}
