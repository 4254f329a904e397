//! The administrator's Secret, watched only while it can help.

use dittofs_core::session::Version;
use futures::{Stream, StreamExt as _};
use k8s_openapi::api::core::v1::Secret;
use kube::core::PartialObjectMeta;
use kube::runtime::watcher;
use kube::{Api, Client, ResourceExt as _};

use crate::run::clock::Clock;
use crate::run::watching::watch;

/// Writes of this Secret, by their version. What is there when the watch begins counts too: it may have been written
/// since it was read.
pub fn changes(
    client: Client,
    clock: &Clock,
    namespace: &str,
    name: &str,
) -> impl Stream<Item = Option<Version>> + Send + 'static {
    let api: Api<PartialObjectMeta<Secret>> = Api::namespaced(client, namespace);
    let config = watcher::Config::default().fields(&format!("metadata.name={name}"));
    watch(api, config, clock.dice()).filter_map(|event| {
        let version = match event {
            Ok(watcher::Event::Apply(object) | watcher::Event::InitApply(object)) => {
                Some(object.resource_version())
            }
            Ok(watcher::Event::Init | watcher::Event::InitDone | watcher::Event::Delete(_)) | Err(_) => None,
        };
        std::future::ready(version)
    })
}
