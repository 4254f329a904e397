//! Tells links when the Secret with their credentials was written or deleted. Only Secrets with our label are watched,
//! and of them only the metadata.

use std::collections::HashMap;
use std::sync::Arc;

use dittofs_interpreters::kubernetes::CREDENTIALS_LABEL;
use futures::{StreamExt as _, pin_mut};
use k8s_openapi::api::core::v1::Secret;
use kube::core::PartialObjectMeta;
use kube::runtime::watcher;
use kube::{Resource as _, ResourceExt as _};

use super::Context;
use super::cache::ServerKey;
use super::servers::locked;
use super::watching::watch;

/// Versions by DittoServer, as a list brings them together.
type Versions = HashMap<ServerKey, String>;

/// Watches for as long as the operator runs.
pub async fn follow(context: Arc<Context>) {
    let api = context.options.scope.api::<PartialObjectMeta<Secret>>(context.world.client.clone());
    let config =
        watcher::Config::default().labels(&format!("{}={}", CREDENTIALS_LABEL.0, CREDENTIALS_LABEL.1));
    let events = watch(api, config, context.world.clock.dice());
    pin_mut!(events);
    let mut known = Versions::new();
    let mut coming = Versions::new();
    let mut failures = 0_u32;
    while let Some(event) = events.next().await {
        match event {
            Ok(watcher::Event::Init) => coming.clear(),
            Ok(watcher::Event::InitApply(secret)) => coming.extend(entry(&secret)),
            Ok(watcher::Event::InitDone) => {
                for gone in known.keys().filter(|key| !coming.contains_key(key)) {
                    context.tell_credentials(gone, None);
                }
                for (key, version) in coming.iter().filter(|(key, version)| known.get(key) != Some(version)) {
                    context.tell_credentials(key, Some(version));
                }
                known = std::mem::take(&mut coming);
                failures = 0;
            }
            Ok(watcher::Event::Apply(secret)) => {
                if let Some((key, version)) = entry(&secret) {
                    context.tell_credentials(&key, Some(&version));
                    known.insert(key, version);
                }
            }
            Ok(watcher::Event::Delete(secret)) => {
                if let Some((key, _)) = entry(&secret) {
                    known.remove(&key);
                    context.tell_credentials(&key, None);
                }
            }
            Err(error) => {
                failures = failures.saturating_add(1);
                if failures.is_power_of_two() {
                    tracing::warn!(times = failures, %error, "the watch of credentials failed, and is opened again");
                }
            }
        }
    }
}

/// Whose credentials they are: those of the DittoServer that controls the Secret.
fn entry(secret: &PartialObjectMeta<Secret>) -> Option<(ServerKey, String)> {
    let owners = secret.owner_references().iter();
    let owner = owners.into_iter().find(|o| o.controller == Some(true) && o.kind == "DittoServer")?;
    let key = ServerKey { namespace: secret.namespace()?, name: owner.name.clone() };
    (secret.name_any() == format!("{}-operator-credentials", key.name)).then_some(())?;
    Some((key, secret.meta().resource_version.clone()?))
}

impl Context {
    fn tell_credentials(&self, key: &ServerKey, version: Option<&String>) {
        let Some(memory) = self.servers.get(key) else { return };
        let memory = locked(&memory);
        match version {
            Some(version) => memory.link.credentials_changed(version.clone()),
            None => memory.link.credentials_deleted(),
        }
    }
}
