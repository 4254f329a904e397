//! When a DittoServer gets its finalizer, and when it loses it.
//!
//! Without one the policies go at once, and the pod lives on for its grace period with every port open (measured). So
//! the finalizer stays until the account in the server's data is gone, the StatefulSet is deleted and its pods have
//! stopped; who does not stop is waited for as long as its grace period and 30 s more, and no longer.
//!
//! - The name is the Go operator's, so that a takeover has nothing to do.
//! - Paused, or with mode `Observe`, nothing is written here either: no finalizer is added, and one that is there stays,
//!   which keeps a DittoServer that is being deleted. Whoever paused it has to let it go on; the status says so.
//! - `UpsertOnly` deletes no StatefulSet, so that nobody waits for it: garbage collection stops it after the finalizer.
//! - A foreign StatefulSet is nobody's to wait for.

use std::time::Duration;

use serde_json::{Value, json};

use crate::api::{DittoServer, Mode};
use crate::cluster_view::{ClusterView, Workload};
use crate::server::ServerSpec;

/// The finalizer of DittoServers.
pub const FINALIZER: &str = "dittofs.dittofs.com/finalizer";

/// How much longer than its grace period a pod is waited for.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// What is known of the end of a DittoServer beside the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ending {
    /// The session needs the finalizer no more ([`Request::RemoveFinalizer`](crate::session::Request::RemoveFinalizer)).
    pub session_done: bool,
    /// For how long the StatefulSet has been seen gone, by a clock that never goes back. An operator that restarts begins
    /// anew.
    pub gone_for: Duration,
}

/// What is to be done about the finalizer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finalizer {
    /// It is as it should be.
    Keep,
    /// It is to be added, before anything is created.
    Add,
    /// It is to be removed: the DittoServer goes.
    Remove,
    /// It stays until something else has happened.
    Wait(WaitsFor),
}

/// What a DittoServer that is being deleted waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitsFor {
    /// Somebody who lets it go on: it is paused, or observed only.
    Somebody,
    /// The session, which takes the account away.
    Session,
    /// The StatefulSet, which is to be deleted.
    StatefulSet,
    /// Its pods, at most so long.
    Pods(Duration),
}

/// Decides about the finalizer.
pub fn finalizer(
    resource: &DittoServer,
    server: &ServerSpec,
    cluster: &ClusterView,
    ending: Ending,
) -> Finalizer {
    let has = resource.metadata.finalizers.iter().flatten().any(|name| name == FINALIZER);
    let writes = server.may_write();
    match (server.deleting, has) {
        (false, false) if writes => Finalizer::Add,
        (false, true | false) | (true, false) => Finalizer::Keep,
        (true, true) if !writes => Finalizer::Wait(WaitsFor::Somebody),
        (true, true) => waits_for(server, cluster, ending).map_or(Finalizer::Remove, Finalizer::Wait),
    }
}

fn waits_for(server: &ServerSpec, cluster: &ClusterView, ending: Ending) -> Option<WaitsFor> {
    if !ending.session_done {
        return Some(WaitsFor::Session);
    }
    match &cluster.workload {
        Workload::Foreign(_) => None,
        Workload::Ours(_) | Workload::Missing if server.mode == Mode::UpsertOnly => None,
        Workload::Ours(_) => Some(WaitsFor::StatefulSet),
        Workload::Missing => {
            let grace = cluster.pods.iter().map(|pod| pod.grace).max()?;
            let left = grace.saturating_add(PATIENCE).checked_sub(ending.gone_for)?;
            Some(WaitsFor::Pods(left))
        }
    }
}

impl Finalizer {
    /// The JSON merge patch (RFC 7386) of the resource, if something is to be written. It carries the identity that was
    /// seen, since the list is replaced whole.
    pub fn patch(self, resource: &DittoServer) -> Option<Value> {
        let mut finalizers = resource.metadata.finalizers.clone().unwrap_or_default();
        match self {
            Self::Keep | Self::Wait(_) => return None,
            Self::Add => finalizers.push(FINALIZER.to_owned()),
            Self::Remove => finalizers.retain(|name| name != FINALIZER),
        }
        let mut metadata = json!({ "finalizers": finalizers });
        let seen =
            [("uid", &resource.metadata.uid), ("resourceVersion", &resource.metadata.resource_version)];
        for (field, value) in seen {
            if let Some(value) = value {
                metadata[field] = json!(value);
            }
        }
        Some(json!({ "metadata": metadata }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Given, but, pod, stateful_set};

    const LONG: Duration = Duration::from_secs(3600);

    fn deleted() -> Given {
        Given::default()
            .with("/metadata/deletionTimestamp", json!("2030-01-01T00:00:00Z"))
            .with("/metadata/finalizers", json!(["other/one", FINALIZER]))
    }

    fn decided(given: &Given, session_done: bool, gone_for: Duration) -> Finalizer {
        let resource = serde_json::from_value(given.resource.clone()).unwrap();
        finalizer(&resource, &given.server(), &given.cluster(), Ending { session_done, gone_for })
    }

    fn mode(given: Given, mode: &str) -> Given {
        given.with("/spec/adapterDiscovery/mode", json!(mode))
    }

    fn paused(given: Given) -> Given {
        given.with("/metadata/annotations/dittofs.io~1paused", json!("true"))
    }

    #[test]
    fn comp_01_a_server_gets_the_finalizer_that_the_go_operator_gives_it() {
        let given = Given::default();
        assert_eq!(decided(&given, true, LONG), Finalizer::Add);
        let kept = given.clone().with("/metadata/finalizers", json!([FINALIZER]));
        assert_eq!(decided(&kept, true, LONG), Finalizer::Keep);
        assert_eq!(decided(&mode(given.clone(), "UpsertOnly"), true, LONG), Finalizer::Add);
        for unwritten in [mode(given.clone(), "Observe"), paused(given)] {
            assert_eq!(decided(&unwritten, true, LONG), Finalizer::Keep);
        }
    }

    #[test]
    fn a_server_goes_when_its_account_its_stateful_set_and_its_pods_are_gone() {
        let running = deleted().object(stateful_set(&[])).object(pod());
        assert_eq!(decided(&running, false, LONG), Finalizer::Wait(WaitsFor::Session));
        assert_eq!(decided(&running, true, LONG), Finalizer::Wait(WaitsFor::StatefulSet));
        let stopping = deleted().object(but(pod(), "/spec/terminationGracePeriodSeconds", json!(105)));
        for (gone_for, left) in [(0, 135), (100, 35), (135, 0)] {
            let left = Finalizer::Wait(WaitsFor::Pods(Duration::from_secs(left)));
            assert_eq!(decided(&stopping, true, Duration::from_secs(gone_for)), left);
        }
        assert_eq!(decided(&stopping, true, Duration::from_millis(135_001)), Finalizer::Remove, "no longer");
        assert_eq!(decided(&stopping, false, LONG), Finalizer::Wait(WaitsFor::Session));
        assert_eq!(decided(&deleted(), true, Duration::ZERO), Finalizer::Remove);
        let without = deleted().with("/metadata/finalizers", json!(["other/one"]));
        assert_eq!(decided(&without, true, LONG), Finalizer::Keep, "it is gone already");
    }

    #[test]
    fn a_grace_period_that_was_asked_for_when_deleting_counts() {
        let stopping = but(pod(), "/spec/terminationGracePeriodSeconds", json!(105));
        let hasty = but(stopping, "/metadata/deletionGracePeriodSeconds", json!(1));
        let given = deleted().object(hasty).object(but(pod(), "/metadata/name", json!("srv-1")));
        let left = Finalizer::Wait(WaitsFor::Pods(Duration::from_secs(60)));
        assert_eq!(decided(&given, true, Duration::ZERO), left, "the longest one; by default 30 s");
    }

    #[test]
    fn mode_01_what_is_not_executed_keeps_the_server_and_what_removes_nothing_waits_for_nothing() {
        let running = deleted().object(stateful_set(&[])).object(pod());
        for unwritten in [mode(running.clone(), "Observe"), paused(running.clone())] {
            assert_eq!(decided(&unwritten, true, LONG), Finalizer::Wait(WaitsFor::Somebody));
        }
        assert_eq!(decided(&mode(running.clone(), "UpsertOnly"), true, LONG), Finalizer::Remove);
        let foreign = but(stateful_set(&[]), "/metadata/ownerReferences", json!([]));
        assert_eq!(
            decided(&deleted().object(foreign).object(pod()), true, Duration::ZERO),
            Finalizer::Remove
        );
    }

    #[test]
    fn a_patch_changes_this_finalizer_alone_and_carries_what_was_seen() {
        let given = deleted().with("/metadata/resourceVersion", json!("9"));
        let resource: DittoServer = serde_json::from_value(given.resource).unwrap();
        let written = |finalizers| json!({ "metadata": { "uid": "uid-of-srv", "resourceVersion": "9", "finalizers": finalizers } });
        assert_eq!(Finalizer::Remove.patch(&resource), Some(written(json!(["other/one"]))));
        for nothing in [Finalizer::Keep, Finalizer::Wait(WaitsFor::Session)] {
            assert_eq!(nothing.patch(&resource), None);
        }
        let bare: DittoServer = serde_json::from_value(Given::default().resource).unwrap();
        let added = json!({ "metadata": { "uid": "uid-of-srv", "finalizers": [FINALIZER] } });
        assert_eq!(Finalizer::Add.patch(&bare), Some(added));
    }
}
