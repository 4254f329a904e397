//! The adapters' ports in the pod template: those named `adapter-…`.
//!
//! The order of what stays is kept: the same ports in another order would be another revision (measured).

use std::collections::BTreeMap;

use dittofs_effects::{Change, Port, Protocol};
use k8s_openapi::api::core::v1::ContainerPort;
use serde_json::json;

use super::Difference;

/// Container ports with this prefix are ours.
const PREFIX: &str = "adapter-";

/// One port that is wanted in the template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WantedContainerPort<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its number.
    pub port: Port,
    /// Its transport.
    pub protocol: Protocol,
}

/// Lays the wanted ports over those of the container at `container` (its index in the template). A port that is not
/// wanted goes, unless `keeps` says that its name belongs to somebody who is held.
pub(crate) fn container_ports(
    container: usize,
    observed: Option<&[ContainerPort]>,
    wanted: &[WantedContainerPort<'_>],
    keeps: impl Fn(&str) -> bool,
) -> Difference {
    let mut difference = Difference::default();
    let found = observed.unwrap_or_default();
    if is_steady(found, wanted, &keeps) {
        return difference;
    }
    let container = container.to_string();
    let base = ["spec", "template", "spec", "containers", &container, "ports"];
    let mut missing: BTreeMap<&str, &WantedContainerPort<'_>> = wanted.iter().map(|w| (w.name, w)).collect();
    let mut surplus = Vec::new();
    for (index, port) in found.iter().enumerate().filter(|(_, p)| is_adapters(p)) {
        match missing.remove(name(port)) {
            Some(wanted) => correct(&mut difference, &base, index, port, wanted),
            None if keeps(name(port)) => {}
            None => surplus.push(index),
        }
    }
    for index in &surplus {
        difference.changes.push(undeclared(&found[*index]));
    }
    for index in surplus.iter().rev() {
        let index = index.to_string();
        let path: Vec<&str> = base.iter().copied().chain([index.as_str()]).collect();
        difference.remove(&path);
    }
    // In the order of the adapters, not of the port names.
    let added: Vec<_> = wanted.iter().filter(|w| missing.remove(w.name).is_some()).collect();
    if !added.is_empty() {
        difference.ensure_list(&base, observed.is_some());
    }
    for port in added {
        let path: Vec<&str> = base.iter().copied().chain(["-"]).collect();
        let value =
            json!({ "name": port.name, "containerPort": port.port, "protocol": port.protocol.as_str() });
        difference.set(&path, value);
        difference
            .changes
            .push(Change::PortDeclared(format!("{}/{} ({})", port.port, port.protocol, port.name)));
    }
    difference
}

/// The usual case, without a map: what is found is what is wanted, in the same order.
fn is_steady(
    found: &[ContainerPort],
    wanted: &[WantedContainerPort<'_>],
    keeps: &impl Fn(&str) -> bool,
) -> bool {
    let mut wanted = wanted.iter().peekable();
    for port in found.iter().filter(|p| is_adapters(p)) {
        match wanted.peek() {
            Some(next) if next.name == name(port) && is(port, next) => {
                wanted.next();
            }
            Some(_) | None if keeps(name(port)) => {}
            Some(_) | None => return false,
        }
    }
    wanted.next().is_none()
}

fn is_adapters(port: &ContainerPort) -> bool {
    name(port).starts_with(PREFIX)
}

fn name(port: &ContainerPort) -> &str {
    port.name.as_deref().unwrap_or_default()
}

fn is(found: &ContainerPort, wanted: &WantedContainerPort<'_>) -> bool {
    found.container_port == i32::from(wanted.port.get())
        && Protocol::from_field(found.protocol.as_deref()) == Some(wanted.protocol)
}

fn correct(
    difference: &mut Difference,
    base: &[&str; 6],
    index: usize,
    found: &ContainerPort,
    wanted: &WantedContainerPort<'_>,
) {
    if is(found, wanted) {
        return;
    }
    let index = index.to_string();
    let at =
        |field: &'static str| -> Vec<&str> { base.iter().copied().chain([index.as_str(), field]).collect() };
    if found.container_port != i32::from(wanted.port.get()) {
        difference.set(&at("containerPort"), json!(wanted.port));
        difference.changes.push(Change::OwnPort { from: found.container_port.to_string(), to: wanted.port });
    }
    if Protocol::from_field(found.protocol.as_deref()) != Some(wanted.protocol) {
        difference.set(&at("protocol"), wanted.protocol.as_str());
        difference.changes.push(Change::PortField {
            port: wanted.name.to_owned(),
            field: "protocol",
            to: Some(wanted.protocol.to_string()),
        });
    }
}

fn undeclared(found: &ContainerPort) -> Change {
    let protocol = found.protocol.as_deref().unwrap_or("TCP");
    Change::PortUndeclared(format!("{}/{protocol} ({})", found.container_port, name(found)))
}
