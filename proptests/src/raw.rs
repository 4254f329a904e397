//! Objects as the cluster holds them, read without the product's own eyes.

use std::collections::BTreeSet;

use dittofs_core::ServerSpec;
use dittofs_effects::{AdapterType, Kind, ObjectRef, Protocol};
use dittofs_interpreters::memory::{ObjectKey, World};
use serde_json::Value;

/// A text field, empty if it is not there.
pub fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The elements of a list, none if it is not there.
pub fn list<'a>(object: &'a Value, pointer: &str) -> &'a [Value] {
    object.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The server controls the object, by uid.
pub fn is_ours(object: &Value, server: &ServerSpec) -> bool {
    let controls =
        |o: &Value| o["controller"] == true && server.uid.as_ref().is_some_and(|u| o["uid"] == u.as_str());
    list(object, "/metadata/ownerReferences").iter().any(controls)
}

/// It has a deletion timestamp.
pub fn is_terminating(object: &Value) -> bool {
    object.pointer("/metadata/deletionTimestamp").is_some()
}

/// The object that an effect targets.
pub fn target<'a>(world: &'a World, target: &ObjectRef) -> Option<&'a Value> {
    world.get(&ObjectKey::from(target))
}

/// Objects of a kind in the server's namespace.
pub fn of_kind<'a>(
    world: &'a World,
    kind: &'a str,
    server: &'a ServerSpec,
) -> impl Iterator<Item = (&'a str, &'a Value)> {
    world
        .iter()
        .filter(move |(key, _)| key.kind == kind && key.namespace == server.namespace)
        .map(|(key, object)| (key.name.as_str(), object))
}

/// The server's StatefulSet, whoever owns it.
pub fn stateful_set<'a>(world: &'a World, server: &ServerSpec) -> Option<&'a Value> {
    world.get(&ObjectKey::new(Kind::StatefulSet.as_str(), &server.namespace, &server.name))
}

/// The ports of the container `dittofs` that are named `adapter-…`.
pub fn adapter_ports<'a>(world: &'a World, server: &ServerSpec) -> Vec<&'a Value> {
    let Some(set) = stateful_set(world, server) else { return Vec::new() };
    let container = list(set, "/spec/template/spec/containers").iter().find(|c| c["name"] == "dittofs");
    let ports = container.map_or(&[][..], |container| list(container, "/ports"));
    ports.iter().filter(|p| text(p, "/name").starts_with("adapter-")).collect()
}

/// A container port's, a Service port's or a policy port's transport.
pub fn protocol(port: &Value) -> Protocol {
    Protocol::from_field(port["protocol"].as_str()).unwrap()
}

/// Names that the container's ports of an adapter can have, companions included.
pub fn port_names(adapter: &AdapterType) -> BTreeSet<String> {
    let companions: &[&str] = match adapter.as_str() {
        "nfs" => &["adapter-nfs-pm", "adapter-pm-udp", "adapter-mdns"],
        "smb" => &["adapter-wsd", "adapter-wsdmeta", "adapter-mdns"],
        _ => &["adapter-mdns"],
    };
    companions.iter().map(|name| (*name).to_owned()).chain([adapter.port_name().to_owned()]).collect()
}
