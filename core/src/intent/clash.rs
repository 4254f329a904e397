//! Adapters that would be on one port, or on a port of the server itself.
//!
//! A real server reports two adapters on one port as running and healthy; only one of them can be. Holding grows: a held
//! adapter keeps the port that its Service has, and whoever comes new to that port is held too, until nothing changes.
//! Holds are only ever added, so the result does not depend on any order.

use std::collections::BTreeMap;

use dittofs_effects::{AdapterType, HoldCode, Port, Protocol};

use super::{Adapter, Intent, obstacle};
use crate::cluster_view::{AdapterObjects, ClusterView};
use crate::server::ServerSpec;

/// Turns intents to expose into holds where ports clash or something stands in the way.
pub(super) fn hold_clashes(adapters: &mut [Adapter<'_>], cluster: &ClusterView, server: &ServerSpec) {
    hold_reserved(adapters, server);
    hold_same_port(adapters);
    hold_same_port_name(adapters);
    while hold_newcomers(adapters) {}
    for adapter in adapters.iter_mut().filter(|a| exposed(a).is_some()) {
        if let Some((code, reason)) = obstacle::of_adapter(adapter, cluster, server) {
            adapter.intent = Intent::Hold(code, reason);
        }
    }
    while hold_newcomers(adapters) {}
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
        if let Some(what) = reserved.get(&port) {
            adapter.intent = Intent::Hold(HoldCode::ReservedPort, format!("port {port} is {what}"));
            continue;
        }
        let settings = server.settings(adapter.adapter);
        let external = settings.port.unwrap_or(port);
        let twice =
            settings.companions_of(adapter.adapter).find(|c| c.is_tcp() && c.fixed_port() == Some(external));
        if let Some(companion) = twice {
            let reason = format!("port {external} of its Service is {}", companion.purpose());
            adapter.intent = Intent::Hold(HoldCode::ReservedPort, reason);
        }
    }
}

/// Two or more on one port: nobody knows which of them is there.
fn hold_same_port(adapters: &mut [Adapter<'_>]) {
    let mut by_port: Vec<(Port, usize)> =
        adapters.iter().enumerate().filter_map(|(index, a)| Some((exposed(a)?, index))).collect();
    by_port.sort_unstable();
    for group in by_port.chunk_by(|a, b| a.0 == b.0).filter(|group| group.len() > 1) {
        let names: Vec<&str> = group.iter().map(|(_, index)| adapters[*index].adapter.as_str()).collect();
        let reason = format!("{} all report port {}, and only one can have it", names.join(", "), group[0].0);
        for (_, index) in group {
            adapters[*index].intent = Intent::Hold(HoldCode::PortClash, reason.clone());
        }
    }
}

/// Names of ports are cut to 15 characters, so two long types may share one.
fn hold_same_port_name(adapters: &mut [Adapter<'_>]) {
    let long = |a: &&Adapter<'_>| a.adapter.as_str().len() + "adapter-".len() > a.adapter.port_name().len();
    let mut names: BTreeMap<&str, Vec<&AdapterType>> = BTreeMap::new();
    for adapter in adapters.iter().filter(long) {
        names.entry(adapter.adapter.port_name()).or_default().push(adapter.adapter);
    }
    names.retain(|_, sharing| sharing.len() > 1);
    if names.is_empty() {
        return;
    }
    for adapter in adapters.iter_mut().filter(|a| exposed(a).is_some()) {
        if names.contains_key(adapter.adapter.port_name()) {
            let reason = format!("another adapter's port is called {} too", adapter.adapter.port_name());
            adapter.intent = Intent::Hold(HoldCode::NameClash, reason);
        }
    }
}

/// Holds those who come to a port that a held adapter keeps; true when somebody was.
fn hold_newcomers(adapters: &mut [Adapter<'_>]) -> bool {
    let mut kept: BTreeMap<u16, Vec<&AdapterType>> = BTreeMap::new();
    for adapter in adapters.iter().filter(|a| matches!(a.intent, Intent::Hold(..))) {
        for (port, protocol) in adapter.objects.into_iter().flat_map(AdapterObjects::targets) {
            if protocol == Protocol::Tcp {
                kept.entry(port).or_default().push(adapter.adapter);
            }
        }
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
