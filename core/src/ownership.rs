//! Whose an object is: found by the uid of its controller, and told apart by role.
//!
//! Labels, names and annotation keys are those of the Go operator, so that what it left behind is recognised (COMP-01).

use dittofs_effects::{AdapterType, Uid};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};

use crate::name;
use crate::server::ServerSpec;

/// Label `app`, on everything that belongs to a server; also in the selectors.
pub(crate) const APP: (&str, &str) = ("app", "dittofs-server");
/// Label with the server's name; also in the selectors.
pub(crate) const INSTANCE: &str = "instance";
/// Label of an adapter's Service.
pub(crate) const ADAPTER_SERVICE: &str = "dittofs.io/adapter-service";
/// Label of an adapter's policy.
pub(crate) const ADAPTER_POLICY: &str = "dittofs.io/adapter-networkpolicy";
/// Label with the sanitised adapter type.
pub(crate) const ADAPTER_TYPE: &str = "dittofs.io/adapter-type";
/// Label of the baseline policy.
pub(crate) const BASELINE_POLICY: &str = "dittofs.io/baseline-networkpolicy";
/// Label of the metrics' Service and of its ServiceMonitor.
pub(crate) const METRICS_SERVICE: &str = "dittofs.io/metrics-service";
/// Value of the labels that only mark.
pub(crate) const TRUE: &str = "true";

/// Annotation with the keys of the annotations that we set, sorted and joined by commas.
pub(crate) const MANAGED_ANNOTATIONS: &str = "dittofs.io/managed-annotations";
/// Annotation with the names of the optional Service fields that we set.
pub(crate) const MANAGED_FIELDS: &str = "dittofs.io/managed-fields";
/// Annotation with the source ranges that we set.
pub(crate) const MANAGED_SOURCE_RANGES: &str = "dittofs.io/managed-source-ranges";
/// Annotation with the pieces of an object that we set, each with the digest of what was wanted of it.
pub(crate) const MANAGED_PIECES: &str = "dittofs.io/managed-pieces";
/// Annotation of the StatefulSet: which configuration and Secrets its pod template stands for.
pub(crate) const MANAGED_CONTENT: &str = "dittofs.io/managed-content";
/// Annotation of the pod template: a restart comes with another value.
pub(crate) const CONFIG_HASH: &str = "dittofs.io/config-hash";
/// Prefix of the annotations in which we keep our books; nobody else's to ask for.
pub(crate) const MANAGED_PREFIX: &str = "dittofs.io/managed-";

/// What an object of ours is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Serves this adapter.
    Adapter(AdapterType),
    /// The baseline policy.
    Baseline,
    /// Something else of the server, such as its API Service.
    Other(&'static str),
}

/// True when the server controls the object.
pub(crate) fn is_ours(metadata: &ObjectMeta, server: &ServerSpec) -> bool {
    let controller = controller(metadata);
    server.uid.as_ref().is_some_and(|uid| controller.is_some_and(|owner| owner.uid == uid.as_str()))
}

/// The reference to the object's controller.
pub(crate) fn controller(metadata: &ObjectMeta) -> Option<&OwnerReference> {
    metadata.owner_references.iter().flatten().find(|owner| owner.controller == Some(true))
}

/// The reference by which the server controls an object. A server without uid (a file) has none to give yet.
pub(crate) fn owner_reference(server: &ServerSpec) -> OwnerReference {
    OwnerReference {
        api_version: "dittofs.dittofs.com/v1alpha1".to_owned(),
        kind: "DittoServer".to_owned(),
        name: server.name.clone(),
        uid: server.uid.as_ref().map_or("(known once the DittoServer is created)", Uid::as_str).to_owned(),
        controller: Some(true),
        block_owner_deletion: Some(true),
    }
}

/// The role of a Service of ours.
///
/// A name that says whose it is comes first: a static one, or an adapter's default one. No label may turn the API Service
/// into an adapter's, or one adapter's Service into another's, to be withdrawn for it; the label is mended. Under any
/// other name the label says it.
pub(crate) fn service_role(metadata: &ObjectMeta, server: &ServerSpec) -> Role {
    let name = metadata.name.as_deref().unwrap_or_default();
    let suffix = name.strip_prefix(server.name.as_str()).unwrap_or_default();
    if let Some(found) = name::STATIC_SUFFIXES.iter().find(|s| **s == suffix) {
        return Role::Other(match *found {
            "-api" => "API",
            "-headless" => "headless",
            _ => "metrics",
        });
    }
    let by_name = server.default_template.adapter_of(name);
    by_name
        .or_else(|| labelled_adapter(metadata, ADAPTER_SERVICE))
        .map_or(Role::Other("unknown"), Role::Adapter)
}

/// The role of a policy of ours, found in the same way.
pub(crate) fn policy_role(metadata: &ObjectMeta, server: &ServerSpec) -> Role {
    let name = metadata.name.as_deref().unwrap_or_default();
    if name == name::baseline_policy(&server.name) {
        return Role::Baseline;
    }
    if let Some(adapter) = server.default_template.adapter_of(name) {
        return Role::Adapter(adapter);
    }
    if label(metadata, BASELINE_POLICY) == Some(TRUE) {
        return Role::Baseline;
    }
    labelled_adapter(metadata, ADAPTER_POLICY).map_or(Role::Other("unknown"), Role::Adapter)
}

fn labelled_adapter(metadata: &ObjectMeta, marker: &str) -> Option<AdapterType> {
    if label(metadata, marker) != Some(TRUE) {
        return None;
    }
    AdapterType::sanitise(label(metadata, ADAPTER_TYPE)?).ok()
}

/// The value of a label.
pub(crate) fn label<'a>(metadata: &'a ObjectMeta, key: &str) -> Option<&'a str> {
    metadata.labels.as_ref()?.get(key).map(String::as_str)
}

/// The value of an annotation.
pub(crate) fn annotation<'a>(metadata: &'a ObjectMeta, key: &str) -> Option<&'a str> {
    metadata.annotations.as_ref()?.get(key).map(String::as_str)
}
