//! What an update changes, one thing at a time.

use std::fmt;

use crate::{Port, Protocol};

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
