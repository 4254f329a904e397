//! What is held keeps everything, and says why.

use std::collections::{BTreeMap, BTreeSet};

use dittofs_core::AdapterObjects;
use dittofs_core::api::Mode;
use dittofs_effects::{AdapterType, Effect, Hold, HoldCode};
use dittofs_interpreters::memory::ObjectKey;
use serde_json::Value;

use super::Verdict;
use super::exposure::{is_acted_on, running};
use crate::case::Decided;
use crate::raw;

/// Holds part of an adapter; the rest goes on.
pub(super) fn is_partial(hold: &Hold) -> bool {
    matches!(hold.code, HoldCode::ReplaceRequired | HoldCode::UpsertOnly)
}

fn keys(objects: &AdapterObjects, namespace: &str) -> Vec<ObjectKey> {
    let services = objects.services.iter().map(|s| ("Service", &s.object.metadata));
    let policies = objects.policies.iter().map(|p| ("NetworkPolicy", &p.object.metadata));
    let named = services.chain(policies).map(|(kind, m)| (kind, m.name.clone().unwrap_or_default()));
    named.map(|(kind, name)| ObjectKey::new(kind, namespace, &name)).collect()
}

pub(super) fn held_adapters_keep_everything(d: &Decided) -> Verdict {
    let held = d.holds().filter(|h| !is_partial(h)).filter_map(|h| h.adapter.as_ref());
    for adapter in held {
        let written = d.writes().find(|(e, _)| e.adapter() == Some(adapter));
        ensure!(
            written.is_none(),
            "{adapter} is held, and is written: {:?}",
            written.map(|(e, _)| e.target())
        );
        let objects = d.seen().adapters.get(adapter);
        for key in objects.map(|o| keys(o, &d.server.namespace)).into_iter().flatten() {
            let changed = d.worlds.iter().any(|world| world.get(&key) != d.before().get(&key));
            ensure!(!changed, "{adapter} is held, and {key} changes");
        }
        if d.server.deleting {
            continue;
        }
        // A companion of another adapter that is served may have one of its names: `adapter-mdns`, or that of `nfs-pm`.
        let is_whole = |a: &AdapterType| d.holds().any(|h| h.adapter.as_ref() == Some(a) && !is_partial(h));
        let others = running(d).into_keys().filter(|a| *a != adapter && !is_whole(a));
        let others: BTreeSet<String> = others.flat_map(raw::port_names).collect();
        let own = |p: &&Value| {
            let name = raw::text(p, "/name");
            raw::port_names(adapter).contains(name) && !others.contains(name)
        };
        let declared = |world| -> Vec<Value> {
            raw::adapter_ports(world, &d.server).into_iter().filter(own).cloned().collect()
        };
        let (before, after) = (declared(d.before()), declared(d.after()));
        ensure!(before == after, "{adapter} is held, and its container ports {before:?} become {after:?}");
    }
    Ok(())
}

pub(super) fn one_code_each(d: &Decided) -> Verdict {
    have_one_code_each(d)?;
    have_one_code_each(&d.but(|server| server.mode = Mode::UpsertOnly))
}

fn have_one_code_each(d: &Decided) -> Verdict {
    let mut codes: BTreeMap<Option<&AdapterType>, Vec<&Hold>> = BTreeMap::new();
    for hold in d.holds() {
        codes.entry(hold.adapter.as_ref()).or_default().push(hold);
        ensure!(!hold.reason.is_empty(), "{hold:?} says nothing");
    }
    for (adapter, holds) in codes.iter().filter_map(|(a, holds)| Some((a.as_ref()?, holds))) {
        let whole = holds.iter().filter(|h| !is_partial(h)).count();
        let parts = holds.iter().filter(|h| h.code == HoldCode::UpsertOnly).count();
        ensure!(whole == 0 || holds.len() == 1, "{adapter} is held for {holds:?}");
        ensure!(parts <= 1, "{adapter} is held in part twice: {holds:?}");
    }
    if !is_acted_on(d) {
        let server: BTreeSet<HoldCode> = codes.get(&None).into_iter().flatten().map(|h| h.code).collect();
        for hold in d.holds().filter(|h| h.adapter.is_some()) {
            ensure!(server.contains(&hold.code), "{hold:?}, and the server is held for {server:?}");
        }
    }
    Ok(())
}

pub(super) fn nothing_is_silent(d: &Decided) -> Verdict {
    if !is_acted_on(d) {
        let all = d.holds().any(|h| h.adapter.is_none() && !h.code.only_stops_execution());
        ensure!(all, "nobody is acted on, and no hold says so");
        let silent = d.seen().adapters.keys().find(|a| !d.is_held(a));
        ensure!(silent.is_none(), "{silent:?} is not acted on, and has no hold");
        return Ok(());
    }
    let running = running(d);
    let live = |a: &AdapterType| {
        d.left().adapters.get(a).is_some_and(|o| {
            o.services.iter().any(|s| !s.terminating) && o.policies.iter().any(|p| !p.terminating)
        })
    };
    let failed = |a: &AdapterType| {
        d.writes().any(|(e, o)| e.adapter() == Some(a) && !matches!(o, dittofs_effects::Outcome::Written(_)))
    };
    let silent = running.keys().find(|a| !live(a) && !d.is_held(a) && !failed(a));
    ensure!(silent.is_none(), "{silent:?} runs, is not exposed, and has no hold");
    let stays = d.left().adapters.iter().find(|(a, o)| {
        let left = o.services.iter().any(|s| !s.terminating) || o.policies.iter().any(|p| !p.terminating);
        left && !running.contains_key(a) && !d.is_held(a)
    });
    ensure!(stays.is_none(), "{stays:?} does not run, stays, and has no hold");
    for effect in d.effects.iter().filter(|e| !matches!(e, Effect::Hold(_))) {
        let reason = effect.reason().map(ToString::to_string).unwrap_or_default();
        ensure!(!reason.is_empty(), "{:?} has no reason", effect.target());
    }
    Ok(())
}
