//! The StatefulSet, in numbers: as the Go operator tells it, but for a pod of an old revision, which it takes for a new
//! one.

use k8s_openapi::api::apps::v1::StatefulSet;

use super::Cycle;
use super::condition::Conditions;
use super::stalled::STALLED;
use crate::api::Phase;
use crate::ownership;
use crate::server::{ServerSpec, WorkloadOwner};
use crate::session::condition::Status;

pub(super) const AVAILABLE: &str = "Available";
pub(super) const PROGRESSING: &str = "Progressing";

/// What the StatefulSet's status comes to.
pub(super) struct Workload {
    wanted: i32,
    pub ready: i32,
    pub available: i32,
    /// The hash of the configuration that the template carries.
    pub config_hash: Option<String>,
    updating: Option<&'static str>,
}

impl Workload {
    pub fn new(cycle: &Cycle<'_>) -> Self {
        let set = cycle.cluster.stateful_set().map(|set| &set.object);
        let status = set.and_then(|set| set.status.as_ref());
        // Under OnDelete the pod is left behind on purpose: only ports differ, and policies do not depend on them.
        let current = match (set, status) {
            (Some(set), Some(status)) if rolls(set) => status.updated_replicas.unwrap_or(0),
            _ => i32::MAX,
        };
        let ready = status.and_then(|s| s.ready_replicas).unwrap_or(0).min(current);
        let available = status.and_then(|s| s.available_replicas).unwrap_or(0).min(current);
        let updating = set.and_then(|set| updating(set, current));
        let config_hash = set.and_then(config_hash);
        Self { wanted: cycle.server.replicas, ready, available, config_hash, updating }
    }

    /// A server that does not run, and waits for somebody to do something, has failed (F-1).
    pub fn phase(&self, server: &ServerSpec, conditions: &Conditions<'_>) -> Phase {
        let is_ours = server.workload != WorkloadOwner::Theirs;
        if server.deleting {
            Phase::Deleting
        } else if self.wanted == 0 {
            Phase::Stopped
        } else if self.ready == self.wanted {
            Phase::Running
        } else if is_ours && self.ready == 0 && conditions.is(STALLED, Status::True) {
            Phase::Failed
        } else {
            Phase::Pending
        }
    }

    pub fn conditions(&self, conditions: &mut Conditions<'_>) {
        let Self { wanted, ready, .. } = self;
        let pods = format!("{ready} of {wanted} pods are ready");
        let (status, reason, message) = if *wanted == 0 {
            (Status::True, "Stopped", "the server is to have no pods (spec.replicas: 0)")
        } else if *ready >= 1 {
            (Status::True, "MinimumReplicasAvailable", pods.as_str())
        } else {
            (Status::False, "NoReplicasAvailable", pods.as_str())
        };
        conditions.set(AVAILABLE, status, reason, message);
        let (status, reason, message) = if let Some(updating) = self.updating {
            (Status::True, "StatefulSetUpdating", updating)
        } else if ready == wanted {
            (Status::False, "ReconcileComplete", pods.as_str())
        } else {
            (Status::True, "ScalingReplicas", pods.as_str())
        };
        conditions.set(PROGRESSING, status, reason, message);
    }
}

fn rolls(set: &StatefulSet) -> bool {
    let strategy = set.spec.as_ref().and_then(|spec| spec.update_strategy.as_ref());
    strategy.and_then(|strategy| strategy.type_.as_deref()) != Some("OnDelete")
}

fn updating(set: &StatefulSet, current: i32) -> Option<&'static str> {
    let observed = set.status.as_ref().and_then(|status| status.observed_generation);
    let replicas = set.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1);
    if observed < set.metadata.generation {
        Some("the StatefulSet's last change was not seen by its controller yet")
    } else if current < replicas {
        Some("the pod is not of the StatefulSet's current revision yet")
    } else {
        None
    }
}

fn config_hash(set: &StatefulSet) -> Option<String> {
    let template = set.spec.as_ref()?.template.metadata.as_ref()?;
    ownership::annotation(template, ownership::CONFIG_HASH).map(str::to_owned)
}
