//! An adapter that is not served any more loses its policy, then its Service (SRVC-03, SECU-04).

use dittofs_effects::{AdapterType, Cause, Delete, Effect, Kind, ObjectRef, Reason, Seen};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use crate::intent::Adapter;
use crate::order::{Stage, Steps};
use crate::server::ServerSpec;

/// Deletes everything that the adapter has. What is terminating is not deleted twice.
pub(crate) fn withdraw(adapter: &Adapter<'_>, cause: &Cause, server: &ServerSpec, steps: &mut Steps) {
    let Some(objects) = adapter.objects else { return };
    for policy in objects.policies.iter().filter(|p| !p.terminating) {
        let target = target(Kind::NetworkPolicy, &policy.object.metadata, server);
        steps.add(Stage::WithdrawPolicies, delete(target, Some(adapter.adapter), cause, &policy.seen));
    }
    for service in objects.services.iter().filter(|s| !s.terminating) {
        let target = target(Kind::Service, &service.object.metadata, server);
        steps.add(Stage::WithdrawServices, delete(target, Some(adapter.adapter), cause, &service.seen));
    }
}

/// A deletion of exactly what was seen.
pub(crate) fn delete(target: ObjectRef, adapter: Option<&AdapterType>, cause: &Cause, seen: &Seen) -> Effect {
    Effect::Delete(Delete {
        target,
        adapter: adapter.cloned(),
        reason: Reason::from(cause.clone()),
        precondition: seen.clone(),
    })
}

/// Names an object of the server.
pub(crate) fn target(kind: Kind, metadata: &ObjectMeta, server: &ServerSpec) -> ObjectRef {
    ObjectRef { kind, namespace: server.namespace.clone(), name: metadata.name.clone().unwrap_or_default() }
}
