//! Which ports of the server's pod a cluster lets traffic in to, under NetworkPolicy semantics.
//!
//! This is the oracle of the tests and the table that a plan prints. It knows policies alone: that a port is open does
//! not say that somebody listens. A pod that no policy selects is not isolated: everything is open. Once any policy
//! selects it, exactly the union of what its policies admit is.

use std::collections::BTreeMap;

use dittofs_effects::{AdapterType, Protocol};
use k8s_openapi::api::core::v1::{Service, ServicePort};
use k8s_openapi::api::networking::v1::{
    NetworkPolicy, NetworkPolicyIngressRule, NetworkPolicyPeer, NetworkPolicyPort,
};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use crate::cluster_view::{AdapterObjects, ClusterView, PolicyOwner};
use crate::ownership::{APP, INSTANCE};
use crate::selector;
use crate::server::ServerSpec;

/// What may reach the pod.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reachability {
    /// A policy selects the pod. If not, every port is open and `ports` is empty.
    pub isolated: bool,
    /// What policies admit, one entry per policy and port.
    pub ports: Vec<OpenPort>,
}

/// One port that one policy opens.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OpenPort {
    /// Which port.
    pub port: PolicyPort,
    /// Its transport.
    pub protocol: Protocol,
    /// The adapter that it serves, if it is one's.
    pub adapter: Option<AdapterType>,
    /// Who may connect: `anywhere`, a CIDR, `pods:<selector>`, `namespaces:<selector>`.
    pub from: Vec<String>,
    /// The name of the policy.
    pub policy: String,
    /// The policy is ours.
    pub ours: bool,
}

/// A port as a policy states it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PolicyPort {
    /// Every port of the protocol.
    All,
    /// One port.
    Number(u16),
    /// A range, both ends included.
    Range(u16, u16),
    /// A port by the name that the pod gives it.
    Named(String),
}

impl PolicyPort {
    /// Whether all of `other` is open where this is, on the same protocol. A port by name is the same as itself alone:
    /// its number is the pod's to say.
    pub fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::All, _) => true,
            (Self::Named(name), Self::Named(other)) => name == other,
            (Self::Named(_) | Self::Number(_) | Self::Range(..), _) => {
                let ends = self.ends().zip(other.ends());
                ends.is_some_and(|((first, last), (from, to))| first <= from && to <= last)
            }
        }
    }

    /// The first and the last number, where it is numbers that are opened.
    const fn ends(&self) -> Option<(u16, u16)> {
        match self {
            Self::Number(number) => Some((*number, *number)),
            Self::Range(first, last) => Some((*first, *last)),
            Self::All | Self::Named(_) => None,
        }
    }
}

/// What the cluster lets in to the server's pod.
pub fn reachable(cluster: &ClusterView, server: &ServerSpec) -> Reachability {
    let mut reachability = Reachability::default();
    for (policy, owner) in cluster.policies() {
        if !isolates(policy, cluster, server) {
            continue;
        }
        reachability.isolated = true;
        let rules = policy.spec.as_ref().and_then(|s| s.ingress.as_ref());
        for rule in rules.into_iter().flatten() {
            for (port, protocol) in rule_ports(rule) {
                let adapter = adapter_of(owner, &port, protocol, cluster, server);
                reachability.ports.push(OpenPort {
                    port,
                    protocol,
                    adapter,
                    from: sources(rule),
                    policy: policy.metadata.name.clone().unwrap_or_default(),
                    ours: owner != PolicyOwner::Foreign,
                });
            }
        }
    }
    reachability.ports.sort();
    reachability
}

/// Whether any policy selects the pod for ingress.
pub(crate) fn isolated(cluster: &ClusterView, server: &ServerSpec) -> bool {
    cluster.policies().any(|(policy, _)| isolates(policy, cluster, server))
}

/// Whether this policy selects the pod, or one of the pods, for ingress.
pub(crate) fn isolates(policy: &NetworkPolicy, cluster: &ClusterView, server: &ServerSpec) -> bool {
    let Some(spec) = &policy.spec else { return false };
    // Ingress is what an absent list of types means at least (NetworkPolicySpec).
    let ingress = spec.policy_types.as_ref().is_none_or(|t| t.is_empty() || t.iter().any(|t| t == "Ingress"));
    let selects = |labels: &BTreeMap<String, String>| {
        spec.pod_selector.as_ref().is_none_or(|s| selector::selects(s, labels))
    };
    ingress
        && if cluster.pods.is_empty() {
            template_labels(cluster).map_or_else(|| selects(&pod_labels(server)), selects)
        } else {
            cluster.pods.iter().any(|pod| selects(&pod.labels))
        }
}

fn template_labels(cluster: &ClusterView) -> Option<&BTreeMap<String, String>> {
    let spec = cluster.stateful_set()?.object.spec.as_ref()?;
    spec.template.metadata.as_ref()?.labels.as_ref()
}

/// The labels that the server's pods have at least.
fn pod_labels(server: &ServerSpec) -> BTreeMap<String, String> {
    [(APP.0, APP.1), (INSTANCE, &server.name)].map(|(key, value)| (key.to_owned(), value.to_owned())).into()
}

/// What a rule opens; without ports, everything.
pub(crate) fn rule_ports(rule: &NetworkPolicyIngressRule) -> Vec<(PolicyPort, Protocol)> {
    match rule.ports.as_deref() {
        None | Some([]) => {
            [Protocol::Tcp, Protocol::Udp, Protocol::Sctp].map(|protocol| (PolicyPort::All, protocol)).into()
        }
        Some(ports) => ports.iter().filter_map(policy_port).collect(),
    }
}

/// A port of a policy; `None` for what cannot match anything (a number that is no port, an unknown protocol).
pub(crate) fn policy_port(port: &NetworkPolicyPort) -> Option<(PolicyPort, Protocol)> {
    let protocol = Protocol::from_field(port.protocol.as_deref())?;
    let port = match (&port.port, port.end_port) {
        (None, _) => PolicyPort::All,
        (Some(IntOrString::String(name)), _) => PolicyPort::Named(name.clone()),
        (Some(IntOrString::Int(number)), None) => PolicyPort::Number(u16::try_from(*number).ok()?),
        (Some(IntOrString::Int(first)), Some(last)) => {
            PolicyPort::Range(u16::try_from(*first).ok()?, u16::try_from(last).ok()?)
        }
    };
    Some((port, protocol))
}

fn sources(rule: &NetworkPolicyIngressRule) -> Vec<String> {
    match rule.from.as_deref() {
        None | Some([]) => vec!["anywhere".to_owned()],
        Some(peers) => peers.iter().map(peer).collect(),
    }
}

/// A peer of a policy, in one word.
pub(crate) fn peer(peer: &NetworkPolicyPeer) -> String {
    if let Some(block) = &peer.ip_block {
        let except = block.except.iter().flatten().cloned().collect::<Vec<_>>().join(", ");
        return if except.is_empty() {
            block.cidr.clone()
        } else {
            format!("{} except {except}", block.cidr)
        };
    }
    let pods = peer.pod_selector.as_ref().map(|s| format!("pods:{}", selector::written(s)));
    let namespaces = peer.namespace_selector.as_ref().map(|s| format!("namespaces:{}", selector::written(s)));
    match (namespaces, pods) {
        (Some(namespaces), Some(pods)) => format!("{namespaces} {pods}"),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => "nobody".to_owned(),
    }
}

/// Whose a port is: that of the adapter's own policy, or of the adapter for which a wide baseline opens it.
fn adapter_of(
    owner: PolicyOwner<'_>,
    port: &PolicyPort,
    protocol: Protocol,
    cluster: &ClusterView,
    server: &ServerSpec,
) -> Option<AdapterType> {
    match owner {
        PolicyOwner::Adapter(adapter) => Some(adapter.clone()),
        PolicyOwner::Foreign => None,
        PolicyOwner::Baseline => {
            let PolicyPort::Number(number) = port else { return None };
            let own = [Some(server.api_port), server.metrics_port].into_iter().flatten();
            if protocol == Protocol::Tcp && own.into_iter().any(|p| p.get() == *number) {
                return None;
            }
            cluster
                .adapters
                .iter()
                .find(|(_, o)| o.resolved_targets(cluster).any(|t| t == (*number, protocol)))
                .map(|(a, _)| a.clone())
        }
    }
}

/// Where a port of a Service leads to, if that is a number: absent, it is the port itself.
pub(crate) fn numbered_target(port: &ServicePort) -> Option<u16> {
    match &port.target_port {
        Some(IntOrString::Int(number)) => u16::try_from(*number).ok(),
        Some(IntOrString::String(_)) => None,
        None => u16::try_from(port.port).ok(),
    }
}

/// The ports in the pod that a Service sends traffic to; those that are names of container ports by their numbers.
pub(crate) fn service_targets<'a>(
    service: &'a Service,
    cluster: &'a ClusterView,
) -> impl Iterator<Item = (u16, Protocol)> + 'a {
    let ports = service.spec.iter().filter_map(|spec| spec.ports.as_ref()).flatten();
    ports.filter_map(|port| {
        let Some(IntOrString::String(name)) = &port.target_port else {
            return Some((numbered_target(port)?, Protocol::from_field(port.protocol.as_deref())?));
        };
        let port = cluster.container_ports().iter().find(|p| p.name.as_deref() == Some(name.as_str()))?;
        Some((u16::try_from(port.container_port).ok()?, Protocol::from_field(port.protocol.as_deref())?))
    })
}

impl AdapterObjects {
    /// The ports in the pod that the adapter's Services send traffic to.
    pub(crate) fn resolved_targets<'a>(
        &'a self,
        cluster: &'a ClusterView,
    ) -> impl Iterator<Item = (u16, Protocol)> {
        self.services.iter().flat_map(|service| service_targets(&service.object, cluster))
    }

    /// The numbered ports that its policies open.
    pub(crate) fn policy_ports(&self) -> impl Iterator<Item = (u16, Protocol)> {
        let rules = self.policies.iter().filter_map(|p| p.object.spec.as_ref()?.ingress.as_ref()).flatten();
        rules.filter_map(|rule| rule.ports.as_ref()).flatten().filter_map(policy_port).filter_map(
            |(port, protocol)| match port {
                PolicyPort::Number(number) => Some((number, protocol)),
                PolicyPort::All | PolicyPort::Range(..) | PolicyPort::Named(_) => None,
            },
        )
    }

    /// Whether anything of it is not going away already.
    pub(crate) fn has_live(&self) -> bool {
        self.services.iter().any(|s| !s.terminating) || self.policies.iter().any(|p| !p.terminating)
    }
}
