//! How far a StatefulSet and its pod are.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::tools::{drop, edit, find};

/// One thing about the workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rollout {
    /// There is none, nor a pod.
    NoWorkload,
    /// There is no pod.
    NoPod,
    /// Somebody else has its name.
    ForeignWorkload,
    /// It is being deleted.
    Terminating,
    /// The pod is not ready.
    PodUnready,
    /// The pod is being deleted.
    PodTerminating,
    /// A stray pod with our labels, of another controller, is not ready.
    StrayPod,
    /// The controller has not seen the template yet.
    Lags,
    /// A rollout is under way.
    Rolling,
    /// No status at all.
    NoStatus,
    /// OnDelete, with the template that runs.
    OnDelete,
    /// OnDelete, with a template that does not run.
    OnDeletePending,
    /// OnDelete, with a template that the controller has not seen, under a status that says all is well.
    OnDeleteUnseen,
    /// Somebody ran `kubectl rollout restart`.
    RestartedAt,
    /// Behind a partition.
    Partition,
    /// The container is called something else.
    OtherContainer,
    /// A sidecar comes first.
    Sidecar,
    /// No ports are declared at all.
    NoPorts,
    /// A port of no adapter is declared as one's.
    StalePort,
    /// Ports in another order.
    PortsReversed,
    /// Somebody took an annotation off the pod.
    PodAnnotationGone,
    /// Scaled to nothing.
    NoReplicas,
}

const NEW_YEAR: &str = "2026-01-01T00:00:00Z";
const SET: &str = "StatefulSet";
const CONTAINER_PORTS: &str = "/spec/template/spec/containers/0/ports";

/// The settled objects, as a controller leaves them: revision names fit.
pub(super) fn make_consistent(objects: &mut [Value]) {
    edit(
        objects,
        SET,
        "srv",
        &[("/status/updateRevision", json!("srv-1")), ("/status/currentRevision", json!("srv-1"))],
    );
}

/// Anything.
pub(super) fn rollout() -> impl Strategy<Value = Rollout> {
    use Rollout::{NoReplicas, OnDelete, OnDeletePending, OnDeleteUnseen, RestartedAt, StalePort};
    prop_oneof![
        2 => prop::sample::select(ALL.to_vec()),
        1 => prop::sample::select(vec![
            OnDelete, OnDeletePending, OnDeleteUnseen, RestartedAt, StalePort, NoReplicas,
        ]),
    ]
}

/// Every one.
const ALL: [Rollout; 22] = [
    Rollout::NoWorkload,
    Rollout::NoPod,
    Rollout::ForeignWorkload,
    Rollout::Terminating,
    Rollout::PodUnready,
    Rollout::PodTerminating,
    Rollout::StrayPod,
    Rollout::Lags,
    Rollout::Rolling,
    Rollout::NoStatus,
    Rollout::OnDelete,
    Rollout::OnDeletePending,
    Rollout::OnDeleteUnseen,
    Rollout::RestartedAt,
    Rollout::Partition,
    Rollout::OtherContainer,
    Rollout::Sidecar,
    Rollout::NoPorts,
    Rollout::StalePort,
    Rollout::PortsReversed,
    Rollout::PodAnnotationGone,
    Rollout::NoReplicas,
];

impl Rollout {
    /// Makes it so.
    pub(super) fn apply(self, objects: &mut Vec<Value>) {
        match self {
            Self::NoWorkload => {
                drop(objects, SET, "srv");
                drop(objects, "Pod", "srv-0");
            }
            Self::NoPod => drop(objects, "Pod", "srv-0"),
            Self::StrayPod => {
                if let Some(mut pod) = find(objects, "Pod", "srv-0").map(|p| p.clone()) {
                    pod["metadata"]["name"] = json!("stray");
                    pod["metadata"]["uid"] = json!("stray");
                    pod["metadata"]["ownerReferences"][0]["uid"] = json!("other-set");
                    pod["status"]["conditions"] = json!([]);
                    objects.push(pod);
                }
            }
            Self::Sidecar | Self::PortsReversed => {
                let Some(set) = find(objects, SET, "srv") else { return };
                let containers =
                    set.pointer_mut("/spec/template/spec/containers").and_then(Value::as_array_mut);
                let Some(containers) = containers else { return };
                if self == Self::Sidecar {
                    containers.insert(0, json!({ "name": "sidecar", "ports": [{ "name": "adapter-x", "containerPort": 1, "protocol": "TCP" }] }));
                } else if let Some(ports) = containers[0]["ports"].as_array_mut() {
                    ports.reverse();
                }
            }
            other => match other.changes_of_pod() {
                Some(change) => edit(objects, "Pod", "srv-0", &[change]),
                None => edit(objects, SET, "srv", &other.changes()),
            },
        }
    }

    fn changes_of_pod(self) -> Option<(&'static str, Value)> {
        match self {
            Self::PodUnready => Some(("/status/conditions/0/status", json!("False"))),
            Self::PodTerminating => Some(("/metadata/deletionTimestamp", json!(NEW_YEAR))),
            Self::PodAnnotationGone => Some(("/metadata/annotations", json!({}))),
            _ => None,
        }
    }

    fn changes(self) -> Vec<(&'static str, Value)> {
        let strategy = "/spec/updateStrategy";
        let restarted = "/spec/template/metadata/annotations/kubectl.kubernetes.io~1restartedAt";
        match self {
            Self::ForeignWorkload => vec![("/metadata/ownerReferences", json!([]))],
            Self::Terminating => terminating(),
            Self::Lags => vec![("/metadata/generation", json!(4))],
            Self::Rolling => vec![("/status/updatedReplicas", json!(0))],
            Self::NoStatus => vec![("/status", json!({}))],
            Self::OnDelete => vec![(strategy, json!({ "type": "OnDelete" }))],
            Self::OnDeletePending => vec![
                (strategy, json!({ "type": "OnDelete" })),
                ("/status/updateRevision", json!("srv-2")),
                ("/status/updatedReplicas", json!(0)),
            ],
            Self::OnDeleteUnseen => {
                vec![(strategy, json!({ "type": "OnDelete" })), ("/metadata/generation", json!(4))]
            }
            Self::RestartedAt => vec![
                (restarted, json!(NEW_YEAR)),
                ("/status/updateRevision", json!("srv-3")),
                ("/status/updatedReplicas", json!(0)),
            ],
            Self::Partition => vec![("/spec/updateStrategy/rollingUpdate/partition", json!(1))],
            Self::OtherContainer => vec![("/spec/template/spec/containers/0/name", json!("other"))],
            Self::NoPorts => vec![(CONTAINER_PORTS, Value::Null)],
            Self::StalePort => vec![(
                "/spec/template/spec/containers/0/ports/-",
                json!({ "name": "adapter-old", "containerPort": 7, "protocol": "TCP" }),
            )],
            Self::NoReplicas => {
                vec![("/spec/replicas", json!(0)), ("/status", json!({ "observedGeneration": 3 }))]
            }
            _ => Vec::new(),
        }
    }
}

fn terminating() -> Vec<(&'static str, Value)> {
    vec![("/metadata/deletionTimestamp", json!(NEW_YEAR)), ("/metadata/finalizers", json!(["x/y"]))]
}
