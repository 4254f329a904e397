//! Pods come from a template and go with what owns them.

use dittofs_effects::Kind;
use serde_json::{Value, json};

use super::super::key::{self, text};
use super::super::{World, apply};
use super::Target;

impl World {
    /// Starts a pod: from the newest template, or behind a partition from the current one.
    pub(super) fn start_pod(&mut self, target: &Target, ordinal: i64) {
        let behind = target.rolls_from.is_some_and(|from| ordinal < from);
        let current = text(&target.set, "/status/currentRevision").filter(|_| behind);
        let revision = current.unwrap_or(&target.update);
        let template = self.revisions.template(&target.key, revision);
        let template = template.or_else(|| target.set.pointer("/spec/template")).cloned().unwrap_or_default();
        let key = target.pod(ordinal);
        let mut labels = template.pointer("/metadata/labels").cloned().unwrap_or_else(|| json!({}));
        key::set(&mut labels, &["controller-revision-hash"], json!(revision));
        key::set(&mut labels, &["statefulset.kubernetes.io/pod-name"], json!(key.name));
        key::set(&mut labels, &["apps.kubernetes.io/pod-index"], json!(ordinal.to_string()));
        let uid = self.next_uid();
        let pod = json!({
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "name": key.name,
                "namespace": key.namespace,
                "uid": uid,
                "creationTimestamp": apply::ALWAYS,
                "labels": labels,
                "annotations": template.pointer("/metadata/annotations").unwrap_or(&json!({})),
                "ownerReferences": [{
                    "apiVersion": Kind::StatefulSet.api_version(),
                    "kind": Kind::StatefulSet.as_str(),
                    "name": target.key.name,
                    "uid": key::uid(&target.set),
                    "controller": true,
                    "blockOwnerDeletion": true,
                }],
            },
            "spec": template.get("spec"),
            "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]},
        });
        self.store(key, pod);
    }

    /// Removes the pods of the set that are on their way out, or too many.
    pub(super) fn remove_pods(&mut self, target: &Target) {
        let wanted: Vec<_> = (0..target.replicas).map(|ordinal| target.pod(ordinal)).collect();
        let uid = key::uid(&target.set);
        self.objects.retain(|key, pod| {
            let ours = key.kind == "Pod" && key.namespace == target.key.namespace && owner(pod) == uid;
            !ours || (wanted.contains(key) && !key::is_terminating(pod) && !has_failed(pod))
        });
    }

    /// Removes the pods whose StatefulSet is gone.
    pub(super) fn remove_orphans(&mut self) {
        let sets = self.objects.iter().filter(|(key, _)| key.is(Kind::StatefulSet));
        let uids: Vec<_> = sets.filter_map(|(_, set)| key::uid(set).map(str::to_owned)).collect();
        self.objects.retain(|key, pod| {
            key.kind != "Pod" || owner(pod).is_none_or(|owner| uids.iter().any(|uid| uid == owner))
        });
    }
}

/// The uid of the StatefulSet that controls the pod.
pub(super) fn owner(pod: &Value) -> Option<&str> {
    let owners = pod.pointer("/metadata/ownerReferences").and_then(Value::as_array)?;
    let set = owners.iter().find(|o| o.get("kind").and_then(Value::as_str) == Some("StatefulSet"))?;
    set.get("uid")?.as_str()
}

fn has_failed(pod: &Value) -> bool {
    text(pod, "/status/phase") == Some("Failed")
}

pub(super) fn is_ready(pod: &Value) -> bool {
    let conditions = pod.pointer("/status/conditions").and_then(Value::as_array);
    conditions.into_iter().flatten().any(|c| {
        c.get("type").and_then(Value::as_str) == Some("Ready")
            && c.get("status").and_then(Value::as_str) == Some("True")
    })
}

pub(super) fn set_ready(pod: &mut Value, ready: bool) {
    let status = if ready { "True" } else { "False" };
    key::set(pod, &["status", "conditions"], json!([{"type": "Ready", "status": status}]));
}
