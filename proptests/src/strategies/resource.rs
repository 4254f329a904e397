//! What a resource asks for.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::set;

/// One thing that a resource asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Wish {
    /// A field, by pointer.
    Field(&'static str, Value),
    /// A field of the override of an adapter.
    Override(&'static str, &'static str, Value),
}

/// The resource `files/srv`.
pub fn resource(wishes: &[Wish]) -> Value {
    let mut resource = json!({
        "apiVersion": "dittofs.dittofs.com/v1alpha1", "kind": "DittoServer",
        "metadata": { "name": "srv", "namespace": "files", "uid": "uid-of-srv" },
        "spec": { "storage": { "metadataSize": "1Gi" } },
    });
    let mut overrides: Vec<Value> = Vec::new();
    for wish in wishes {
        match wish {
            Wish::Field(pointer, value) => set(&mut resource, pointer, value.clone()),
            Wish::Override(adapter, field, value) => {
                let index = overrides.iter().position(|o| o["adapter"] == *adapter).unwrap_or_else(|| {
                    overrides.push(json!({ "adapter": adapter }));
                    overrides.len() - 1
                });
                overrides[index][*field] = value.clone();
            }
        }
    }
    if !overrides.is_empty() {
        set(&mut resource, "/spec/adapterServices/overrides", overrides.into());
    }
    resource
}

/// A few wishes; a later one wins.
pub fn wishes() -> impl Strategy<Value = Vec<Wish>> {
    let wish = prop_oneof![2 => field(), 3 => overridden()];
    let trust = Wish::Field("/spec/adapterDiscovery/emptyList", json!("Trust"));
    let grown = vec![Wish::Field("/spec/storage/metadataSize", json!("2Gi"))];
    let stopped =
        vec![Wish::Field("/spec/replicas", json!(0)), Wish::Field("/spec/image", json!("dittofs:2"))];
    prop_oneof![
        4 => Just(Vec::new()),
        10 => prop::collection::vec(wish, 0..5),
        1 => approved(),
        1 => Just(vec![trust]),
        2 => Just(grown),
        1 => Just(stopped),
    ]
}

/// A replacement that is asked for and approved.
fn approved() -> impl Strategy<Value = Vec<Wish>> {
    let approval = prop::sample::select(vec!["svc-nfs", "second-nfs"])
        .prop_map(|uid| Wish::Field("/metadata/annotations/dittofs.io~1approve-replace", json!(uid)));
    let change = prop::sample::select(vec![
        Wish::Field("/spec/adapterServices/nameTemplate", json!("{name}-x-{type}")),
        Wish::Override("nfs", "loadBalancerClass", json!("example.com/other")),
        Wish::Override("nfs", "ipFamilies", json!(["IPv6"])),
    ]);
    (approval, change).prop_map(|(approval, change)| vec![approval, change])
}

fn field() -> impl Strategy<Value = Wish> {
    prop::sample::select(vec![
        Wish::Field("/spec/adapterDiscovery/mode", json!("UpsertOnly")),
        Wish::Field("/spec/adapterDiscovery/mode", json!("UpsertOnly")),
        Wish::Field("/spec/adapterDiscovery/mode", json!("Observe")),
        Wish::Field("/metadata/annotations/dittofs.io~1paused", json!("true")),
        Wish::Field("/spec/adapterDiscovery/emptyList", json!("Trust")),
        Wish::Field("/spec/adapterServices/portRollout", json!("Immediate")),
        Wish::Field("/spec/adapterServices/type", json!("ClusterIP")),
        Wish::Field("/spec/adapterServices/type", json!("NodePort")),
        Wish::Field("/spec/adapterServices/type", json!("ClusterIP")),
        Wish::Field("/spec/adapterServices/type", json!("NodePort")),
        Wish::Field("/spec/adapterServices/annotations", json!({ "team": "storage", "tier": "gold" })),
        Wish::Field("/spec/adapterServices/nameTemplate", json!("{name}-{type}-files")),
        Wish::Field("/spec/adapterServices/nameTemplate", json!("{type}")),
        Wish::Field("/spec/adapterServices/nameTemplate", json!("{name}-x-{type}")),
        Wish::Field("/metadata/annotations/dittofs.io~1approve-replace", json!("svc-nfs")),
        Wish::Field("/metadata/annotations/dittofs.io~1approve-replace", json!("svc-nfs")),
        Wish::Field("/metadata/annotations/dittofs.io~1approve-replace", json!("second-smb")),
        Wish::Field("/spec/replicas", json!(0)),
        Wish::Field("/spec/metrics", json!({ "enabled": true, "port": 1445 })),
        Wish::Field("/spec/metrics", json!({ "enabled": true })),
        Wish::Field("/spec/controlPlane/port", json!(8088)),
        Wish::Field("/spec/image", json!("dittofs:2")),
        Wish::Field("/spec/logging", json!({ "level": "DEBUG" })),
        Wish::Field("/spec/service", json!({ "type": "LoadBalancer", "annotations": { "team": "storage" } })),
        Wish::Field("/spec/storage/metadataSize", json!("2Gi")),
        Wish::Field("/spec/storage/contentSize", json!("2Gi")),
        Wish::Field("/spec/controlPlane/certSecretName", json!("tls")),
        Wish::Field("/spec/identity", json!({ "jwt": { "secretRef": { "name": "mine", "key": "k" } } })),
        Wish::Field("/metadata/deletionTimestamp", json!("2026-01-01T00:00:00Z")),
    ])
}

fn overridden() -> impl Strategy<Value = Wish> {
    let any = [
        ("expose", json!(false)),
        ("type", json!("LoadBalancer")),
        ("type", json!("ClusterIP")),
        ("type", json!("NodePort")),
        ("annotations", json!({ "team": "other", "kept": "no" })),
        ("port", json!(2049)),
        ("port", json!(445)),
        ("port", json!(111)),
        ("loadBalancerClass", json!("example.com/lb")),
        ("loadBalancerIP", json!("192.0.2.9")),
        ("loadBalancerSourceRanges", json!(["10.0.0.0/8", "192.0.2.0/24"])),
        ("loadBalancerSourceRanges", json!(["10.0.0.0/8"])),
        ("externalTrafficPolicy", json!("Local")),
        ("externalTrafficPolicy", json!("Local")),
        ("externalTrafficPolicy", json!("Cluster")),
        ("allocateLoadBalancerNodePorts", json!(true)),
        ("allocateLoadBalancerNodePorts", json!(false)),
        ("sessionAffinity", json!("ClientIP")),
        ("ipFamilyPolicy", json!("PreferDualStack")),
        ("ipFamilies", json!(["IPv4", "IPv6"])),
        ("ipFamilies", json!(["IPv6"])),
        ("companionPorts", json!(["MDNS"])),
    ];
    let nfs = [
        ("companionPorts", json!(["Portmapper"])),
        ("companionPorts", json!(["Portmapper", "UDP", "MDNS"])),
        ("companionPorts", json!(["UDP"])),
        ("nodePort", json!(30049)),
    ];
    let smb = [("companionPorts", json!(["WSDiscovery", "MDNS"])), ("nodePort", json!(30445))];
    let mut wishes = Vec::new();
    for (adapter, own) in [("nfs", &nfs[..]), ("nfs", &nfs), ("smb", &smb), ("webdav", &[])] {
        let fields = any.iter().chain(own);
        wishes.extend(fields.map(|(field, value)| Wish::Override(adapter, field, value.clone())));
    }
    prop::sample::select(wishes)
}
