//! The sources of the one rule that a policy of ours has.

use dittofs_effects::Change;
use k8s_openapi::api::networking::v1::{NetworkPolicy, NetworkPolicyIngressRule, NetworkPolicyPeer};
use serde_json::{Value, json};

use super::super::{Difference, Removal, metadata};
use super::WantedPolicy;
use crate::ownership::MANAGED_SOURCE_RANGES;
use crate::reachable::peer;

pub(super) fn source_json(range: &str) -> Value {
    json!({ "ipBlock": { "cidr": range } })
}

/// What becomes of the clients that are admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sources {
    Unchanged,
    Narrowed,
    Widened,
}

/// Brings the sources of the rule: ours as wanted, others' as they are.
pub(super) fn sources(
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
pub(super) fn withheld_sources<'a>(
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
