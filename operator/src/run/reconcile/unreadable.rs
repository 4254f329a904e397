//! A DittoServer that does not parse: it is held as it is, and told so, once for each thing that is wrong with it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use dittofs_core::api::{DittoServer, DittoServerSpec};
use dittofs_core::effects::Outcome;
use dittofs_core::status::{patch, unreadable};
use dittofs_interpreters::kubernetes::{Servers, in_time};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::api::{ApiResource, DynamicObject};
use kube::{Api, Resource as _};

use crate::run::Context;
use crate::run::cache::ServerKey;

/// What was said of each, so that it is said once.
#[derive(Debug, Default)]
pub struct Unreadable(Mutex<HashMap<ServerKey, String>>);

impl Unreadable {
    /// It can be read again, or is gone.
    pub fn forget(&self, key: &ServerKey) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }

    fn is_news(&self, key: &ServerKey, error: &str) -> bool {
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        said.insert(key.clone(), error.to_owned()).as_deref() != Some(error)
    }
}

/// Writes into the status what is wrong. Nothing else is written for a resource that nobody can read.
pub(super) async fn report(error: &str, key: &ServerKey, context: &Arc<Context>) {
    let ServerKey { namespace, name } = key;
    if !context.unreadable.is_news(key, error) {
        return;
    }
    tracing::warn!(namespace, name, error, "the DittoServer cannot be read, and is held");
    if context.options.dry_run {
        return;
    }
    let written = write(error, key, context).await;
    match written {
        Ok(Outcome::Written(_) | Outcome::Held) => {}
        // An API server that checks the whole object does not take a status for one that is not valid.
        Ok(Outcome::Invalid(error)) => tracing::warn!(namespace, name, error, "its status cannot say so"),
        other => {
            // Said again when it is next looked at.
            context.unreadable.forget(key);
            tracing::warn!(namespace, name, outcome = ?other, "its status cannot be written");
        }
    }
}

async fn write(error: &str, key: &ServerKey, context: &Arc<Context>) -> Result<Outcome, kube::Error> {
    // The watch gives the metadata alone; the conditions are one list, which has to be written whole.
    let resource = ApiResource::erase::<DittoServer>(&());
    let client = context.world.client.clone();
    let api: Api<DynamicObject> = Api::namespaced_with(client.clone(), &key.namespace, &resource);
    let object = in_time(api.get(&key.name)).await?;
    let before = object.data.get("status").and_then(|status| serde_json::from_value(status.clone()).ok());
    let now = Time(context.world.clock.timestamp());
    let after = unreadable(before.as_ref(), object.metadata.generation, error, &now);
    let mut shell = DittoServer::new(&key.name, DittoServerSpec::default());
    *shell.meta_mut() = object.metadata;
    shell.status = before;
    match patch(&shell, &after) {
        Some(patch) => Ok(Servers::new(client, &key.namespace).write_status(&key.name, &patch).await),
        None => Ok(Outcome::Held),
    }
}
