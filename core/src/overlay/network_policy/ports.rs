//! The ports of the one rule that a policy of ours has.

use dittofs_effects::{Change, Port, Protocol};
use k8s_openapi::api::networking::v1::{NetworkPolicyIngressRule, NetworkPolicyPort};
use serde_json::{Value, json};

use super::super::{Difference, Removal};
use super::WantedPolicy;
use crate::reachable::{PolicyPort, policy_port};
use crate::server::Companion;

pub(super) fn opens_any(rule: &NetworkPolicyIngressRule, wanted: &[(Protocol, Port)]) -> bool {
    let ports = rule.ports.as_deref().unwrap_or_default();
    ports.iter().filter_map(policy_port).any(|found| wanted.iter().any(|w| is(&found, *w)))
}

fn is(found: &(PolicyPort, Protocol), (protocol, port): (Protocol, Port)) -> bool {
    found.1 == protocol && found.0 == PolicyPort::Number(port.get())
}

/// Brings the ports of the rule that stays; true when a port is opened.
pub(super) fn ports(
    difference: &mut Difference,
    rule_index: usize,
    rule: &NetworkPolicyIngressRule,
    wanted: &WantedPolicy<'_>,
    removal: Removal,
) -> bool {
    let rule_path = rule_index.to_string();
    let observed = rule.ports.as_deref().unwrap_or_default();
    if observed.is_empty() {
        return every_port(difference, &rule_path, wanted, removal);
    }
    // Of ports that say the same, the first one stays.
    let mut served: Vec<Option<usize>> = Vec::with_capacity(wanted.ports.len());
    for port in wanted.ports {
        served.push(observed.iter().position(|o| policy_port(o).is_some_and(|found| is(&found, *port))));
    }
    let mut gains = false;
    if let Some(index) = moved(observed, &served, wanted) {
        let (to, from) = (wanted.ports[0].1, policy_port(&observed[index]).map(|p| described(&p)));
        difference.set(&["spec", "ingress", &rule_path, "ports", &index.to_string(), "port"], json!(to));
        difference.changes.push(Change::OwnPort { from: from.unwrap_or_default(), to });
        served[0] = Some(index);
        gains = true;
    }
    let surplus: Vec<usize> = (0..observed.len()).filter(|index| !served.contains(&Some(*index))).collect();
    for index in &surplus {
        let found = policy_port(&observed[*index]);
        let port = found.as_ref().map_or_else(|| "a port without a usable number".to_owned(), described);
        if removal == Removal::Forbidden {
            difference.withheld.push(format!("policy port {port}"));
        } else {
            let why = found.map_or("it matches nothing", |p| why_closed(&p, wanted)).to_owned();
            difference.changes.push(Change::PortClosed { port, why });
        }
    }
    if removal == Removal::Allowed {
        for index in surplus.iter().rev() {
            difference.remove(&["spec", "ingress", &rule_path, "ports", &index.to_string()]);
        }
    }
    for (_, (protocol, port)) in served.iter().zip(wanted.ports).filter(|(slot, _)| slot.is_none()) {
        difference.set(&["spec", "ingress", &rule_path, "ports", "-"], port_json(*protocol, *port));
        difference.changes.push(Change::PortOpened { port: *port, protocol: *protocol });
        gains = true;
    }
    gains
}

/// Why a port is closed: the Go operator opened companions too.
fn why_closed(port: &(PolicyPort, Protocol), wanted: &WantedPolicy<'_>) -> &'static str {
    let Some(own) = wanted.own else { return wanted.why_closed };
    let is_at = |target: u16| port.0 == PolicyPort::Number(target);
    let own = || own.now.into_iter().chain(wanted.ports.first().map(|(_, port)| port.get()));
    let fits = |c: &Companion| match c.fixed_target() {
        Some(target) => is_at(target.get()),
        None => own().any(is_at),
    };
    let companion = Companion::ALL.into_iter().find(|c| c.protocol() == port.1 && fits(c));
    companion.map_or(wanted.why_closed, Companion::why_closed)
}

/// Where the adapter's own port is, if it only has another number: the one that its Service leads to; else the first one
/// of its protocol that is nobody else's.
fn moved(
    observed: &[NetworkPolicyPort],
    served: &[Option<usize>],
    wanted: &WantedPolicy<'_>,
) -> Option<usize> {
    let own = wanted.own.filter(|_| served.first() == Some(&None))?;
    let companions = || Companion::ALL.iter().filter_map(|c| Some((c.fixed_target()?.get(), c.protocol())));
    let free = |index: usize| match policy_port(&observed[index]) {
        Some((PolicyPort::Number(number), protocol)) => {
            let ours = protocol == wanted.ports[0].0 && !served.contains(&Some(index));
            (ours && !companions().any(|c| c == (number, protocol))).then_some(number)
        }
        Some(_) | None => None,
    };
    let find =
        |is_it: &dyn Fn(u16) -> bool| (0..observed.len()).find(|index| free(*index).is_some_and(is_it));
    own.now.and_then(|now| find(&|number| number == now)).or_else(|| find(&|_| true))
}

/// A rule without ports opens every one.
fn every_port(difference: &mut Difference, rule: &str, wanted: &WantedPolicy<'_>, removal: Removal) -> bool {
    if removal == Removal::Forbidden {
        difference.withheld.push("the opening of every port".to_owned());
    } else {
        difference.set(&["spec", "ingress", rule, "ports"], ports_json(wanted));
        difference.changes.push(Change::RuleRemoved("the opening of every port".to_owned()));
    }
    false
}

pub(super) fn described((port, protocol): &(PolicyPort, Protocol)) -> String {
    match port {
        PolicyPort::All => format!("every {protocol} port"),
        PolicyPort::Number(number) => format!("{number}/{protocol}"),
        PolicyPort::Range(first, last) => format!("{first}-{last}/{protocol}"),
        PolicyPort::Named(name) => format!("{name}/{protocol}"),
    }
}

fn port_json(protocol: Protocol, port: Port) -> Value {
    json!({ "protocol": protocol.as_str(), "port": port })
}

pub(super) fn ports_json(wanted: &WantedPolicy<'_>) -> Value {
    wanted.ports.iter().map(|(protocol, port)| port_json(*protocol, *port)).collect()
}
