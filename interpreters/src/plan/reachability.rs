//! Which ports are open, as the document has it.

use std::fmt;

use dittofs_core::{OpenPort, PolicyPort, Reachability};
use serde::{Deserialize, Serialize};

/// Which ports are open, before and after.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReachableEntry {
    /// As things are.
    pub before: ReachabilityEntry,
    /// Once every effect is executed.
    pub after: ReachabilityEntry,
}

/// What may reach the pod.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReachabilityEntry {
    /// A policy selects the pod. If not, every port is open and `ports` is empty.
    pub isolated: bool,
    /// One entry per policy and port.
    pub ports: Vec<PortEntry>,
}

/// A port that a policy opens.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PortEntry {
    /// A number, a name, or `null` for all ports.
    pub port: Option<NumberOrName>,
    /// The last port of a range.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_port: Option<u16>,
    /// TCP, UDP or SCTP.
    pub protocol: String,
    /// The adapter, if it is one's.
    pub adapter: Option<String>,
    /// Who may connect.
    pub from: Vec<String>,
    /// The policy that opens it.
    pub policy: String,
    /// The policy is the server's.
    pub ours: bool,
}

/// How a policy names a port.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum NumberOrName {
    /// By number.
    Number(u16),
    /// By the name that the pod gives it.
    Name(String),
}

impl From<&Reachability> for ReachabilityEntry {
    fn from(reachability: &Reachability) -> Self {
        Self {
            isolated: reachability.isolated,
            ports: reachability.ports.iter().map(PortEntry::from).collect(),
        }
    }
}

impl From<&OpenPort> for PortEntry {
    fn from(open: &OpenPort) -> Self {
        let (port, end_port) = match &open.port {
            PolicyPort::All => (None, None),
            PolicyPort::Number(number) => (Some(NumberOrName::Number(*number)), None),
            PolicyPort::Range(first, last) => (Some(NumberOrName::Number(*first)), Some(*last)),
            PolicyPort::Named(name) => (Some(NumberOrName::Name(name.clone())), None),
        };
        Self {
            port,
            end_port,
            protocol: open.protocol.to_string(),
            adapter: open.adapter.as_ref().map(ToString::to_string),
            from: open.from.clone(),
            policy: open.policy.clone(),
            ours: open.ours,
        }
    }
}

impl ReachabilityEntry {
    /// True if this port, or every port of this range, is open here too.
    pub(super) fn opens(&self, wanted: &PortEntry) -> bool {
        !self.isolated || self.ports.iter().any(|open| open.covers(wanted))
    }
}

impl PortEntry {
    fn covers(&self, wanted: &Self) -> bool {
        if self.protocol != wanted.protocol {
            return false;
        }
        match (&self.port, &wanted.port) {
            (None, _) => true,
            (Some(NumberOrName::Number(first)), Some(NumberOrName::Number(number))) => {
                *first <= *number && wanted.end_port.unwrap_or(*number) <= self.end_port.unwrap_or(*first)
            }
            (Some(NumberOrName::Name(name)), Some(NumberOrName::Name(other))) => name == other,
            (Some(_), _) => false,
        }
    }
}

/// `12049/TCP`, `8000-8080/TCP`, `api/TCP`, `all/TCP`.
impl fmt::Display for PortEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.port {
            None => f.write_str("all")?,
            Some(NumberOrName::Number(number)) => write!(f, "{number}")?,
            Some(NumberOrName::Name(name)) => f.write_str(name)?,
        }
        if let Some(last) = self.end_port {
            write!(f, "-{last}")?;
        }
        write!(f, "/{}", self.protocol)
    }
}
