//! What the Go operator would have made for a DittoServer, as far as the adapters' side looks at it.

use serde_json::{Value, json};

/// A namespace.
pub fn namespace(name: &str) -> Value {
    json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": name } })
}

/// A DittoServer with this `spec`.
pub fn ditto_server(namespace: &str, name: &str, spec: &Value) -> Value {
    json!({
        "apiVersion": "dittofs.dittofs.com/v1alpha1", "kind": "DittoServer",
        "metadata": { "name": name, "namespace": namespace },
        "spec": spec,
    })
}

/// StatefulSet, API Service and administrator's Secret of a DittoServer, as the API server has it.
pub fn left_by_go_operator(server: &Value, admin_password: &str) -> [Value; 3] {
    let text = |field: &str| server["metadata"][field].as_str().unwrap_or_default();
    let (namespace, name, owner) = (text("namespace"), text("name"), owner(server));
    let port = server["spec"]["controlPlane"]["port"].as_u64().unwrap_or(8080);
    [
        admin_secret(namespace, name, &owner, admin_password),
        api_service(namespace, name, &owner, port),
        stateful_set(namespace, name, &owner, port),
    ]
}

fn owner(server: &Value) -> Value {
    json!([{
        "apiVersion": server["apiVersion"], "kind": server["kind"], "name": server["metadata"]["name"],
        "uid": server["metadata"]["uid"], "controller": true, "blockOwnerDeletion": true,
    }])
}

fn admin_secret(namespace: &str, name: &str, owner: &Value, password: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Secret", "type": "Opaque",
        "metadata": {
            "name": format!("{name}-admin-bootstrap-credentials"), "namespace": namespace, "ownerReferences": owner,
        },
        "stringData": { "username": "admin", "password": password },
    })
}

fn api_service(namespace: &str, name: &str, owner: &Value, port: u64) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": { "name": format!("{name}-api"), "namespace": namespace, "ownerReferences": owner, "labels": labels(name) },
        "spec": {
            "type": "ClusterIP", "selector": labels(name),
            "ports": [{ "name": "api", "port": port, "targetPort": "api", "protocol": "TCP" }],
        },
    })
}

fn stateful_set(namespace: &str, name: &str, owner: &Value, port: u64) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "StatefulSet",
        "metadata": { "name": name, "namespace": namespace, "ownerReferences": owner },
        "spec": {
            "replicas": 1, "serviceName": format!("{name}-headless"),
            "selector": { "matchLabels": labels(name) },
            "template": {
                "metadata": { "labels": labels(name), "annotations": { "dittofs.io/config-hash": "0f1e2d3c" } },
                "spec": {
                    "terminationGracePeriodSeconds": 105,
                    "containers": [{
                        "name": "dittofs", "image": "dittofs:x",
                        "ports": [{ "name": "api", "containerPort": port, "protocol": "TCP" }],
                    }],
                },
            },
        },
    })
}

fn labels(name: &str) -> Value {
    json!({ "app": "dittofs-server", "instance": name })
}
