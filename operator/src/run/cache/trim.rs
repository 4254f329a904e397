//! What of an object is kept: memory is spent on what decides alone.

use k8s_openapi::api::apps::v1::StatefulSet;
use k8s_openapi::api::core::v1::{Container, Pod, PodSpec, PodStatus, Service};
use k8s_openapi::api::networking::v1::NetworkPolicy;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

/// A kind that is kept.
pub trait Trim {
    /// Drops what nothing depends on.
    fn trim(&mut self);
}

/// Kept as a whole, as patches are made against it: an object of some DittoServer.
fn is_of_a_server(metadata: &ObjectMeta) -> bool {
    let owners = metadata.owner_references.iter().flatten();
    owners.into_iter().any(|owner| owner.controller == Some(true) && owner.kind == "DittoServer")
}

/// What of a foreign object's metadata says whose the name is. Without a version, an object of which nothing else has
/// changed is the same as before, and wakes nobody.
fn name_alone(metadata: &mut ObjectMeta) {
    let ObjectMeta { name, namespace, uid, owner_references, .. } = std::mem::take(metadata);
    *metadata = ObjectMeta { name, namespace, uid, owner_references, ..ObjectMeta::default() };
}

impl Trim for Service {
    fn trim(&mut self) {
        self.metadata.managed_fields = None;
        if !is_of_a_server(&self.metadata) {
            name_alone(&mut self.metadata);
            self.spec = None;
            self.status = None;
        }
    }
}

impl Trim for NetworkPolicy {
    fn trim(&mut self) {
        self.metadata.managed_fields = None;
        if !is_of_a_server(&self.metadata) {
            name_alone(&mut self.metadata);
            if let Some(spec) = &mut self.spec {
                spec.egress = None;
            }
        }
    }
}

impl Trim for StatefulSet {
    fn trim(&mut self) {
        self.metadata.managed_fields = None;
        if !is_of_a_server(&self.metadata) {
            name_alone(&mut self.metadata);
            self.spec = None;
            self.status = None;
            return;
        }
        if let Some(spec) = &mut self.spec {
            spec.volume_claim_templates = None;
            if let Some(pod) = &mut spec.template.spec {
                trim_template(pod);
            }
        }
    }
}

/// Of the pod template only labels, annotations and the ports of containers are ours or decide anything. A patch names
/// containers by their place, so they all stay.
fn trim_template(pod: &mut PodSpec) {
    let grace = pod.termination_grace_period_seconds;
    let containers = std::mem::take(&mut pod.containers).into_iter();
    let kept =
        |c: Container| Container { name: c.name, image: c.image, ports: c.ports, ..Container::default() };
    *pod = PodSpec {
        containers: containers.map(kept).collect(),
        termination_grace_period_seconds: grace,
        ..PodSpec::default()
    };
}

impl Trim for Pod {
    fn trim(&mut self) {
        self.metadata.managed_fields = None;
        self.metadata.finalizers = None;
        self.metadata.resource_version = None;
        let grace = self.spec.take().and_then(|spec| spec.termination_grace_period_seconds);
        if self.metadata.deletion_grace_period_seconds.is_none() {
            // Where the pod is not being deleted yet, it is what a deletion would give it.
            self.metadata.deletion_grace_period_seconds = grace;
        }
        let conditions = self.status.take().and_then(|status| status.conditions);
        let mut ready: Vec<_> =
            conditions.into_iter().flatten().filter(|condition| condition.type_ == "Ready").collect();
        for condition in &mut ready {
            condition.last_probe_time = None;
            condition.message = None;
        }
        self.status = Some(PodStatus { conditions: Some(ready), ..PodStatus::default() });
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_object_of_a_server_keeps_what_a_patch_is_made_against() {
        let object = |owner: &str| -> Service {
            serde_json::from_value(json!({
                "metadata": {
                    "name": "s", "namespace": "n", "uid": "u", "labels": { "a": "b" }, "managedFields": [{}],
                    "ownerReferences": [{ "apiVersion": "v1", "kind": owner, "name": "o", "uid": "o", "controller": true }],
                },
                "spec": { "ports": [{ "port": 1 }] },
            }))
            .unwrap()
        };
        let mut ours = object("DittoServer");
        ours.trim();
        assert!(
            ours.spec.is_some() && ours.metadata.labels.is_some() && ours.metadata.managed_fields.is_none()
        );
        let mut foreign = object("Deployment");
        foreign.trim();
        assert!(foreign.spec.is_none() && foreign.metadata.labels.is_none());
        assert!(foreign.metadata.uid.is_some() && foreign.metadata.owner_references.is_some());
    }
}
