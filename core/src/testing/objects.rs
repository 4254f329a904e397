//! Objects of a settled server, as an API server holds them.

use serde_json::{Value, json};

use super::set;

/// The same object with a field changed.
#[must_use]
pub fn but(mut object: Value, pointer: &str, value: Value) -> Value {
    set(&mut object, pointer, value);
    object
}

/// An adapter's Service, as the API server holds it.
pub fn service(adapter: &str, port: u16) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": metadata(&format!("srv-adapter-{adapter}"), &format!("svc-{adapter}"), &json!({
            "app": "dittofs-server", "instance": "srv",
            "dittofs.io/adapter-service": "true", "dittofs.io/adapter-type": adapter })),
        "spec": {
            "type": "LoadBalancer", "selector": { "app": "dittofs-server", "instance": "srv" },
            "clusterIP": "10.0.0.7", "clusterIPs": ["10.0.0.7"], "sessionAffinity": "None",
            "externalTrafficPolicy": "Cluster", "internalTrafficPolicy": "Cluster",
            "allocateLoadBalancerNodePorts": true, "ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack",
            "ports": [{ "name": port_name(adapter), "port": port, "targetPort": port, "protocol": "TCP",
                        "nodePort": 31000 }],
        },
        "status": { "loadBalancer": { "ingress": [{ "ip": "192.0.2.7" }] } },
    })
}

/// An adapter's policy.
pub fn policy(adapter: &str, port: u16) -> Value {
    let labels = json!({ "app": "dittofs-server", "instance": "srv",
        "dittofs.io/adapter-networkpolicy": "true", "dittofs.io/adapter-type": adapter });
    let metadata = metadata(&format!("srv-adapter-{adapter}"), &format!("np-{adapter}"), &labels);
    network_policy(&metadata, &json!([{ "ports": [{ "port": port, "protocol": "TCP" }] }]))
}

/// The baseline policy.
pub fn baseline() -> Value {
    let labels =
        json!({ "app": "dittofs-server", "instance": "srv", "dittofs.io/baseline-networkpolicy": "true" });
    let metadata = metadata("srv-baseline", "np-baseline", &labels);
    network_policy(&metadata, &json!([{ "ports": [{ "port": 8080, "protocol": "TCP" }] }]))
}

fn network_policy(metadata: &Value, ingress: &Value) -> Value {
    json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata,
        "spec": { "podSelector": { "matchLabels": { "app": "dittofs-server", "instance": "srv" } },
                  "policyTypes": ["Ingress"], "ingress": ingress },
    })
}

/// The StatefulSet of a settled server.
pub fn stateful_set(adapters: &[(&str, u16)]) -> Value {
    let mut ports = vec![json!({ "name": "api", "containerPort": 8080, "protocol": "TCP" })];
    ports.extend(
        adapters.iter().map(|(a, p)| json!({ "name": port_name(a), "containerPort": p, "protocol": "TCP" })),
    );
    let mut metadata = metadata("srv", "sts", &json!({}));
    metadata["generation"] = json!(3);
    json!({
        "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": metadata,
        "spec": {
            "replicas": 1, "serviceName": "srv-headless",
            "selector": { "matchLabels": { "app": "dittofs-server", "instance": "srv" } },
            "updateStrategy": { "type": "RollingUpdate", "rollingUpdate": { "partition": 0 } },
            "template": {
                "metadata": { "labels": { "app": "dittofs-server", "instance": "srv" },
                              "annotations": { "dittofs.io/config-hash": "abc" } },
                "spec": { "containers": [{ "name": "dittofs", "image": "dittofs:x", "ports": ports }] },
            },
        },
        "status": { "observedGeneration": 3, "replicas": 1, "readyReplicas": 1, "updatedReplicas": 1 },
    })
}

/// The server's pod, ready.
pub fn pod() -> Value {
    let mut metadata = metadata(
        "srv-0",
        "pod",
        &json!({
        "app": "dittofs-server", "instance": "srv", "controller-revision-hash": "srv-1" }),
    );
    metadata["annotations"] = json!({ "dittofs.io/config-hash": "abc" });
    metadata["ownerReferences"] = json!([{ "apiVersion": "apps/v1", "kind": "StatefulSet", "name": "srv",
        "uid": "sts", "controller": true }]);
    json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": { "containers": [{ "name": "dittofs" }] },
        "status": { "phase": "Running", "conditions": [{ "type": "Ready", "status": "True" }] },
    })
}

fn port_name(adapter: &str) -> String {
    dittofs_effects::AdapterType::sanitise(adapter).map(|a| a.port_name().to_owned()).unwrap_or_default()
}

fn metadata(name: &str, uid: &str, labels: &Value) -> Value {
    json!({
        "name": name, "namespace": "files", "uid": uid, "resourceVersion": "7", "labels": labels,
        "ownerReferences": [{ "apiVersion": "dittofs.dittofs.com/v1alpha1", "kind": "DittoServer", "name": "srv",
            "uid": "uid-of-srv", "controller": true, "blockOwnerDeletion": true }],
    })
}
