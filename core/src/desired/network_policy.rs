//! A policy as it is created: an adapter's, or the baseline (SECU-03).

use std::collections::BTreeMap;

use k8s_openapi::api::networking::v1::{
    IPBlock, NetworkPolicy, NetworkPolicyIngressRule, NetworkPolicyPeer, NetworkPolicyPort, NetworkPolicySpec,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::{add_book, metadata, pod_labels};
use crate::overlay::WantedPolicy;
use crate::ownership::MANAGED_SOURCE_RANGES;
use crate::server::ServerSpec;

/// Builds the policy: one rule, these ports, these sources.
pub(crate) fn network_policy(server: &ServerSpec, name: String, wanted: &WantedPolicy<'_>) -> NetworkPolicy {
    let ports = wanted.ports.iter().map(|(protocol, port)| NetworkPolicyPort {
        protocol: Some(protocol.as_str().to_owned()),
        port: Some(IntOrString::Int(i32::from(port.get()))),
        end_port: None,
    });
    let sources = wanted.sources.map(|sources| sources.iter().map(|range| source(range)).collect());
    let mut annotations = BTreeMap::new();
    add_book(&mut annotations, MANAGED_SOURCE_RANGES, wanted.source_book);
    NetworkPolicy {
        metadata: metadata(server, name, wanted.labels, annotations),
        spec: Some(NetworkPolicySpec {
            pod_selector: Some(LabelSelector {
                match_labels: Some(pod_labels(wanted.server)),
                match_expressions: None,
            }),
            policy_types: Some(vec!["Ingress".to_owned()]),
            ingress: Some(vec![NetworkPolicyIngressRule { ports: Some(ports.collect()), from: sources }]),
            egress: None,
        }),
    }
}

fn source(range: &str) -> NetworkPolicyPeer {
    NetworkPolicyPeer {
        ip_block: Some(IPBlock { cidr: range.to_owned(), except: None }),
        ..NetworkPolicyPeer::default()
    }
}
