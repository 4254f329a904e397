//! The objects that are built for a resource.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may give up as tests do")]
#![allow(clippy::disallowed_methods, reason = "tests read files; the core itself does not")]

use dittofs_core::api::DittoServer;
use dittofs_core::{ServerSpec, WorkloadObjects, WorkloadOwner};
use serde_json::{Value, json};

/// Everything that needs no secret value.
pub fn built(resource: &Value, content: &str) -> Vec<Value> {
    let resource: DittoServer = serde_json::from_value(resource.clone()).unwrap();
    let (server, _) = ServerSpec::resolve_whole(&resource);
    let WorkloadOwner::Ours(workload) = &server.workload else { panic!("no workload") };
    let objects = WorkloadObjects::new(&server, workload, content);
    let services = [Some(objects.headless), Some(objects.api), objects.metrics].into_iter().flatten();
    let mut built: Vec<Value> = services.map(|service| serde_json::to_value(service).unwrap()).collect();
    built.push(serde_json::to_value(objects.config_map).unwrap());
    built.push(serde_json::to_value(objects.stateful_set).unwrap());
    built.extend(objects.service_monitor);
    built
}

/// A resource with every field.
pub fn every_field() -> Value {
    let path = super::root().join("fixtures/samples/every-field.yaml");
    let mut resource = super::servers(&std::fs::read_to_string(path).unwrap()).remove(0);
    resource["metadata"]["uid"] = json!("u-1");
    resource
}

/// The first of a kind.
pub fn of_kind(objects: &[Value], kind: &str) -> Value {
    objects.iter().find(|object| object["kind"] == kind).unwrap().clone()
}

/// The server's container.
pub fn container(objects: &[Value]) -> Value {
    of_kind(objects, "StatefulSet")["spec"]["template"]["spec"]["containers"][0].clone()
}
