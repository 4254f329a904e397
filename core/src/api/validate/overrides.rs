//! The overrides of `spec.adapterServices`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use super::super::{AdapterOverride, CompanionPort, IpFamilyPolicy, ServiceType, rules, syntax};
use super::At;
use crate::api::rules::Rule;

pub(super) fn check(overrides: &[AdapterOverride], common: Option<ServiceType>, at: &mut At<'_>) {
    at.at_most(64, overrides.len(), "entries");
    let (mut adapters, mut node_ports) = (BTreeSet::new(), BTreeSet::new());
    for (index, one) in overrides.iter().enumerate() {
        let mut at = at.item(index);
        if !adapters.insert(&one.adapter) {
            at.at("adapter").add(&one.adapter, "has two overrides");
        }
        if let Some(port) = one.node_port.filter(|port| !node_ports.insert(*port)) {
            at.at("nodePort").breaks(rules::NODE_PORT_TWICE, port);
        }
        by_type(one, one.service_type.or(common).unwrap_or(ServiceType::LoadBalancer), &mut at);
        fields(one, &mut at);
        families(one, &mut at);
        companions(one, &mut at);
    }
}

/// Fields that only some types of Service have. Kubernetes drops them from the others without a word, or refuses.
fn by_type(one: &AdapterOverride, effective: ServiceType, at: &mut At<'_>) {
    let mut needs = |fits: bool, field: &str, rule: Rule, value: Option<String>| {
        if let Some(value) = value.filter(|_| !fits) {
            at.at(field).breaks(rule, value);
        }
    };
    let external = effective != ServiceType::ClusterIP;
    needs(external, "nodePort", rules::NODE_PORT_TYPE, one.node_port.map(|port| port.to_string()));
    let policy = one.external_traffic_policy.map(|policy| policy.to_string());
    needs(external, "externalTrafficPolicy", rules::TRAFFIC_POLICY_TYPE, policy);
    let balanced = effective == ServiceType::LoadBalancer;
    needs(balanced, "loadBalancerClass", rules::CLASS_TYPE, one.load_balancer_class.clone());
    needs(balanced, "loadBalancerIP", rules::ADDRESS_TYPE, one.load_balancer_ip.clone());
    let ranges = one.load_balancer_source_ranges.as_ref().map(|ranges| ranges.join(", "));
    needs(balanced, "loadBalancerSourceRanges", rules::RANGES_TYPE, ranges);
    let allocate = one.allocate_load_balancer_node_ports.map(|allocate| allocate.to_string());
    needs(balanced, "allocateLoadBalancerNodePorts", rules::ALLOCATE_TYPE, allocate);
}

/// Fields that can be judged alone.
fn fields(one: &AdapterOverride, at: &mut At<'_>) {
    at.at("adapter").at_most(63, one.adapter.chars().count(), "characters");
    if !syntax::is_adapter(&one.adapter) {
        at.at("adapter").add(&one.adapter, "must be of a-z and 0-9, with single dashes between");
    }
    at.range("port", one.port, 1..=65535);
    at.range("nodePort", one.node_port, 1..=65535);
    if let Some(class) = &one.load_balancer_class {
        load_balancer_class(class, &mut at.at("loadBalancerClass"));
    }
    if let Some(address) = &one.load_balancer_ip {
        at.at("loadBalancerIP").at_most(45, address.chars().count(), "characters");
    }
    if let Some(ranges) = &one.load_balancer_source_ranges {
        source_ranges(ranges, &mut at.at("loadBalancerSourceRanges"));
    }
    if let Some(map) = &one.annotations {
        annotations(map, &mut at.at("annotations"));
    }
}

fn load_balancer_class(class: &str, at: &mut At<'_>) {
    at.at_most(317, class.chars().count(), "characters");
    if !syntax::is_qualified_name(class) {
        at.add(class, "must be a word, with an optional DNS subdomain and / before it");
    } else if !syntax::fits(class) {
        at.breaks(rules::CLASS_LENGTH, class);
    }
}

fn source_ranges(ranges: &[String], at: &mut At<'_>) {
    at.at_most(128, ranges.len(), "entries");
    for (index, range) in ranges.iter().enumerate().filter(|(_, range)| !syntax::is_cidr(range)) {
        at.item(index).add(range, "must be a block of addresses such as 10.0.0.0/8 or 2001:db8::/32");
    }
}

/// A key that Kubernetes refuses would keep the whole Service from being written.
fn annotations(map: &BTreeMap<String, String>, at: &mut At<'_>) {
    at.at_most(64, map.len(), "entries");
    for key in map.keys() {
        if !syntax::is_annotation_key(key) {
            at.at(key).breaks(rules::ANNOTATION_KEY, key);
        }
        if key.starts_with("dittofs.io/managed-") {
            at.at(key).breaks(rules::ANNOTATION_OURS, key);
        }
    }
}

/// Kubernetes refuses these too, but only when the Service is written, where nobody looks.
fn families(one: &AdapterOverride, at: &mut At<'_>) {
    let Some(families) = &one.ip_families else { return };
    let mut at = at.at("ipFamilies");
    if families.is_empty() {
        at.add("", "must name an IP family");
    }
    at.at_most(2, families.len(), "entries");
    twice(families, rules::FAMILY_TWICE, &mut at);
    if families.len() > 1 && one.ip_family_policy == Some(IpFamilyPolicy::SingleStack) {
        at.breaks(rules::ONE_FAMILY, joined(families));
    }
}

/// A companion of another adapter's protocol would open a port that nothing answers.
fn companions(one: &AdapterOverride, at: &mut At<'_>) {
    use CompanionPort::{Portmapper, UDP, WSDiscovery};
    let Some(companions) = &one.companion_ports else { return };
    at.at("companionPorts").at_most(4, companions.len(), "entries");
    twice(companions, rules::COMPANION_TWICE, &mut at.at("companionPorts"));
    let has = |port| companions.contains(&port);
    if (has(Portmapper) || has(UDP)) && one.adapter != "nfs" {
        at.at("companionPorts").breaks(rules::NFS_COMPANION, joined(companions));
    }
    if has(WSDiscovery) && one.adapter != "smb" {
        at.at("companionPorts").breaks(rules::SMB_COMPANION, joined(companions));
    }
    if has(Portmapper) && one.port == Some(111) {
        at.at("port").breaks(rules::PORTMAPPER_PORT, 111);
    }
    if has(WSDiscovery) && one.port == Some(5357) {
        at.at("port").breaks(rules::DISCOVERY_PORT, 5357);
    }
}

fn joined(values: &[impl Display]) -> String {
    values.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Lists of words are short and have no key of which the API server would mind duplicates.
fn twice<T: Copy + Ord + Display>(values: &[T], rule: Rule, at: &mut At<'_>) {
    let mut seen = BTreeSet::new();
    for (index, value) in values.iter().enumerate().filter(|(_, value)| !seen.insert(**value)) {
        at.item(index).breaks(rule, value);
    }
}
