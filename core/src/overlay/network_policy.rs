//! A policy of ours: an adapter's, or the baseline.
//!
//! Exactly one ingress rule with exactly the wanted ports: an added port or rule is removed (SECU-03). A `from` that
//! somebody put on that rule stays, since it only narrows; ours are named in a book.

use std::collections::BTreeSet;

use dittofs_effects::{AdapterType, Change, Port, Protocol};
use k8s_openapi::api::networking::v1::{
    NetworkPolicy, NetworkPolicyIngressRule, NetworkPolicyPeer, NetworkPolicyPort, NetworkPolicySpec,
};
use serde_json::{Value, json};

use super::{Difference, Removal, metadata};
use crate::ownership::{
    ADAPTER_POLICY, ADAPTER_TYPE, APP, BASELINE_POLICY, INSTANCE, MANAGED_SOURCE_RANGES, TRUE,
};
use crate::reachable::{PolicyPort, peer, policy_port};
use crate::server::Companion;

const INGRESS: [&str; 2] = ["spec", "ingress"];

/// What is wanted of a policy.
pub(crate) struct WantedPolicy<'a> {
    /// The server's name, for the pods that are selected.
    pub server: &'a str,
    /// Its labels.
    pub labels: &'a [(&'a str, &'a str)],
    /// The ports that it opens.
    pub ports: &'a [(Protocol, Port)],
    /// Who may connect; `None` for anybody.
    pub sources: Option<&'a BTreeSet<String>>,
    /// The sources, sorted and joined by commas.
    pub source_book: &'a str,
    /// The first port is an adapter's own: another number there is a move, not a port more and a port less.
    pub own_port_first: bool,
    /// Why a port is closed that is not wanted.
    pub why_closed: &'static str,
}

/// Lays what is wanted over the policy.
///
/// `in_shape` says that labels and selection were found to be as wanted when the policy was read.
pub(crate) fn network_policy(
    observed: &NetworkPolicy,
    in_shape: bool,
    wanted: &WantedPolicy<'_>,
    removal: Removal,
) -> Difference {
    let mut difference = Difference::default();
    let selection_changed = !in_shape && shape(&mut difference, observed, wanted.server, wanted.labels);
    let none = NetworkPolicySpec::default();
    let spec = observed.spec.as_ref().unwrap_or_else(|| {
        difference.ensure_object(&["spec"], false);
        &none
    });
    let rules = spec.ingress.as_deref().unwrap_or_default();
    let kept =
        rules.iter().position(|rule| opens_any(rule, wanted.ports)).or((!rules.is_empty()).then_some(0));
    let (gains_ports, sources) = match kept {
        Some(index) => (
            ports(&mut difference, index, &rules[index], wanted, removal),
            sources(&mut difference, index, &rules[index], observed, wanted, removal),
        ),
        None => {
            new_rule(&mut difference, spec, wanted);
            (true, Sources::Unchanged)
        }
    };
    for (index, rule) in rules.iter().enumerate().rev().filter(|(index, _)| Some(*index) != kept) {
        surplus_rule(&mut difference, index, rule, removal);
    }
    difference.only_loses_sources = sources == Sources::Narrowed && !gains_ports && !selection_changed;
    let kept_sources = withheld_sources(observed, wanted, removal);
    metadata::write_book(
        &mut difference,
        &observed.metadata,
        MANAGED_SOURCE_RANGES,
        wanted.source_book,
        &kept_sources,
    );
    difference
}

/// Labels and selected pods: what depends on the server and the role alone. True when another set of pods is selected.
fn shape(
    difference: &mut Difference,
    observed: &NetworkPolicy,
    server: &str,
    labels: &[(&str, &str)],
) -> bool {
    metadata::labels(difference, &observed.metadata, labels);
    difference.ensure_object(&["spec"], observed.spec.is_some());
    selection(difference, observed.spec.as_ref().unwrap_or(&NetworkPolicySpec::default()), server)
}

/// Whether labels and selection are as wanted.
pub(crate) fn policy_in_shape(observed: &NetworkPolicy, server: &str, labels: &[(&str, &str)]) -> bool {
    let mut difference = Difference::default();
    shape(&mut difference, observed, server, labels);
    difference.is_empty()
}

/// The labels of an adapter's policy.
pub(crate) fn adapter_policy_labels<'a>(
    server: &'a str,
    adapter: &'a AdapterType,
) -> [(&'a str, &'a str); 4] {
    [APP, (INSTANCE, server), (ADAPTER_POLICY, TRUE), (ADAPTER_TYPE, adapter.as_str())]
}

/// The labels of the baseline policy.
pub(crate) fn baseline_labels(server: &str) -> [(&str, &str); 3] {
    [APP, (INSTANCE, server), (BASELINE_POLICY, TRUE)]
}

fn selection(difference: &mut Difference, spec: &NetworkPolicySpec, server: &str) -> bool {
    let equal = spec.pod_selector.as_ref().is_some_and(|selector| {
        selector.match_expressions.as_ref().is_none_or(Vec::is_empty)
            && selector.match_labels.as_ref().is_some_and(|labels| {
                labels.len() == 2
                    && labels.get(APP.0).is_some_and(|v| v == APP.1)
                    && labels.get(INSTANCE).is_some_and(|v| v == server)
            })
    });
    if !equal {
        let selector = json!({ "matchLabels": { APP.0: APP.1, INSTANCE: server } });
        difference.set(&["spec", "podSelector"], selector);
        difference.changes.push(Change::Selector);
    }
    let ingress_only = spec.policy_types.as_deref() == Some(&["Ingress".to_owned()]);
    if !ingress_only {
        difference.set(&["spec", "policyTypes"], json!(["Ingress"]));
        difference.changes.push(Change::Selector);
    }
    !equal || !ingress_only
}

fn opens_any(rule: &NetworkPolicyIngressRule, wanted: &[(Protocol, Port)]) -> bool {
    let ports = rule.ports.as_deref().unwrap_or_default();
    ports.iter().filter_map(policy_port).any(|found| wanted.iter().any(|w| is(&found, *w)))
}

fn is(found: &(PolicyPort, Protocol), (protocol, port): (Protocol, Port)) -> bool {
    found.1 == protocol && found.0 == PolicyPort::Number(port.get())
}

/// Brings the ports of the rule that stays; true when a port is opened.
fn ports(
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
    let is_at =
        |target: Option<Port>| target.is_some_and(|target| port.0 == PolicyPort::Number(target.get()));
    let own = wanted.ports.first().filter(|_| wanted.own_port_first).map(|(_, own)| *own);
    let companion =
        Companion::ALL.into_iter().find(|c| c.protocol() == port.1 && is_at(c.fixed_target().or(own)));
    companion.filter(|_| wanted.own_port_first).map_or(wanted.why_closed, Companion::why_closed)
}

/// Where the adapter's own port is, if it only has another number: the first one of its protocol that is nobody else's.
fn moved(
    observed: &[NetworkPolicyPort],
    served: &[Option<usize>],
    wanted: &WantedPolicy<'_>,
) -> Option<usize> {
    if !wanted.own_port_first || served.first()?.is_some() {
        return None;
    }
    let companions = || Companion::ALL.iter().filter_map(|c| Some((c.fixed_target()?.get(), c.protocol())));
    observed.iter().enumerate().position(|(index, port)| match policy_port(port) {
        Some((PolicyPort::Number(number), protocol)) => {
            protocol == wanted.ports[0].0
                && !served.contains(&Some(index))
                && !companions().any(|c| c == (number, protocol))
        }
        Some(_) | None => false,
    })
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

fn described((port, protocol): &(PolicyPort, Protocol)) -> String {
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

fn ports_json(wanted: &WantedPolicy<'_>) -> Value {
    wanted.ports.iter().map(|(protocol, port)| port_json(*protocol, *port)).collect()
}

fn source_json(range: &str) -> Value {
    json!({ "ipBlock": { "cidr": range } })
}

fn new_rule(difference: &mut Difference, spec: &NetworkPolicySpec, wanted: &WantedPolicy<'_>) {
    let mut rule = json!({ "ports": ports_json(wanted) });
    if let Some(sources) = wanted.sources {
        rule["from"] = sources.iter().map(|range| source_json(range)).collect();
    }
    difference.ensure_list(&INGRESS, spec.ingress.is_some());
    difference.set(&["spec", "ingress", "-"], rule);
    difference.changes.extend(
        wanted.ports.iter().map(|(protocol, port)| Change::PortOpened { port: *port, protocol: *protocol }),
    );
}

fn surplus_rule(
    difference: &mut Difference,
    index: usize,
    rule: &NetworkPolicyIngressRule,
    removal: Removal,
) {
    let ports = rule.ports.as_deref().unwrap_or_default();
    let opened: Vec<String> = ports.iter().filter_map(policy_port).map(|p| described(&p)).collect();
    let opened = if opened.is_empty() { "every port".to_owned() } else { opened.join(", ") };
    let text = format!("a rule that opens {opened}");
    if removal == Removal::Forbidden {
        difference.withheld.push(text);
    } else {
        difference.remove(&["spec", "ingress", &index.to_string()]);
        difference.changes.push(Change::RuleRemoved(text));
    }
}

/// What becomes of the clients that are admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sources {
    Unchanged,
    Narrowed,
    Widened,
}

/// Brings the sources of the rule: ours as wanted, others' as they are.
fn sources(
    difference: &mut Difference,
    rule_index: usize,
    rule: &NetworkPolicyIngressRule,
    observed: &NetworkPolicy,
    wanted: &WantedPolicy<'_>,
    removal: Removal,
) -> Sources {
    let from = rule.from.as_deref().unwrap_or_default();
    let mut stale: Vec<&NetworkPolicyPeer> = from.iter().filter(|p| is_stale(p, observed, wanted)).collect();
    if removal == Removal::Forbidden {
        difference.withheld.extend(stale.iter().map(|p| format!("policy source {}", peer(p))));
        stale.clear();
    }
    let wanted = wanted.sources.into_iter().flatten();
    let missing: Vec<String> =
        wanted.filter(|range| !from.iter().any(|p| is_range(p, range))).cloned().collect();
    if stale.is_empty() && missing.is_empty() {
        return Sources::Unchanged;
    }
    let kept =
        from.iter().filter(|p| !stale.contains(p)).map(|p| serde_json::to_value(p).unwrap_or(Value::Null));
    let peers: Vec<Value> = kept.chain(missing.iter().map(|range| source_json(range))).collect();
    let path = ["spec", "ingress", &rule_index.to_string(), "from"];
    // An absent `from` admits everybody: to state the first source narrows, to remove the last one widens.
    let change = if peers.is_empty() || !(from.is_empty() || missing.is_empty()) {
        Sources::Widened
    } else {
        Sources::Narrowed
    };
    if peers.is_empty() {
        difference.remove(&path);
    } else {
        difference.set(&path, Value::Array(peers));
    }
    if !stale.is_empty() {
        difference.changes.push(Change::SourcesRemoved(stale.into_iter().map(peer).collect()));
    }
    if !missing.is_empty() {
        difference.changes.push(Change::SourcesAdded(missing));
    }
    change
}

fn is_range(peer: &NetworkPolicyPeer, range: &str) -> bool {
    peer.ip_block
        .as_ref()
        .is_some_and(|block| block.cidr == range && block.except.as_ref().is_none_or(Vec::is_empty))
}

/// A source that our book names and nobody asks for any more.
fn is_stale(peer: &NetworkPolicyPeer, observed: &NetworkPolicy, wanted: &WantedPolicy<'_>) -> bool {
    metadata::booked(&observed.metadata, MANAGED_SOURCE_RANGES)
        .any(|range| is_range(peer, range) && !wanted.sources.is_some_and(|w| w.contains(range)))
}

/// Sources that stay in our book, because they may not be taken away.
fn withheld_sources<'a>(
    observed: &'a NetworkPolicy,
    wanted: &WantedPolicy<'_>,
    removal: Removal,
) -> Vec<&'a str> {
    if removal == Removal::Allowed {
        return Vec::new();
    }
    let booked = metadata::booked(&observed.metadata, MANAGED_SOURCE_RANGES);
    booked.filter(|range| !wanted.sources.is_some_and(|w| w.contains(*range))).collect()
}
