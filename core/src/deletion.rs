//! A DittoServer that is being deleted.
//!
//! Its policies are garbage-collected at once when it goes, while the pod lives on for its grace period with every port
//! open (measured). So the pod has to go first: the StatefulSet is deleted, and nothing else is written.

use dittofs_effects::{Cause, Delete, Effect, Hold, HoldCode, Kind, ObjectRef, Reason};

use crate::api::Mode;
use crate::cluster_view::ClusterView;
use crate::order::{Stage, Steps};
use crate::server::ServerSpec;

/// Why everybody is held.
pub(crate) const REASON: &str =
    "the DittoServer is being deleted: nothing is created or changed, and what it owns goes with it";

/// Deletes the StatefulSet, and holds everything else.
pub(crate) fn delete(cluster: &ClusterView, server: &ServerSpec, steps: &mut Steps) {
    let hold = |adapter| Hold { adapter, code: HoldCode::Deleting, reason: REASON.to_owned() };
    steps.hold(hold(None));
    for adapter in cluster.adapters.keys() {
        steps.hold(hold(Some(adapter.clone())));
    }
    let Some(set) = cluster.stateful_set().filter(|set| !set.terminating) else { return };
    if server.mode == Mode::UpsertOnly {
        let reason =
            format!("StatefulSet {} would be deleted, but the mode never removes anything", server.name);
        steps.hold(Hold { adapter: None, code: HoldCode::UpsertOnly, reason });
        return;
    }
    steps.add(
        Stage::WithdrawPolicies,
        Effect::Delete(Delete {
            target: ObjectRef {
                kind: Kind::StatefulSet,
                namespace: server.namespace.clone(),
                name: server.name.clone(),
            },
            adapter: None,
            reason: Reason::from(Cause::ServerDeleted),
            precondition: set.seen.clone(),
        }),
    );
}
