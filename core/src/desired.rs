//! Kubernetes objects are built here and nowhere else, one file a kind.

mod config;
mod config_map;
mod network_policy;
mod own_service;
mod secret;
mod service;
mod service_monitor;
mod stateful_set;
mod whole;

pub(crate) use config::config;
pub(crate) use config_map::CONFIG_KEY;
pub(crate) use network_policy::network_policy;
pub(crate) use secret::{PASSWORD_KEY, SIGNING_KEY, USERNAME_KEY, secret_metadata};
pub(crate) use service::service;
pub(crate) use stateful_set::{
    CONTENT_PATH, CONTROL_PLANE_PATH, METADATA_PATH, claim_templates, stateful_set,
};
pub use whole::WorkloadObjects;

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use crate::ownership::{self, APP, INSTANCE};
use crate::server::ServerSpec;

/// Metadata of an object of ours: where it is, whose, and what for.
fn metadata(
    server: &ServerSpec,
    name: String,
    labels: &[(&str, &str)],
    annotations: BTreeMap<String, String>,
) -> ObjectMeta {
    let labels: BTreeMap<_, _> =
        labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    ObjectMeta {
        name: Some(name),
        namespace: Some(server.namespace.clone()),
        labels: (!labels.is_empty()).then_some(labels),
        annotations: (!annotations.is_empty()).then_some(annotations),
        owner_references: Some(vec![ownership::owner_reference(server)]),
        ..ObjectMeta::default()
    }
}

/// What selects the server's pods.
fn pod_labels(server: &str) -> BTreeMap<String, String> {
    BTreeMap::from([(APP.0.to_owned(), APP.1.to_owned()), (INSTANCE.to_owned(), server.to_owned())])
}

/// Adds a book to annotations, unless it is empty.
fn add_book(annotations: &mut BTreeMap<String, String>, book: &str, names: &str) {
    if !names.is_empty() {
        annotations.insert(book.to_owned(), names.to_owned());
    }
}
