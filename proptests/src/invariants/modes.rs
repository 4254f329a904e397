//! Modes that write less, or nothing (MODE-01).

use std::collections::{BTreeMap, BTreeSet};

use dittofs_core::api::Mode;
use dittofs_core::{ClusterView, PolicyPort, reachable};
use dittofs_effects::{Effect, HoldCode, Kind, ObjectRef, Protocol};
use serde_json::Value;

use super::Verdict;
use crate::case::Decided;
use crate::raw;

pub(super) fn watching_decides_as_sync(d: &Decided) -> Verdict {
    let mode = if d.server.mode == Mode::Observe { Mode::Sync } else { d.server.mode };
    let acting = d.but(|server| (server.mode, server.paused) = (mode, false)).effects;
    let observing = d.but(|server| (server.mode, server.paused) = (Mode::Observe, false)).effects;
    if mode == Mode::Sync {
        is_one_hold_more(&observing, &acting, HoldCode::Observe)?;
    }
    let paused = d.but(|server| (server.mode, server.paused) = (mode, true)).effects;
    is_one_hold_more(&paused, &acting, HoldCode::Paused)
}

fn is_one_hold_more(watching: &[Effect], acting: &[Effect], code: HoldCode) -> Verdict {
    let Some((Effect::Hold(first), rest)) = watching.split_first() else {
        return Err(format!("no hold says {code}"));
    };
    ensure!(first.code == code && first.adapter.is_none(), "the first hold is {first:?}, not {code}");
    ensure!(rest == acting, "{code} decides {rest:?}, without it {acting:?}");
    Ok(())
}

pub(super) fn upsert_only_takes_nothing_away(d: &Decided) -> Verdict {
    let d = &d.but(|server| server.mode = Mode::UpsertOnly);
    let deleted = d.effects.iter().find(|e| matches!(e, Effect::Delete(_)));
    ensure!(deleted.is_none(), "{deleted:?}");
    for (effect, _) in d.writes() {
        let target = effect.target().unwrap();
        let Some(before) = raw::target(d.before(), &target) else { continue };
        let after = raw::target(d.after(), &target).unwrap();
        let annotations = |o: &Value| -> BTreeSet<String> {
            o["metadata"]["annotations"]
                .as_object()
                .into_iter()
                .flatten()
                .map(|(key, _)| key.clone())
                .collect()
        };
        let books = |key: &&String| key.starts_with("dittofs.io/managed-");
        let lost = annotations(before).difference(&annotations(after)).find(|k| !books(k)).cloned();
        ensure!(lost.is_none(), "{target} loses annotation {lost:?}");
        for field in ["/spec/loadBalancerSourceRanges", "/spec/template/spec/containers/0/ports"] {
            // That of the metrics goes with them, and closes nothing.
            let had = raw::list(before, field).iter().filter(|v| v["name"] != "metrics");
            let lost = had.into_iter().find(|v| !has_like(raw::list(after, field), v));
            ensure!(lost.is_none(), "{target} loses {field} {lost:?}");
        }
        let left = before["spec"]["type"] == "LoadBalancer" && after["spec"]["type"] != "LoadBalancer";
        ensure!(!left, "{target} stops being a LoadBalancer");
        // The baseline is nobody's adapter: it is always brought to the server's own ports (decision 0004).
        if effect.adapter().is_none() {
            continue;
        }
        loses_at_most_its_own_port(d, &target, before, after)?;
    }
    Ok(())
}

/// The same text, or a port of the same name: a number may change.
fn has_like(list: &[Value], value: &Value) -> bool {
    list.iter().any(|v| if value.is_object() { v["name"] == value["name"] } else { v == value })
}

/// Ports that a Service has, or that a policy opens in the pod: what it says of other pods is lost to nobody here.
fn ports(
    view: &ClusterView,
    d: &Decided,
    target: &ObjectRef,
    object: &Value,
) -> BTreeSet<(Protocol, PolicyPort)> {
    if target.kind == Kind::NetworkPolicy {
        let open = reachable(view, &d.server).ports.into_iter().filter(|p| p.ours && p.policy == target.name);
        return open.map(|p| (p.protocol, p.port)).collect();
    }
    let number = |p: &Value| PolicyPort::Number(u16::try_from(p["port"].as_u64().unwrap_or(0)).unwrap_or(0));
    raw::list(object, "/spec/ports").iter().map(|p| (raw::protocol(p), number(p))).collect()
}

fn loses_at_most_its_own_port(d: &Decided, target: &ObjectRef, before: &Value, after: &Value) -> Verdict {
    let (had, has) = (ports(d.seen(), d, target, before), ports(d.left(), d, target, after));
    let lost: Vec<_> = had.difference(&has).collect();
    // The own port may move to a number that another port had: a Service cannot have it twice.
    let leads_to = |o: &Value| -> BTreeMap<(Protocol, Option<u64>), Value> {
        let ports = raw::list(o, "/spec/ports").iter();
        ports.map(|p| ((raw::protocol(p), p["port"].as_u64()), p["targetPort"].clone())).collect()
    };
    let led_to = leads_to(before);
    let taken_over =
        leads_to(after).iter().any(|(port, to)| led_to.get(port).is_some_and(|other| other != to));
    let moved = has.len() >= had.len() || taken_over;
    ensure!(lost.len() <= 1 && moved, "{target} loses {lost:?}: {had:?} became {has:?}");
    Ok(())
}
