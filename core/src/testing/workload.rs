//! A server whose workload is ours: its objects, and Secrets whose values nobody sees.

use dittofs_effects::{Object, SecretText};
use k8s_openapi::ByteString;
use serde_json::Value;

use super::Given;
use crate::cluster_view::FreshSecrets;
use crate::{ClusterView, Named, OwnObject, SecretView, secrets_to_read};

impl Given {
    /// Hands the workload to us.
    #[must_use]
    pub fn whole(mut self) -> Self {
        self.whole = true;
        self
    }
}

/// Adds the objects of the workload to the view. A Secret that is not there was looked for; a ServiceMonitor may be made
/// where the cluster has a definition of it.
///
/// # Panics
/// When an object does not parse.
pub(super) fn with_own(view: ClusterView, given: &Given) -> ClusterView {
    let server = given.server();
    let objects = given.objects.iter().filter_map(|object| OwnObject::from_json(object).unwrap());
    let mut view = view.with_own(&server, objects).unwrap();
    for name in secrets_to_read(&server) {
        view.own.secrets.entry(name).or_insert(SecretView::Missing);
    }
    if given.objects.iter().any(|object| object["kind"] == "CustomResourceDefinition") {
        view.own.service_monitor.get_or_insert(Named::Free);
    }
    for class in given.objects.iter().filter(|object| object["kind"] == "StorageClass") {
        let name = class["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        view.own.expandable.insert(name, class["allowVolumeExpansion"] == true);
    }
    view.own.fresh = FreshSecrets {
        signing_key: SecretText::new("a-signing-key-of-at-least-32-chars".to_owned()),
        admin_password: SecretText::new("a-password".to_owned()),
        legacy_admin: None,
    };
    view
}

/// The object as the API server keeps it: what a Secret has as text, it has as data.
///
/// # Panics
/// When it cannot be sent.
pub(super) fn posted(object: &Object) -> Value {
    let mut posted = object.to_request().unwrap();
    if let Some(texts) = posted.as_object_mut().and_then(|object| object.remove("stringData")) {
        for (key, text) in texts.as_object().unwrap() {
            let bytes = ByteString(text.as_str().unwrap_or_default().as_bytes().to_vec());
            posted["data"][key] = serde_json::to_value(bytes).unwrap();
        }
    }
    posted
}
