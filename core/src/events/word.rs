//! The reason of an event: which word says what was done.

use dittofs_effects::{AdapterType, Cause, Kind, ObjectRef};

/// What was done.
#[derive(Clone, Copy)]
pub(super) enum Word {
    Created,
    Updated,
    Deleted,
}

impl Word {
    pub const fn verb(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Deleted => "deleted",
        }
    }

    const fn of(self, [created, updated, deleted]: [&'static str; 3]) -> &'static str {
        match self {
            Self::Created => created,
            Self::Updated => updated,
            Self::Deleted => deleted,
        }
    }
}

/// The reason of the event about a write; `None` for one that nobody notices.
pub(super) fn word_for(
    target: &ObjectRef,
    adapter: Option<&AdapterType>,
    word: Word,
    cause: &Cause,
) -> Option<&'static str> {
    match (target.kind, adapter) {
        (Kind::Service, Some(_)) => {
            Some(word.of(["AdapterServiceCreated", "AdapterServiceUpdated", "AdapterServiceDeleted"]))
        }
        (Kind::Service, None) => Some(word.of(["ServiceCreated", "ServiceUpdated", "ServiceDeleted"])),
        (Kind::ConfigMap, _) => Some(word.of(["ConfigMapCreated", "ConfigMapUpdated", "ConfigMapDeleted"])),
        (Kind::Secret, _) => Some(word.of(["SecretCreated", "SecretUpdated", "SecretDeleted"])),
        (Kind::ServiceMonitor, _) => {
            Some(word.of(["ServiceMonitorCreated", "ServiceMonitorUpdated", "ServiceMonitorDeleted"]))
        }
        (Kind::PersistentVolumeClaim, _) => Some("VolumeGrown"),
        (Kind::Pod, _) => Some("BrokenPodReplaced"),
        (Kind::NetworkPolicy, Some(_)) => Some(word.of([
            "AdapterNetworkPolicyCreated",
            "AdapterNetworkPolicyUpdated",
            "AdapterNetworkPolicyDeleted",
        ])),
        (Kind::NetworkPolicy, None) => Some(word.of([
            "BaselineNetworkPolicyCreated",
            "BaselineNetworkPolicyUpdated",
            "BaselineNetworkPolicyDeleted",
        ])),
        (Kind::StatefulSet, _) => match cause {
            Cause::PortsForNextRestart | Cause::PortsNow => Some("ContainerPortsUpdated"),
            Cause::TemplateChanged => Some("PodRestarting"),
            Cause::Wanted => Some("StatefulSetCreated"),
            Cause::TakenOver => Some("WorkloadTakenOver"),
            Cause::TemplateForNextRestart | Cause::Scaled | Cause::WantedOtherwise => {
                Some("StatefulSetUpdated")
            }
            Cause::RestartRequested => Some("RestartCarriedOut"),
            // The strategy goes back, which nobody notices; the end of a server has its own event. The rest are no causes
            // of a write to a StatefulSet.
            Cause::RolloutComplete
            | Cause::ServerDeleted
            | Cause::Running(_)
            | Cause::Disabled
            | Cause::Absent
            | Cause::TrustedEmptyList
            | Cause::StoppedRunning
            | Cause::NotExposed
            | Cause::ClosedUntilKnown
            | Cause::KeepsServedPortsOpen
            | Cause::AdapterPoliciesInPlace
            | Cause::OwnPorts
            | Cause::SurplusPolicy
            | Cause::ReplacementApproved
            | Cause::NotWanted
            | Cause::BrokenRollout
            | Cause::LegacySecret
            | Cause::Grown => None,
        },
    }
}
