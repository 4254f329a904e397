//! Why an effect is there: a closed list, whose `Display` is what users read.

use std::fmt;

use crate::Port;

mod change;
mod restart;

pub use change::Change;
pub use restart::Restart;

/// The cause of an effect and, for an update, what it changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// What was observed or asked for.
    pub cause: Cause,
    /// What an update changes, in the order in which it is shown.
    pub changes: Vec<Change>,
}

impl From<Cause> for Reason {
    fn from(cause: Cause) -> Self {
        Self { cause, changes: Vec::new() }
    }
}

/// What was observed or asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The adapter is enabled and running on this port.
    Running(Port),
    /// An administrator disabled the adapter.
    Disabled,
    /// A complete list does not have the adapter.
    Absent,
    /// A complete, empty list is trusted (`emptyList: Trust`).
    TrustedEmptyList,
    /// The adapter is enabled and has not been running for longer than the grace period.
    StoppedRunning,
    /// The resource says `expose: false`.
    NotExposed,
    /// A server without any policy is open on every port.
    ClosedUntilKnown,
    /// The first policy of a pod closes everything else, so it opens what is served, first.
    KeepsServedPortsOpen,
    /// The adapter policies are in place, so the baseline need not open their ports any longer.
    AdapterPoliciesInPlace,
    /// The server's own ports or the policy's shape differ.
    OwnPorts,
    /// A second policy of the same adapter.
    SurplusPolicy,
    /// The replacement of this Service was approved.
    ReplacementApproved,
    /// The set of adapters changed; the pod stays and gets the ports at its next restart.
    PortsForNextRestart,
    /// The set of adapters changed, and the resource wants the pod restarted for it.
    PortsNow,
    /// The running pod has the template: the strategy goes back to rolling.
    RolloutComplete,
    /// Somebody asked for a restart, which `OnDelete` would ignore.
    RestartRequested,
    /// The workload's template changed in more than adapter ports.
    TemplateChanged,
    /// The DittoServer is being deleted, and its policies must outlive the pod.
    ServerDeleted,
    /// The resource asks for it, and it is not there.
    Wanted,
    /// The resource asks for something else than what is there.
    WantedOtherwise,
    /// The resource does not ask for it any more.
    NotWanted,
    /// What is there stands for what is wanted; only our books are missing.
    TakenOver,
    /// The template changed in nothing that a running pod has to be restarted for.
    TemplateForNextRestart,
    /// The number of pods changed.
    Scaled,
    /// The pod is of an old revision and cannot become ready: nobody else replaces it.
    BrokenRollout,
    /// The administrator's password stood in a Secret of an older name.
    LegacySecret,
    /// The resource asks for a larger volume.
    Grown,
}

impl Cause {
    /// The cause in one word, for a status.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Running(_) => "Running",
            Self::Disabled => "Disabled",
            Self::Absent => "Absent",
            Self::TrustedEmptyList => "TrustedEmptyList",
            Self::StoppedRunning => "StoppedRunning",
            Self::NotExposed => "NotExposed",
            Self::ClosedUntilKnown => "ClosedUntilKnown",
            Self::KeepsServedPortsOpen => "KeepsServedPortsOpen",
            Self::AdapterPoliciesInPlace => "AdapterPoliciesInPlace",
            Self::OwnPorts => "OwnPorts",
            Self::SurplusPolicy => "SurplusPolicy",
            Self::ReplacementApproved => "ReplacementApproved",
            Self::PortsForNextRestart => "PortsForNextRestart",
            Self::PortsNow => "PortsNow",
            Self::RolloutComplete => "RolloutComplete",
            Self::RestartRequested => "RestartRequested",
            Self::TemplateChanged => "TemplateChanged",
            Self::ServerDeleted => "ServerDeleted",
            Self::Wanted => "Wanted",
            Self::WantedOtherwise => "WantedOtherwise",
            Self::NotWanted => "NotWanted",
            Self::TakenOver => "TakenOver",
            Self::TemplateForNextRestart => "TemplateForNextRestart",
            Self::Scaled => "Scaled",
            Self::BrokenRollout => "BrokenRollout",
            Self::LegacySecret => "LegacySecret",
            Self::Grown => "Grown",
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Running(port) => write!(f, "enabled and running on port {port}"),
            Self::Disabled => f.write_str("disabled by an administrator"),
            Self::Absent => f.write_str("not in the list of adapters any more"),
            Self::TrustedEmptyList => {
                f.write_str("the list of adapters is empty, and the resource says to trust that (emptyList: Trust)")
            }
            Self::StoppedRunning => f.write_str("enabled, but not running: believed after the grace period, and from a file at once"),
            Self::NotExposed => f.write_str("the resource says not to expose it (expose: false)"),
            Self::ClosedUntilKnown => {
                f.write_str("there is no baseline policy: it opens the server's own ports, and adapters are opened by their own policies")
            }
            Self::KeepsServedPortsOpen => f.write_str(
                "no policy selects the pod: the first one must also open what the adapters serve, or it cuts them off",
            ),
            Self::AdapterPoliciesInPlace => {
                f.write_str("each adapter has its own policy now: the baseline opens the server's own ports only")
            }
            Self::OwnPorts => f.write_str("the baseline opens the server's own ports and nothing else"),
            Self::SurplusPolicy => f.write_str("the adapter has another policy, and one is enough"),
            Self::ReplacementApproved => {
                f.write_str("its replacement is approved (dittofs.io/approve-replace); the external address may change")
            }
            Self::PortsForNextRestart => {
                f.write_str("the ports it declares change; the pod is not restarted, its next start brings them")
            }
            Self::PortsNow => {
                f.write_str("the ports it declares change, and the pod restarts (portRollout: Immediate)")
            }
            Self::RolloutComplete => {
                f.write_str("the pod runs this template: back to rolling updates, which restarts nothing")
            }
            Self::RestartRequested => {
                f.write_str("a restart was asked for (kubectl rollout restart): rolling updates carry it out")
            }
            Self::TemplateChanged => f.write_str("the pod template changes, and the pod restarts for it"),
            Self::ServerDeleted => {
                f.write_str("the DittoServer is being deleted: its pod stops first, while the policies still stand")
            }
            Self::Wanted => f.write_str("the DittoServer asks for it"),
            Self::WantedOtherwise => f.write_str("the DittoServer asks for something else"),
            Self::NotWanted => f.write_str("the DittoServer does not ask for it any more"),
            Self::TakenOver => {
                f.write_str("taken over as it is: what is recorded is what it stands for, and no pod restarts")
            }
            Self::TemplateForNextRestart => {
                f.write_str("the pod template changes in nothing that a running pod needs; its next start brings it")
            }
            Self::Scaled => f.write_str("the DittoServer asks for another number of pods"),
            Self::BrokenRollout => f.write_str(
                "it is not ready and not of the newest revision, and a StatefulSet does not replace such a pod by itself",
            ),
            Self::LegacySecret => {
                f.write_str("the administrator's password moves here from the Secret of its older name")
            }
            Self::Grown => f.write_str("the DittoServer asks for a larger volume"),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.cause.fmt(f)?;
        for change in &self.changes {
            write!(f, "; {change}")?;
        }
        Ok(())
    }
}
