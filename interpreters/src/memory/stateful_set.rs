//! The StatefulSet controller and the kubelet, as far as rollouts show them.
//!
//! One call of [`World::settle`] runs both until nothing moves any more. A template that is written and not yet
//! settled is a controller that lags: `observedGeneration` is behind `generation`.

use std::sync::Arc;

use dittofs_effects::Kind;
use serde_json::{Value, json};

use super::key::{self, ObjectKey, text};
use super::{World, apply};

mod pod;
mod revision;
mod status;

pub(super) use revision::{Revisions, revision_of};

/// What `kubectl rollout restart` writes into a template.
pub const RESTARTED_AT: &str = "kubectl.kubernetes.io/restartedAt";

/// What the controller goes by.
struct Target {
    key: ObjectKey,
    set: Arc<Value>,
    /// The revision of the template.
    update: String,
    /// `RollingUpdate` replaces pods from this ordinal up; `OnDelete` none.
    rolls_from: Option<i64>,
    replicas: i64,
}

impl World {
    /// Lets the StatefulSet controller and the kubelet do all they do: pods that are being deleted or have failed go,
    /// missing ones come, outdated ones are replaced where the strategy says so, and the status tells.
    pub fn settle(&mut self) {
        let sets: Vec<_> = self.objects.keys().filter(|k| k.is(Kind::StatefulSet)).cloned().collect();
        self.remove_orphans();
        for key in sets {
            if let Some(set) = self.objects.get(&key).filter(|set| !key::is_terminating(set)) {
                let target = Target::new(key.clone(), Arc::clone(set), &mut self.revisions);
                self.settle_set(&target);
            }
        }
    }

    fn settle_set(&mut self, target: &Target) {
        self.remove_pods(target);
        for ordinal in 0..target.replicas {
            if !self.objects.contains_key(&target.pod(ordinal)) {
                self.start_pod(target, ordinal);
            }
        }
        for ordinal in (target.rolls_from.unwrap_or(target.replicas)..target.replicas).rev() {
            let key = target.pod(ordinal);
            let Some(pod) = self.objects.get(&key) else { break };
            if revision_of(pod) == Some(target.update.as_str()) {
                continue;
            }
            // OrderedReady waits for a broken pod, for ever: somebody has to delete it.
            if !pod::is_ready(pod) {
                break;
            }
            self.objects.remove(&key);
            self.revisions.count_replacement(&target.key);
            self.start_pod(target, ordinal);
        }
        self.write_status(target);
    }

    /// `kubectl delete pod`: it goes, and comes back, when the world settles.
    pub fn restart_pod(&mut self, namespace: &str, name: &str) -> bool {
        self.edit(&ObjectKey::new("Pod", namespace, name), |pod| {
            key::set_metadata(pod, "deletionTimestamp", json!(apply::ALWAYS));
            pod::set_ready(pod, false);
        })
    }

    /// The pod fails; the controller replaces it when the world settles.
    pub fn crash(&mut self, namespace: &str, name: &str) -> bool {
        self.edit(&ObjectKey::new("Pod", namespace, name), |pod| {
            pod::set_ready(pod, false);
            key::set(pod, &["status", "phase"], json!("Failed"));
        })
    }

    /// A probe of the pod fails, or succeeds again. It stays as it is until told otherwise.
    pub fn set_pod_ready(&mut self, namespace: &str, name: &str, ready: bool) -> bool {
        self.edit(&ObjectKey::new("Pod", namespace, name), |pod| pod::set_ready(pod, ready))
    }

    /// `kubectl rollout restart`, at the time `value`.
    pub fn rollout_restart(&mut self, namespace: &str, name: &str, value: &str) -> bool {
        self.edit(&ObjectKey::new(Kind::StatefulSet.as_str(), namespace, name), |set| {
            key::set(set, &["spec", "template", "metadata", "annotations", RESTARTED_AT], json!(value));
        })
    }

    /// How often the controller replaced a pod of this StatefulSet because of its template. Pods that were deleted
    /// or failed are not counted.
    pub fn restarts(&self, namespace: &str, name: &str) -> u64 {
        self.revisions.replacements(&ObjectKey::new(Kind::StatefulSet.as_str(), namespace, name))
    }
}

impl Target {
    fn new(key: ObjectKey, set: Arc<Value>, revisions: &mut Revisions) -> Self {
        let update = revisions.of_template(&key, &set);
        let rolling = text(&set, "/spec/updateStrategy/type") != Some("OnDelete");
        let partition = set.pointer("/spec/updateStrategy/rollingUpdate/partition").and_then(Value::as_i64);
        let replicas = set.pointer("/spec/replicas").and_then(Value::as_i64).unwrap_or(1);
        Self { rolls_from: rolling.then(|| partition.unwrap_or(0)), key, set, update, replicas }
    }

    fn pod(&self, ordinal: i64) -> ObjectKey {
        ObjectKey::new("Pod", &self.key.namespace, &format!("{}-{ordinal}", self.key.name))
    }
}

/// Fills in the defaults of a written StatefulSet, as far as effects touch them.
pub(super) fn fill_in(set: &mut Value) {
    // A strategy that is named gets no settings (measured on 1.35).
    if text(set, "/spec/updateStrategy/type").is_none() {
        set["spec"]["updateStrategy"] =
            json!({ "type": "RollingUpdate", "rollingUpdate": { "partition": 0 } });
    }
    let containers = set.pointer_mut("/spec/template/spec/containers").and_then(Value::as_array_mut);
    let ports = containers.into_iter().flatten().filter_map(|c| c.get_mut("ports")?.as_array_mut()).flatten();
    for port in ports.filter_map(Value::as_object_mut) {
        port.entry("protocol").or_insert_with(|| json!("TCP"));
    }
}
