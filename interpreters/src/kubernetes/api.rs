//! How the kinds of effects are addressed, and in whose name they are written.

use dittofs_core::effects::{Kind, ObjectRef, ResourceVersion, Seen, Uid};
use kube::api::{ApiResource, DeleteParams, DynamicObject, PatchParams, PostParams, Preconditions};
use kube::{Api, Client};

/// The field manager under which everything is written.
pub const FIELD_MANAGER: &str = "dittofs-adapters";

/// The API of an object's kind, in its namespace.
pub fn of(client: &Client, target: &ObjectRef) -> Api<DynamicObject> {
    Api::namespaced_with(client.clone(), &target.namespace, &resource(target.kind))
}

fn resource(kind: Kind) -> ApiResource {
    let plural = match kind {
        Kind::Service => "services",
        Kind::NetworkPolicy => "networkpolicies",
        Kind::StatefulSet => "statefulsets",
        Kind::ConfigMap => "configmaps",
        Kind::Secret => "secrets",
        Kind::PersistentVolumeClaim => "persistentvolumeclaims",
        Kind::Pod => "pods",
        Kind::ServiceMonitor => "servicemonitors",
    };
    let (group, version) = kind.api_version().split_once('/').unwrap_or(("", kind.api_version()));
    ApiResource {
        group: group.to_owned(),
        version: version.to_owned(),
        api_version: kind.api_version().to_owned(),
        kind: kind.as_str().to_owned(),
        plural: plural.to_owned(),
    }
}

pub(super) fn post() -> PostParams {
    PostParams { dry_run: false, field_manager: Some(FIELD_MANAGER.to_owned()) }
}

pub(super) fn patch() -> PatchParams {
    PatchParams { field_manager: Some(FIELD_MANAGER.to_owned()), ..PatchParams::default() }
}

/// In the background: what the object owns goes after it.
pub(super) fn delete(uid: &Uid, version: Option<&ResourceVersion>) -> DeleteParams {
    DeleteParams {
        preconditions: Some(Preconditions {
            uid: Some(uid.to_string()),
            resource_version: version.map(ToString::to_string),
        }),
        ..DeleteParams::background()
    }
}

/// The identity that an answer shows.
pub(super) fn seen(object: &impl kube::ResourceExt) -> Option<Seen> {
    Some(Seen {
        uid: Uid::new(&object.uid()?)?,
        resource_version: ResourceVersion::new(&object.resource_version()?)?,
    })
}
