//! What the StatefulSet and its pods say of a rollout.

use dittofs_effects::Guard;
use k8s_openapi::api::apps::v1::StatefulSet;
use serde_json::{Value, json};

use crate::cluster_view::{Owned, PodView};
use crate::rollout::Strategy;

pub(super) fn strategy(set: &StatefulSet) -> Strategy {
    let strategy = set.spec.as_ref().and_then(|s| s.update_strategy.as_ref());
    match strategy.and_then(|s| s.type_.as_deref()) {
        Some("OnDelete") => Strategy::OnDelete,
        Some(_) | None => Strategy::RollingUpdate,
    }
}

pub(super) fn replicas(set: &StatefulSet) -> i32 {
    set.spec.as_ref().and_then(|s| s.replicas).unwrap_or(1)
}

/// The controller has seen this template, and every pod was made from it. `currentRevision` would lie under `OnDelete`
/// (measured).
pub(super) fn runs(set: &StatefulSet) -> bool {
    let Some(status) = &set.status else { return false };
    let observed =
        status.observed_generation.is_some() && status.observed_generation == set.metadata.generation;
    observed && status.updated_replicas.unwrap_or(0) == replicas(set)
}

/// A live pod that lacks an annotation of the template, or has another value there: what a rollout restart leaves. Values
/// are compared, since the second restart only changes one.
pub(super) fn restart_requested<'a>(set: &Owned<StatefulSet>, pods: &'a [PodView]) -> Option<&'a PodView> {
    let template = &set.object.spec.as_ref()?.template;
    let annotations = template.metadata.as_ref()?.annotations.as_ref()?;
    let differs =
        |pod: &&PodView| annotations.iter().any(|(key, value)| pod.annotations.get(key) != Some(value));
    pods.iter().filter(|pod| !pod.terminating).find(differs)
}

pub(super) fn guard(pod: &PodView) -> Guard {
    Guard { name: pod.name.clone(), uid: pod.uid.clone(), revision: pod.revision.clone() }
}

/// A partition of 0 is said: the API server gives a named strategy none, and the controller then brings pods back from the
/// old revision for as long as the status counts them (seen on 1.35), so that one restart can become two.
pub(super) fn written(strategy: Strategy) -> Value {
    match strategy {
        Strategy::RollingUpdate => json!({ "type": strategy.as_str(), "rollingUpdate": { "partition": 0 } }),
        Strategy::OnDelete => json!({ "type": strategy.as_str() }),
    }
}
