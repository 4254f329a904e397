//! What the controller tells about a StatefulSet.

use serde_json::{Value, json};

use super::super::World;
use super::super::key::{self, text};
use super::{Target, pod, revision_of};

impl World {
    /// Writes what is the case now; nothing if nothing changed.
    pub(super) fn write_status(&mut self, target: &Target) {
        let pods: Vec<&Value> =
            (0..target.replicas).filter_map(|ordinal| self.get(&target.pod(ordinal))).collect();
        let of = |revision: &str| pods.iter().filter(|pod| revision_of(pod) == Some(revision)).count();
        let ready = pods.iter().filter(|pod| pod::is_ready(pod)).count();
        let updated = of(&target.update);
        let complete = target.rolls_from.is_some() && updated == pods.len() && ready == pods.len();
        // Under OnDelete the current revision stays the old one, even after every pod was replaced (measured).
        let current = match text(&target.set, "/status/currentRevision") {
            Some(current) if !complete => current.to_owned(),
            _ => target.update.clone(),
        };
        let generation = target.set.pointer("/metadata/generation").cloned();
        let mut status = json!({
            "observedGeneration": generation,
            "replicas": pods.len(),
            "currentRevision": current,
            "updateRevision": target.update,
            "collisionCount": 0,
        });
        for (field, count) in [
            ("readyReplicas", ready),
            ("availableReplicas", ready),
            ("updatedReplicas", updated),
            ("currentReplicas", of(&current)),
        ] {
            // The API leaves a count of nothing out, but for this one.
            if count > 0 || field == "availableReplicas" {
                key::set(&mut status, &[field], json!(count));
            }
        }
        self.edit(&target.key, |set| key::set(set, &["status"], status));
    }
}
