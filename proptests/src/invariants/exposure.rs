//! After a report: who has what.

use std::collections::{BTreeMap, BTreeSet};

use dittofs_core::api::{CompanionPort, Mode};
use dittofs_core::{Observation, ServerSpec, State};
use dittofs_effects::{AdapterType, Cause, Effect, HoldCode, Port, Protocol};
use serde_json::Value;

use super::Verdict;
use crate::case::Decided;
use crate::raw;

/// Whether there is a report that somebody may be withdrawn by.
pub(super) fn is_acted_on(d: &Decided) -> bool {
    use dittofs_core::api::EmptyList;
    use dittofs_core::{EmptyKind, NoPod};
    let said = match &d.observed {
        Observation::Reported(_) => true,
        Observation::Empty(kind) => *kind == EmptyKind::List && d.server.empty_list == EmptyList::Trust,
        Observation::Unavailable(_) | Observation::NotYetPolled => false,
    };
    let pods = &d.seen().pods;
    let ready = pods.iter().all(|p| p.ready && !p.terminating)
        && (!pods.is_empty() || d.seen().no_pod == NoPod::Ready);
    said && ready && d.server.replicas != 0 && !d.server.deleting
}

/// Adapters that the report wants served, with their ports; held ones included.
pub(super) fn running(d: &Decided) -> BTreeMap<&AdapterType, Option<Port>> {
    let Observation::Reported(report) = &d.observed else { return BTreeMap::new() };
    let entries = report.entries().iter().filter(|e| d.server.settings(&e.adapter).expose);
    entries
        .filter_map(|e| match &e.state {
            State::Running(port) => Some((&e.adapter, port.as_ref().ok().copied())),
            State::NotRunning { .. } | State::Disabled | State::Invalid(_) => None,
        })
        .collect()
}

/// Adapters that are served and about which nothing is held.
fn exposed(d: &Decided) -> Vec<(&AdapterType, Port)> {
    let running = running(d).into_iter().filter(|(adapter, _)| !d.is_held(adapter));
    running.filter_map(|(adapter, port)| Some((adapter, port?))).collect()
}

pub(super) fn sets_are_equal(d: &Decided) -> Verdict {
    if !is_acted_on(d) || !d.went_well() {
        return Ok(());
    }
    let free = |adapters: BTreeSet<AdapterType>| -> BTreeSet<AdapterType> {
        adapters.into_iter().filter(|a| !d.is_held(a)).collect()
    };
    let left = &d.left().adapters;
    let services = left.iter().filter(|(_, o)| o.services.iter().any(|s| !s.terminating));
    let services = free(services.map(|(a, _)| a.clone()).collect());
    let policies = left.iter().filter(|(_, o)| o.policies.iter().any(|p| !p.terminating));
    let policies = free(policies.map(|(a, _)| a.clone()).collect());
    let wanted = free(running(d).into_keys().cloned().collect());
    ensure!(services == wanted, "Services of {services:?}, exposed are {wanted:?}");
    ensure!(policies == wanted, "policies of {policies:?}, exposed are {wanted:?}");
    let partly = |code: &HoldCode| matches!(code, HoldCode::ReplaceRequired);
    for hold in d.holds().filter(|h| partly(&h.code)) {
        let objects = hold.adapter.as_ref().and_then(|a| left.get(a));
        let served = objects.is_some_and(|o| !o.services.is_empty() && !o.policies.is_empty());
        ensure!(served, "{:?} is held in part, and not served: {}", hold.adapter, hold.reason);
    }
    Ok(())
}

/// A port as it is asked for: transport, number in the Service, number in the pod, name in the template.
type Asked = (Protocol, u16, u16, Option<&'static str>);

/// What the resource asks for besides the adapter's own port, by the table of companions in the plan.
fn companions(server: &ServerSpec, adapter: &AdapterType, own: Port, external: u16) -> Vec<Asked> {
    let asked = &server.settings(adapter).companions;
    let (tcp, udp) = (Protocol::Tcp, Protocol::Udp);
    let mut ports = Vec::new();
    if asked.contains(&CompanionPort::Portmapper) && adapter.as_str() == "nfs" {
        ports.push((tcp, 111, 10111, Some("adapter-nfs-pm")));
        ports.push((udp, 111, 10111, Some("adapter-pm-udp")));
    }
    if asked.contains(&CompanionPort::UDP) && adapter.as_str() == "nfs" {
        ports.push((udp, external, own.get(), None));
    }
    if asked.contains(&CompanionPort::MDNS) {
        ports.push((udp, 5353, 5353, Some("adapter-mdns")));
    }
    if asked.contains(&CompanionPort::WSDiscovery) && adapter.as_str() == "smb" {
        ports.push((udp, 3702, 3702, Some("adapter-wsd")));
        ports.push((tcp, 5357, 5357, Some("adapter-wsdmeta")));
    }
    ports
}

/// Every port that the Service has: transport, number, target.
fn asked(server: &ServerSpec, adapter: &AdapterType, own: Port) -> BTreeSet<(Protocol, u16, u16)> {
    let external = server.settings(adapter).port.unwrap_or(own).get();
    let companions = companions(server, adapter, own, external).into_iter();
    companions
        .map(|(p, port, target, _)| (p, port, target))
        .chain([(Protocol::Tcp, external, own.get())])
        .collect()
}

pub(super) fn policies_open_exactly_the_targets(d: &Decided) -> Verdict {
    if !is_acted_on(d) || !d.went_well() {
        return Ok(());
    }
    for (adapter, port) in exposed(d) {
        let wanted: BTreeSet<_> = asked(&d.server, adapter, port)
            .into_iter()
            .map(|(p, _, target)| (p, u64::from(target)))
            .collect();
        let policies = d.left().adapters.get(adapter).into_iter().flat_map(|o| &o.policies);
        for policy in policies.filter(|p| !p.terminating) {
            let name = policy.object.metadata.name.as_deref().unwrap_or_default();
            let raw = raw::of_kind(d.after(), "NetworkPolicy", &d.server).find(|(n, _)| *n == name);
            let spec = &raw.unwrap().1["spec"];
            let selector =
                serde_json::json!({ "matchLabels": { "app": "dittofs-server", "instance": d.server.name } });
            ensure!(
                spec["podSelector"]["matchLabels"] == selector["matchLabels"]
                    && raw::list(spec, "/podSelector/matchExpressions").is_empty(),
                "policy {name} selects {}",
                spec["podSelector"]
            );
            let rules = raw::list(spec, "/ingress");
            ensure!(rules.len() == 1, "policy {name} has {} rules", rules.len());
            let ports = raw::list(&rules[0], "/ports").iter();
            let open: Vec<_> = ports.map(|p| (raw::protocol(p), p["port"].as_u64().unwrap_or(0))).collect();
            let ranges = raw::list(&rules[0], "/ports").iter().any(|p| p.get("endPort").is_some());
            let exactly = open.len() == wanted.len() && open.iter().all(|p| wanted.contains(p)) && !ranges;
            ensure!(exactly, "policy {name} opens {open:?}, {adapter} has {wanted:?}");
        }
    }
    Ok(())
}

pub(super) fn services_are_as_wanted(d: &Decided) -> Verdict {
    if !is_acted_on(d) || !d.went_well() {
        return Ok(());
    }
    for (adapter, port) in exposed(d) {
        let wanted = asked(&d.server, adapter, port);
        let settings = d.server.settings(adapter);
        let services = d.left().adapters.get(adapter).into_iter().flat_map(|o| &o.services);
        for service in services.filter(|s| !s.terminating) {
            let name = service.object.metadata.name.as_deref().unwrap_or_default();
            let raw = raw::of_kind(d.after(), "Service", &d.server).find(|(n, _)| *n == name).unwrap().1;
            let number = |v: &Value| u16::try_from(v.as_u64().unwrap_or(0)).unwrap_or(0);
            let ports = raw::list(raw, "/spec/ports").iter();
            let has: Vec<_> =
                ports.map(|p| (raw::protocol(p), number(&p["port"]), number(&p["targetPort"]))).collect();
            let exactly = has.len() == wanted.len() && has.iter().all(|p| wanted.contains(p));
            ensure!(exactly, "Service {name} has {has:?}, wanted {wanted:?}");
            let service_type = raw::text(raw, "/spec/type");
            ensure!(service_type == settings.service_type.as_str(), "Service {name} is a {service_type}");
            let annotations = &raw["metadata"]["annotations"];
            let missing =
                settings.annotations().iter().find(|(key, value)| annotations[*key] != value.as_str());
            ensure!(missing.is_none(), "Service {name} lacks annotation {missing:?}");
            let wants_ranges = &settings.fields().source_ranges;
            let ranges = raw::list(raw, "/spec/loadBalancerSourceRanges");
            let lacks = wants_ranges.iter().find(|r| !ranges.iter().any(|has| has == r.as_str()));
            ensure!(lacks.is_none(), "Service {name} lacks source range {lacks:?}");
        }
    }
    Ok(())
}

pub(super) fn container_ports_are_as_wanted(d: &Decided) -> Verdict {
    let Some(set) = d.seen().stateful_set() else { return Ok(()) };
    let waits = d.holds().any(|h| h.code == HoldCode::RolloutInProgress);
    let restarts = d
        .effects
        .iter()
        .any(|e| matches!(e, Effect::Update(u) if matches!(u.reason.cause, Cause::RestartRequested)));
    let has_container = raw::stateful_set(d.before(), &d.server).is_some_and(|s| {
        raw::list(s, "/spec/template/spec/containers").iter().any(|c| c["name"] == "dittofs")
    });
    if !is_acted_on(d) || !d.went_well() || set.terminating || waits || restarts || !has_container {
        return Ok(());
    }
    let held: BTreeSet<String> =
        d.holds().filter_map(|h| h.adapter.as_ref()).flat_map(raw::port_names).collect();
    let mut wanted = BTreeSet::new();
    for (adapter, port) in exposed(d) {
        let external = d.server.settings(adapter).port.unwrap_or(port).get();
        wanted.insert((adapter.port_name().to_owned(), Protocol::Tcp, u64::from(port.get())));
        let companions = companions(&d.server, adapter, port, external).into_iter();
        wanted.extend(companions.filter_map(|(p, _, t, name)| Some((name?.to_owned(), p, u64::from(t)))));
    }
    let has = raw::adapter_ports(d.after(), &d.server);
    let has: BTreeSet<_> = has
        .iter()
        .map(|p| {
            (raw::text(p, "/name").to_owned(), raw::protocol(p), p["containerPort"].as_u64().unwrap_or(0))
        })
        .collect();
    let missing = wanted.difference(&has).next();
    ensure!(missing.is_none(), "the template lacks {missing:?}");
    let surplus = has.difference(&wanted).find(|(name, ..)| !held.contains(name));
    // An entry without a usable name may be the adapter of any port.
    let unnamed = matches!(&d.observed, Observation::Reported(report) if !report.unnamed().is_empty());
    let may_stay = d.server.mode == Mode::UpsertOnly || unnamed;
    ensure!(surplus.is_none() || may_stay, "the template declares {surplus:?}");
    Ok(())
}
