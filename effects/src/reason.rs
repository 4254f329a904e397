//! Why an effect is there: a closed list, whose `Display` is what users read.

use std::fmt;

use crate::{Port, Protocol};

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

/// Whether a write restarts the pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restart {
    /// It does.
    Now,
    /// It does not; the next start brings what changes.
    AtNextStart,
    /// It does not, and there is nothing to be brought.
    Never,
}

impl fmt::Display for Restart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Now => "the pod restarts",
            Self::AtNextStart => "the pod is not restarted, its next start brings it",
            Self::Never => "no pod restarts",
        })
    }
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

    /// What a write with this cause does to the pod, if the StatefulSet or the pod is what it writes.
    pub const fn restart(&self) -> Restart {
        match self {
            Self::PortsNow | Self::RestartRequested | Self::TemplateChanged | Self::BrokenRollout => {
                Restart::Now
            }
            Self::PortsForNextRestart | Self::TemplateForNextRestart => Restart::AtNextStart,
            Self::Running(_)
            | Self::Disabled
            | Self::Absent
            | Self::TrustedEmptyList
            | Self::StoppedRunning
            | Self::NotExposed
            | Self::ClosedUntilKnown
            | Self::KeepsServedPortsOpen
            | Self::AdapterPoliciesInPlace
            | Self::OwnPorts
            | Self::SurplusPolicy
            | Self::ReplacementApproved
            | Self::RolloutComplete
            | Self::ServerDeleted
            | Self::Wanted
            | Self::WantedOtherwise
            | Self::NotWanted
            | Self::TakenOver
            | Self::Scaled
            | Self::LegacySecret
            | Self::Grown => Restart::Never,
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

/// One thing that an update changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The adapter's own port gets another number.
    OwnPort {
        /// The number so far.
        from: String,
        /// The number from now on.
        to: Port,
    },
    /// A port is opened that was not there.
    PortOpened {
        /// Its number.
        port: Port,
        /// Its transport.
        protocol: Protocol,
    },
    /// A port is closed that nobody asked for.
    PortClosed {
        /// What is closed, such as `111/UDP (portmap-udp)`.
        port: String,
        /// Why the Go operator, or somebody else, had it there.
        why: String,
    },
    /// The container declares a port.
    PortDeclared(String),
    /// The container no longer declares a port. This closes nothing: policies do.
    PortUndeclared(String),
    /// A field that only tells how a port is reached (target, node port) is set right.
    PortField {
        /// The port's name.
        port: String,
        /// The field's name.
        field: &'static str,
        /// Its value from now on; `None` when it is removed.
        to: Option<String>,
    },
    /// A label of ours is missing or differs.
    Label(String),
    /// The selector, or the pods that a policy selects, differ.
    Selector,
    /// The Service type changes.
    Type {
        /// The type so far.
        from: String,
        /// The type from now on.
        to: &'static str,
    },
    /// The external address is given up with the type LoadBalancer; `None` where none was assigned yet.
    AddressGivenUp(Option<String>),
    /// An annotation is set.
    AnnotationSet(String),
    /// An annotation that we had set is removed.
    AnnotationRemoved(String),
    /// The names of what is ours are written into the object.
    Bookkeeping,
    /// An optional field is set.
    FieldSet(String),
    /// An optional field that we had set is reset to the API's default.
    FieldReset(String),
    /// Client sources are admitted.
    SourcesAdded(Vec<String>),
    /// Client sources are no longer admitted.
    SourcesRemoved(Vec<String>),
    /// A rule, or a port without a usable number, is removed from a policy.
    RuleRemoved(String),
    /// The update strategy changes.
    Strategy(&'static str),
    /// The configuration of the server changes.
    Configuration,
    /// A Secret that the server reads at its start changes.
    SecretContent,
    /// Which configuration and Secrets the template stands for is written into the object.
    ContentRecorded,
    /// A number of pods, or the size of a volume, changes.
    Amount {
        /// Of what.
        field: &'static str,
        /// The amount so far.
        from: String,
        /// The amount from now on.
        to: String,
    },
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OwnPort { from, to } => write!(f, "port {from} becomes {to}"),
            Self::PortOpened { port, protocol } => write!(f, "opens {port}/{protocol}"),
            Self::PortClosed { port, why } => write!(f, "closes {port}: {why}"),
            Self::PortDeclared(port) => write!(f, "declares {port}"),
            Self::PortUndeclared(port) => write!(f, "no longer declares {port}"),
            Self::PortField { port, field, to: Some(to) } => write!(f, "sets {field} of port {port} to {to}"),
            Self::PortField { port, field, to: None } => write!(f, "removes {field} of port {port}"),
            Self::Label(key) => write!(f, "repairs label {key}"),
            Self::Selector => f.write_str("repairs the pod selector"),
            Self::Type { from, to } => write!(f, "type {from} becomes {to}"),
            Self::AddressGivenUp(Some(address)) => write!(f, "gives up the external address {address}"),
            Self::AddressGivenUp(None) => f.write_str("gives up the load balancer, which has no address yet"),
            Self::AnnotationSet(key) => write!(f, "sets annotation {key}"),
            Self::AnnotationRemoved(key) => write!(f, "removes annotation {key}, no longer asked for"),
            Self::Bookkeeping => f.write_str("records which of its fields are ours"),
            Self::FieldSet(field) => write!(f, "sets {field}"),
            Self::FieldReset(field) => write!(f, "resets {field}, no longer asked for"),
            Self::SourcesAdded(sources) => write!(f, "admits {}", sources.join(", ")),
            Self::SourcesRemoved(sources) => write!(f, "no longer admits {}", sources.join(", ")),
            Self::RuleRemoved(rule) => write!(f, "removes {rule}"),
            Self::Strategy(strategy) => write!(f, "update strategy {strategy}"),
            Self::Configuration => f.write_str("the server's configuration changes"),
            Self::SecretContent => f.write_str("a Secret that the server reads at its start has changed"),
            Self::ContentRecorded => f.write_str("records which configuration the pod template stands for"),
            Self::Amount { field, from, to } => write!(f, "{field} {from} becomes {to}"),
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
