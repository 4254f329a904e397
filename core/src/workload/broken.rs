//! A rollout that is broken (row 10 of the table): the StatefulSet controller waits for a pod of an old revision to become
//! ready before it replaces it, for ever if it never does (measured). So the pod is deleted, and comes back from the
//! template of now.

use dittofs_effects::{Cause, Delete, Effect, Hold, HoldCode, Kind, Reason, Seen};
use k8s_openapi::api::apps::v1::StatefulSet;

use super::{own, state};
use crate::api::Mode;
use crate::cluster_view::{ClusterView, Owned, PodView};
use crate::order::{Stage, Steps};
use crate::rollout::Strategy;
use crate::server::ServerSpec;

/// Deletes such a pod. Where nothing of the StatefulSet is written in the same plan.
pub(super) fn mend(cluster: &ClusterView, set: &Owned<StatefulSet>, server: &ServerSpec, steps: &mut Steps) {
    let Some(revision) = rolls_to(&set.object) else { return };
    for pod in cluster.pods.iter().filter(|pod| is_left_behind(pod, revision)) {
        let Some(resource_version) = pod.version.clone() else { continue };
        if server.mode == Mode::UpsertOnly {
            let reason =
                format!("Pod {} is of an old revision and not ready, but the mode removes nothing", pod.name);
            steps.hold(Hold { adapter: None, code: HoldCode::UpsertOnly, reason });
            continue;
        }
        let delete = Delete {
            target: own::target(Kind::Pod, &pod.name, server),
            adapter: None,
            reason: Reason::from(Cause::BrokenRollout),
            precondition: Seen { uid: pod.uid.clone(), resource_version },
        };
        steps.add(Stage::Last, Effect::Delete(delete));
    }
}

/// The revision that every pod is to have, as the controller has seen it. Behind a partition somebody wants the old one.
fn rolls_to(set: &StatefulSet) -> Option<&str> {
    let strategy = set.spec.as_ref()?.update_strategy.as_ref();
    let rolling = strategy.and_then(|strategy| strategy.rolling_update.as_ref());
    let partition = rolling.and_then(|rolling| rolling.partition).unwrap_or(0);
    let status = set.status.as_ref()?;
    let observed =
        status.observed_generation.is_some() && status.observed_generation == set.metadata.generation;
    let rolls = state::strategy(set) == Strategy::RollingUpdate && partition == 0;
    status.update_revision.as_deref().filter(|_| observed && rolls)
}

fn is_left_behind(pod: &PodView, revision: &str) -> bool {
    !pod.ready && !pod.terminating && !pod.revision.is_empty() && pod.revision != revision
}
