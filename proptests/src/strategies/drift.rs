//! What has happened to objects of ours since they were settled.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::tools::{append, copy, drop, edit, find, named};
use super::{adapter, port};
use crate::invariants::UNKNOWN_FIELD;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Drift {
    /// Objects of a kind are gone, by name.
    Gone(&'static str, String),
    /// Every policy of ours is gone.
    NoPolicies,
    /// The Go operator wrote it: companions, and no books.
    GoStyle(&'static str),
    /// A field of an object is changed, by kind, name and pointer.
    Field(&'static str, String, &'static str, Value),
    /// A list in an object has one element more.
    More(&'static str, String, &'static str, Value),
    /// There is a second object like it, with another name and uid.
    Second(&'static str, String, String, String),
    /// Service, policy and container port of the adapter are on another port.
    Moved(&'static str, u16),
    /// The Service has every field that only a LoadBalancer can have.
    Balanced(&'static str),
    /// An object is being deleted, by kind and name.
    Terminating(&'static str, String),
    /// Fields that nobody knows are everywhere.
    Unknown,
}

const TERMINATING: &str = "2026-01-01T00:00:00Z";
const SERVICE: &str = "Service";
const POLICY: &str = "NetworkPolicy";

/// Anything.
pub(crate) fn drift() -> impl Strategy<Value = Drift> {
    prop_oneof![
        3 => object().prop_map(|(kind, name)| Drift::Gone(kind, name)),
        6 => object().prop_map(|(kind, name)| Drift::Terminating(kind, name)),
        4 => adapter().prop_map(Drift::Balanced),
        3 => Just(Drift::NoPolicies),
        2 => adapter().prop_map(Drift::GoStyle),
        5 => (adapter(), prop::sample::select(service_fields())).prop_map(|(a, (p, v))| Drift::Field(SERVICE, named(a), p, v)),
        4 => (adapter(), prop::sample::select(policy_fields())).prop_map(|(a, (p, v))| Drift::Field(POLICY, named(a), p, v)),
        1 => prop::sample::select(policy_fields()).prop_map(|(p, v)| Drift::Field(POLICY, "srv-baseline".to_owned(), p, v)),
        1 => (adapter(), prop::sample::select(more_ports())).prop_map(|(a, v)| Drift::More(SERVICE, named(a), "/spec/ports", v)),
        2 => (policy_name(), port()).prop_map(|(name, port)| Drift::More(POLICY, name, "/spec/ingress/0/ports", json!({ "port": port, "protocol": "TCP" }))),
        1 => (policy_name(), prop::sample::select(more_rules())).prop_map(|(name, v)| Drift::More(POLICY, name, "/spec/ingress", v)),
        1 => adapter().prop_map(|a| Drift::Second(SERVICE, named(a), format!("srv-x-{a}"), format!("second-{a}"))),
        1 => adapter().prop_map(|a| Drift::Second(POLICY, named(a), format!("copied-{a}"), format!("copied-{a}"))),
        1 => Just(Drift::Second(POLICY, "srv-baseline".to_owned(), "a-baseline".to_owned(), "a-baseline".to_owned())),
        3 => (adapter(), port()).prop_map(|(a, p)| Drift::Moved(a, p)),
        2 => Just(Drift::Unknown),
    ]
}

/// One of our objects but for the StatefulSet: kind and name.
fn object() -> impl Strategy<Value = (&'static str, String)> {
    prop_oneof![
        2 => adapter().prop_map(|a| (SERVICE, named(a))),
        2 => adapter().prop_map(|a| (POLICY, named(a))),
        1 => Just((POLICY, "srv-baseline".to_owned())),
    ]
}

fn policy_name() -> impl Strategy<Value = String> {
    prop_oneof![3 => adapter().prop_map(named), 1 => Just("srv-baseline".to_owned())]
}

fn service_fields() -> Vec<(&'static str, Value)> {
    let books = json!({
        "dittofs.io/managed-annotations": "kept,old", "kept": "1", "old": "1", "theirs": "1",
        "dittofs.io/managed-fields": "externalTrafficPolicy,sessionAffinity",
        "dittofs.io/managed-source-ranges": "10.0.0.0/8,172.16.0.0/12",
    });
    vec![
        ("/metadata/annotations", books.clone()),
        ("/metadata/annotations", books),
        ("/metadata/annotations", json!({ "theirs": "1" })),
        ("/metadata/labels", json!({ "theirs": "1" })),
        ("/metadata/labels/app", json!("x")),
        ("/metadata/finalizers", json!(["service.kubernetes.io/load-balancer-cleanup"])),
        ("/spec/type", json!("NodePort")),
        ("/spec/selector", json!({ "app": "dittofs-server", "instance": "srv", "more": "x" })),
        ("/spec/ports/0/targetPort", json!("adapter-nfs")),
        ("/spec/ports/0/targetPort", json!(1)),
        ("/spec/ports/0/name", json!("other")),
        ("/spec/ports/0/port", json!(445)),
        ("/spec/ports/0/protocol", json!("UDP")),
        ("/spec/loadBalancerClass", json!("example.com/lb")),
        ("/spec/loadBalancerSourceRanges", json!(["10.0.0.0/8", "172.16.0.0/12", "203.0.113.0/24"])),
        ("/spec/loadBalancerSourceRanges", json!(["10.0.0.0/8", "172.16.0.0/12", "203.0.113.0/24"])),
        ("/spec/externalTrafficPolicy", json!("Local")),
        ("/spec/sessionAffinity", json!("ClientIP")),
        ("/spec/allocateLoadBalancerNodePorts", json!(false)),
    ]
}

fn balanced() -> [(&'static str, Value); 4] {
    [
        ("/spec/loadBalancerSourceRanges", json!(["10.0.0.0/8", "203.0.113.0/24"])),
        ("/spec/loadBalancerIP", json!("192.0.2.7")),
        ("/spec/loadBalancerClass", json!("example.com/lb")),
        ("/spec/externalTrafficPolicy", json!("Local")),
    ]
}

fn policy_fields() -> Vec<(&'static str, Value)> {
    let ours = json!({ "ipBlock": { "cidr": "10.0.0.0/8" } });
    let theirs = json!({ "ipBlock": { "cidr": "198.51.100.0/24", "except": ["198.51.100.1/32"] } });
    vec![
        ("/metadata/labels", json!({ "theirs": "1" })),
        ("/metadata/annotations", json!({ "dittofs.io/managed-source-ranges": "10.0.0.0/8,172.16.0.0/12" })),
        ("/metadata/annotations", json!({ "dittofs.io/managed-source-ranges": "10.0.0.0/8" })),
        ("/metadata/finalizers", json!(["x/y"])),
        ("/spec/ingress/0/from", json!([ours, theirs])),
        ("/spec/ingress/0/from", json!([ours])),
        ("/spec/ingress/0/from", json!([theirs])),
        ("/spec/ingress", json!([])),
        ("/spec/ingress", json!([{}])),
        ("/spec/ingress/0/ports", json!([])),
        ("/spec/ingress/0/ports/0/port", json!("adapter-nfs")),
        ("/spec/ingress/0/ports/0/port", json!(3000)),
        ("/spec/ingress/0/ports/0/endPort", json!(20000)),
        ("/spec/ingress/0/ports/0/protocol", json!("UDP")),
        ("/spec/podSelector", json!({ "matchLabels": { "app": "nobody" } })),
        ("/spec/podSelector", json!({})),
        ("/spec/policyTypes", json!(["Egress"])),
        ("/spec/policyTypes", json!(["Ingress", "Egress"])),
    ]
}

fn more_ports() -> Vec<Value> {
    vec![
        json!({ "name": "more", "port": 9999, "targetPort": 12049, "protocol": "TCP" }),
        json!({ "name": "portmap", "port": 111, "targetPort": 10111, "protocol": "TCP" }),
        json!({ "name": "mdns", "port": 5353, "targetPort": 5353, "protocol": "UDP" }),
    ]
}

fn more_rules() -> Vec<Value> {
    vec![
        json!({}),
        json!({ "ports": [{ "port": 1445, "protocol": "TCP" }] }),
        json!({ "from": [{ "podSelector": {} }] }),
    ]
}

impl Drift {
    /// Makes it so.
    pub(crate) fn apply(&self, objects: &mut Vec<Value>) {
        match self {
            Self::Gone(kind, name) => drop(objects, kind, name),
            Self::NoPolicies => objects.retain(|o| o["kind"] != POLICY),
            Self::GoStyle(adapter) => go_style(objects, adapter),
            Self::Field(kind, name, pointer, value) => edit(objects, kind, name, &[(pointer, value.clone())]),
            Self::More(kind, name, list, value) => append(objects, kind, name, list, value.clone()),
            Self::Second(kind, name, new, uid) => copy(objects, kind, name, new, uid),
            Self::Moved(adapter, port) => moved(objects, adapter, *port),
            Self::Balanced(adapter) => edit(objects, SERVICE, &named(adapter), &balanced()),
            Self::Terminating(kind, name) => edit(
                objects,
                kind,
                name,
                &[
                    ("/metadata/deletionTimestamp", json!(TERMINATING)),
                    ("/metadata/finalizers", json!(["x/y"])),
                ],
            ),
            Self::Unknown => unknown(objects),
        }
    }
}

fn go_style(objects: &mut [Value], adapter: &str) {
    let ports = match adapter {
        "nfs" => vec![
            ("portmap", 111, 10111, "TCP"),
            ("portmap-udp", 111, 10111, "UDP"),
            ("mdns", 5353, 5353, "UDP"),
        ],
        "smb" => {
            vec![("wsd", 3702, 3702, "UDP"), ("wsd-meta", 5357, 5357, "TCP"), ("mdns", 5353, 5353, "UDP")]
        }
        _ => vec![("mdns", 5353, 5353, "UDP")],
    };
    let name = named(adapter);
    for (port_name, port, target, protocol) in ports {
        let of_service =
            json!({ "name": port_name, "port": port, "targetPort": target, "protocol": protocol });
        append(objects, SERVICE, &name, "/spec/ports", of_service);
        let of_policy = json!({ "port": target, "protocol": protocol });
        append(objects, POLICY, &name, "/spec/ingress/0/ports", of_policy);
        let of_container = match port_name {
            "portmap" => "adapter-nfs-pm",
            "portmap-udp" => "adapter-pm-udp",
            "wsd" => "adapter-wsd",
            "wsd-meta" => "adapter-wsdmeta",
            _ => continue,
        };
        let of_container = json!({ "name": of_container, "containerPort": target, "protocol": protocol });
        append(objects, "StatefulSet", "srv", "/spec/template/spec/containers/0/ports", of_container);
    }
    edit(objects, SERVICE, &name, &[("/metadata/annotations", Value::Null)]);
}

fn moved(objects: &mut [Value], adapter: &str, port: u16) {
    let name = named(adapter);
    edit(
        objects,
        SERVICE,
        &name,
        &[("/spec/ports/0/port", json!(port)), ("/spec/ports/0/targetPort", json!(port))],
    );
    if find(objects, POLICY, &name).is_some_and(|p| p.pointer("/spec/ingress/0/ports/0").is_some()) {
        edit(objects, POLICY, &name, &[("/spec/ingress/0/ports/0/port", json!(port))]);
    }
}

/// Puts a field that nobody knows into every place of our objects that a writer could lose it from.
fn unknown(objects: &mut [Value]) {
    for object in objects.iter_mut() {
        let places = [
            "/metadata",
            "/spec",
            "/spec/ports/0",
            "/spec/ports/1",
            "/spec/ingress/0",
            "/spec/ingress/0/ports/0",
            "/spec/ingress/0/from/0",
            "/spec/template",
            "/spec/template/metadata",
            "/spec/template/spec",
            "/spec/template/spec/containers/0",
            "/spec/template/spec/containers/0/ports/0",
            "/spec/template/spec/containers/0/ports/1",
        ];
        for place in places {
            if let Some(fields) = object.pointer_mut(place).and_then(Value::as_object_mut) {
                fields.insert(format!("{UNKNOWN_FIELD}-field"), json!({ "kept": [1, { "at": place }] }));
            }
        }
    }
}
