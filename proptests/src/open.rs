//! What is open, and who is served: the two things that no crash may change for the worse (SAFE-01).

use std::collections::BTreeSet;

use dittofs_core::{ClusterView, OpenPort, PolicyPort, ServerSpec, reachable};
use dittofs_effects::{AdapterType, Protocol};
use dittofs_interpreters::memory::World;
use serde_json::Value;

use crate::raw;

/// What policies let in to the pod.
#[derive(Clone, Debug)]
pub struct Openness {
    isolated: bool,
    ports: Vec<OpenPort>,
}

impl Openness {
    /// As the view has it.
    pub fn of(view: &ClusterView, server: &ServerSpec) -> Self {
        let reachability = reachable(view, server);
        Self { isolated: reachability.isolated, ports: reachability.ports }
    }

    /// A pod that no policy selects is open.
    pub fn is_isolated(&self) -> bool {
        self.isolated
    }

    /// Whether any policy admits the port.
    pub fn admits(&self, protocol: Protocol, number: u16) -> bool {
        !self.isolated || self.ports.iter().any(|p| admits(p, protocol, number))
    }

    /// A port that is open here and in neither of the others.
    pub fn beyond(&self, one: &Self, other: &Self) -> Option<String> {
        let mut numbers = BTreeSet::from([1, 40_000]);
        for port in [self, one, other].iter().flat_map(|o| &o.ports) {
            let (first, last) = match port.port {
                PolicyPort::Number(number) => (number, number),
                PolicyPort::Range(first, last) => (first, last),
                PolicyPort::All | PolicyPort::Named(_) => continue,
            };
            numbers.extend([first.saturating_sub(1), first, last, last.saturating_add(1)]);
        }
        let named = self.ports.iter().find(|p| {
            let same = |o: &Self| {
                !o.isolated || o.ports.iter().any(|q| q.port == p.port && q.protocol == p.protocol)
            };
            matches!(p.port, PolicyPort::Named(_)) && !same(one) && !same(other)
        });
        let protocols = [Protocol::Tcp, Protocol::Udp, Protocol::Sctp];
        let probes = protocols.into_iter().flat_map(|protocol| numbers.iter().map(move |n| (protocol, *n)));
        let numbered = probes
            .filter(|(_, number)| *number > 0)
            .find(|(p, n)| self.admits(*p, *n) && !one.admits(*p, *n) && !other.admits(*p, *n));
        numbered.map(|(p, n)| format!("{n}/{p}")).or(named.map(|p| format!("{:?}", p.port)))
    }
}

fn admits(open: &OpenPort, protocol: Protocol, number: u16) -> bool {
    open.protocol == protocol
        && match open.port {
            PolicyPort::All => true,
            PolicyPort::Number(only) => only == number,
            PolicyPort::Range(first, last) => (first..=last).contains(&number),
            PolicyPort::Named(_) => false,
        }
}

/// One port in the pod that clients of an adapter reach.
pub type Served = (AdapterType, Protocol, u16);

/// Who is served: a Service of the adapter targets the port, and its own policy or the baseline admits it, or nothing
/// isolates the pod. Targets that are names are looked up in `template`'s ports.
pub fn served(view: &ClusterView, world: &World, template: &World, server: &ServerSpec) -> BTreeSet<Served> {
    let open = Openness::of(view, server);
    let mut served = BTreeSet::new();
    for (adapter, objects) in &view.adapters {
        let own = objects.policies.iter().chain(&view.baselines);
        let own: BTreeSet<_> = own.filter_map(|p| p.object.metadata.name.as_deref()).collect();
        let names = objects.services.iter().filter_map(|s| s.object.metadata.name.as_deref());
        for (protocol, number) in names.flat_map(|name| targets(name, world, template, server)) {
            let by = |p: &&OpenPort| own.contains(p.policy.as_str()) && p.ours;
            if !open.isolated || open.ports.iter().filter(by).any(|p| admits(p, protocol, number)) {
                served.insert((adapter.clone(), protocol, number));
            }
        }
    }
    served
}

/// Where a Service sends its traffic.
pub fn targets(service: &str, world: &World, template: &World, server: &ServerSpec) -> Vec<(Protocol, u16)> {
    let Some((_, service)) = raw::of_kind(world, "Service", server).find(|(name, _)| *name == service) else {
        return Vec::new();
    };
    let named = |name: &str| {
        raw::adapter_ports(template, server)
            .into_iter()
            .find(|p| p["name"] == name)
            .map(|p| &p["containerPort"])
    };
    let number = |port: &Value| match &port["targetPort"] {
        Value::String(name) => named(name)?.as_u64(),
        Value::Null => port["port"].as_u64(),
        number => number.as_u64(),
    };
    let ports = raw::list(service, "/spec/ports").iter();
    ports.filter_map(|p| Some((raw::protocol(p), u16::try_from(number(p)?).ok()?))).collect()
}
