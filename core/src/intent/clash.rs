//! Adapters that would be on one port, or on a port of the server itself.
//!
//! A real server reports two adapters on one port as running and healthy; only one of them can be. Holding grows: a held
//! adapter keeps the port that its Service has, and whoever comes new to that port is held too, until nothing changes.
//! Holds are only ever added, so the result does not depend on any order.

use std::collections::{BTreeMap, BTreeSet};

use dittofs_effects::{AdapterType, HoldCode, Port, Protocol};
use k8s_openapi::api::core::v1::Service;

use super::{Adapter, Intent, obstacle};
use crate::cluster_view::{ClusterView, Owned};
use crate::expose;
use crate::observation::State;
use crate::overlay::service_ports_of;
use crate::reachable::service_targets;
use crate::server::{Companion, ServerSpec};

/// Turns intents to expose into holds where ports clash or something stands in the way.
pub(super) fn hold_clashes(adapters: &mut [Adapter<'_>], cluster: &ClusterView, server: &ServerSpec) {
    hold_reserved(adapters, server);
    hold_same_port(adapters);
    hold_same_port_name(adapters, server);
    while hold_newcomers(adapters, cluster, server) {}
    for adapter in adapters.iter_mut().filter(|a| exposed(a).is_some()) {
        if let Some((code, reason)) = obstacle::of_adapter(adapter, cluster, server) {
            adapter.intent = Intent::Hold(code, reason);
        }
    }
    while hold_newcomers(adapters, cluster, server) {}
}

const fn exposed(adapter: &Adapter<'_>) -> Option<Port> {
    match &adapter.intent {
        Intent::Expose(port) => Some(*port),
        Intent::Withdraw(_) | Intent::Hold(..) => None,
    }
}

fn hold_reserved(adapters: &mut [Adapter<'_>], server: &ServerSpec) {
    let reserved = server.reserved_tcp_ports();
    for adapter in adapters.iter_mut() {
        let Some(port) = exposed(adapter) else { continue };
        let reason = match reserved.get(&port) {
            Some(what) => format!("port {port} is {what}"),
            None => match twice(adapter.adapter, port, server) {
                Some(twice) => {
                    format!("its Service would have port {twice} twice, with the companions asked for")
                }
                None => continue,
            },
        };
        adapter.intent = Intent::Hold(HoldCode::ReservedPort, reason);
    }
}

/// A port that the adapter's Service would have twice, which the API refuses.
fn twice(adapter: &AdapterType, port: Port, server: &ServerSpec) -> Option<String> {
    let settings = server.settings(adapter);
    if settings.companions.is_empty() {
        return None;
    }
    let mut ports = Vec::new();
    service_ports_of(adapter, port, settings, &mut ports);
    let mut seen = BTreeSet::new();
    let twice = ports.iter().find(|p| !seen.insert((p.port, p.protocol)))?;
    Some(format!("{}/{}", twice.port, twice.protocol))
}

/// Two or more enabled and running on one port, whatever else becomes of them: nobody knows which of them is there.
fn hold_same_port(adapters: &mut [Adapter<'_>]) {
    let mut by_port: Vec<(Port, usize)> = Vec::with_capacity(adapters.len());
    for (index, adapter) in adapters.iter().enumerate() {
        by_port.extend(adapter.entries.iter().filter_map(|entry| match &entry.state {
            State::Running(Ok(port)) => Some((*port, index)),
            State::Running(Err(_)) | State::NotRunning { .. } | State::Disabled | State::Invalid(_) => None,
        }));
    }
    by_port.sort_unstable();
    by_port.dedup();
    for group in by_port.chunk_by(|a, b| a.0 == b.0).filter(|group| group.len() > 1) {
        let names: Vec<&str> = group.iter().map(|(_, index)| adapters[*index].adapter.as_str()).collect();
        let reason =
            format!("{} report the same port {}, and only one can have it", names.join(" and "), group[0].0);
        for (_, index) in group {
            let adapter = &mut adapters[*index];
            if exposed(adapter).is_some() {
                adapter.intent = Intent::Hold(HoldCode::PortClash, reason.clone());
            }
        }
    }
}

/// Names of container ports are cut to 15 characters, so two long types may share one; and companions have names of
/// their own.
fn hold_same_port_name(adapters: &mut [Adapter<'_>], server: &ServerSpec) {
    let mut names: BTreeMap<&str, usize> = BTreeMap::new();
    let companions = server.overrides.iter().flat_map(|(adapter, settings)| settings.companions_of(adapter));
    let companions: BTreeSet<Companion> = companions.collect();
    for name in companions.into_iter().filter_map(Companion::container_port_name) {
        names.insert(name, 1);
    }
    let cut = |a: &Adapter<'_>| a.adapter.as_str().len() + "adapter-".len() > a.adapter.port_name().len();
    for adapter in adapters.iter().filter(|a| cut(a)) {
        *names.entry(adapter.adapter.port_name()).or_default() += 1;
    }
    if names.is_empty() {
        return;
    }
    for adapter in adapters.iter().filter(|a| !cut(a)) {
        names.entry(adapter.adapter.port_name()).and_modify(|count| *count += 1);
    }
    for adapter in adapters.iter_mut().filter(|a| exposed(a).is_some()) {
        if names.get(adapter.adapter.port_name()).is_some_and(|count| *count > 1) {
            let reason =
                format!("another port of the container is called {} too", adapter.adapter.port_name());
            adapter.intent = Intent::Hold(HoldCode::NameClash, reason);
        }
    }
}

/// Holds those who come to a port that somebody else keeps; true when somebody was.
fn hold_newcomers(adapters: &mut [Adapter<'_>], cluster: &ClusterView, server: &ServerSpec) -> bool {
    let mut kept: BTreeMap<u16, Vec<&AdapterType>> = BTreeMap::new();
    for adapter in adapters.iter() {
        keep(adapter, cluster, server, |port| kept.entry(port).or_default().push(adapter.adapter));
    }
    if kept.is_empty() {
        return false;
    }
    let mut newly_held = false;
    for adapter in adapters.iter_mut() {
        let Some(port) = exposed(adapter) else { continue };
        let keeper = kept.get(&port.get()).and_then(|k| k.iter().find(|k| **k != adapter.adapter));
        if let Some(keeper) = keeper {
            let reason =
                format!("{keeper} is held and keeps port {port}, so it cannot be {}'s too", adapter.adapter);
            adapter.intent = Intent::Hold(HoldCode::PortClash, reason);
            newly_held = true;
        }
    }
    newly_held
}

/// The TCP ports that an adapter keeps: a held one all that its objects lead to or open; one that is exposed those of a
/// second Service, which waits for an approval.
fn keep(adapter: &Adapter<'_>, cluster: &ClusterView, server: &ServerSpec, mut kept: impl FnMut(u16)) {
    let Some(objects) = adapter.objects else { return };
    let tcp = |(port, protocol): (u16, Protocol)| (protocol == Protocol::Tcp).then_some(port);
    match &adapter.intent {
        Intent::Withdraw(_) => {}
        Intent::Hold(..) => {
            objects.resolved_targets(cluster).filter_map(tcp).for_each(&mut kept);
            objects.policy_ports().filter_map(tcp).for_each(&mut kept);
        }
        Intent::Expose(_) if objects.services.len() < 2 => {}
        Intent::Expose(_) => {
            let name = server.name_template.render(adapter.adapter);
            let has_name = |s: &Service| s.metadata.name.as_deref() == Some(name.as_str());
            let main = expose::main(&objects.services, has_name);
            let is_second = |s: &&Owned<Service>| main.is_none_or(|main| !std::ptr::eq(*s, main));
            let seconds = objects.services.iter().filter(is_second);
            let targets = seconds.flat_map(|service| service_targets(&service.object, cluster));
            targets.filter_map(tcp).for_each(&mut kept);
        }
    }
}
