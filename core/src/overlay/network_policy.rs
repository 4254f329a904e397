//! A policy of ours: an adapter's, or the baseline.
//!
//! Exactly one ingress rule with exactly the wanted ports: an added port or rule is removed (SECU-03). A `from` that
//! somebody put on that rule stays, since it only narrows; ours are named in a book.

use std::collections::BTreeSet;

use dittofs_effects::{AdapterType, Change, Port, Protocol};
use k8s_openapi::api::networking::v1::{NetworkPolicy, NetworkPolicyIngressRule, NetworkPolicySpec};
use serde_json::json;

use super::{Difference, Narrows, Removal, metadata};
use crate::ownership::{
    ADAPTER_POLICY, ADAPTER_TYPE, APP, BASELINE_POLICY, INSTANCE, MANAGED_SOURCE_RANGES, TRUE,
};
use crate::reachable::policy_port;

mod ports;
mod sources;

use ports::{described, opens_any, ports, ports_json};
use sources::{Sources, source_json, sources, withheld_sources};

const INGRESS: [&str; 2] = ["spec", "ingress"];

/// What is wanted of a policy.
#[derive(Clone, Copy)]
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
    /// Leaves sources and their book as they are: a write that opens something must not narrow.
    pub keep_sources: bool,
    /// The first port is an adapter's own: another number there is a move, not a port more and a port less.
    pub own: Option<OwnPort>,
    /// Why a port is closed that is not wanted.
    pub why_closed: &'static str,
}

/// What is known of an adapter's own port.
#[derive(Clone, Copy)]
pub(crate) struct OwnPort {
    /// Where its Service leads to now.
    pub now: Option<u16>,
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
    let kept = rule_that_stays(rules, wanted);
    let (gains_ports, sources) = match kept {
        Some(index) => (
            ports(&mut difference, index, &rules[index], wanted, removal),
            if wanted.keep_sources {
                Sources::Unchanged
            } else {
                sources(&mut difference, index, &rules[index], observed, wanted, removal)
            },
        ),
        None => {
            new_rule(&mut difference, spec, wanted);
            (true, Sources::Unchanged)
        }
    };
    for (index, rule) in rules.iter().enumerate().rev().filter(|(index, _)| Some(*index) != kept) {
        surplus_rule(&mut difference, index, rule, removal);
    }
    if sources == Sources::Narrowed {
        difference.narrows =
            Some(if gains_ports || selection_changed { Narrows::AndOpens } else { Narrows::Only });
    }
    if !wanted.keep_sources {
        let kept = withheld_sources(observed, wanted, removal);
        let book = wanted.source_book;
        metadata::write_book(&mut difference, &observed.metadata, MANAGED_SOURCE_RANGES, book, &kept);
    }
    difference
}

/// The rule that is the policy's own: the one that opens the adapter's port, as it is wanted or as it is now; else one
/// that opens anything wanted; else the first.
fn rule_that_stays(rules: &[NetworkPolicyIngressRule], wanted: &WantedPolicy<'_>) -> Option<usize> {
    let opens = |ports: &[(Protocol, Port)]| rules.iter().position(|rule| opens_any(rule, ports));
    let now = wanted.own.and_then(|own| own.now).and_then(|now| Port::try_from(i64::from(now)).ok());
    opens(wanted.ports.get(..1).unwrap_or_default())
        .or_else(|| opens(&[(Protocol::Tcp, now?)]))
        .or_else(|| opens(wanted.ports))
        .or((!rules.is_empty()).then_some(0))
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
