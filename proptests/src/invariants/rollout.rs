//! Ports come with the next restart, and cause none (SAFE-03).

use dittofs_core::api::PortRollout;
use dittofs_effects::{Cause, Effect, Kind, Restart};
use serde_json::Value;

use super::Verdict;
use crate::case::Decided;
use crate::raw;

pub(super) fn ports_restart_nothing(d: &Decided) -> Verdict {
    let (Some(before), Some(after)) =
        (raw::stateful_set(d.before(), &d.server), raw::stateful_set(d.after(), &d.server))
    else {
        return Ok(());
    };
    let written =
        d.effects.iter().filter(|e| e.target().is_some_and(|t| t.kind == Kind::StatefulSet)).count();
    ensure!(written <= 1, "the StatefulSet is written {written} times");
    if d.case.whole {
        return restarts_are_said(d);
    }
    let (rest, rest_after) = (without_ports(before), without_ports(after));
    ensure!(
        rest == rest_after,
        "more than adapter ports and the strategy changes: {rest} became {rest_after}"
    );
    let asked = d.effects.iter().any(
        |e| matches!(e, Effect::Update(u) if u.reason.cause == Cause::RestartRequested && !u.guards.is_empty()),
    );
    let immediate = d.server.port_rollout == PortRollout::Immediate;
    if asked {
        ensure!(is_behind(d, before), "a restart is carried out, and nobody asked for one");
        ensure!(before["spec"]["template"] == after["spec"]["template"], "a restart changes the template");
        return Ok(());
    }
    if immediate {
        return Ok(());
    }
    no_more_restarts(d)
}

fn no_more_restarts(d: &Decided) -> Verdict {
    let restarts = |world: &dittofs_interpreters::memory::World| {
        let mut world = world.clone();
        world.settle();
        world.restarts(&d.server.namespace, &d.server.name)
    };
    let (without, with) = (restarts(d.before()), restarts(d.after()));
    ensure!(with <= without, "the pod is restarted {with} times, and would be {without} times without us");
    Ok(())
}

/// Where the workload is ours, a write that restarts the pod says so.
fn restarts_are_said(d: &Decided) -> Verdict {
    let said = d.effects.iter().filter_map(Effect::restart).any(|restart| restart == Restart::Now);
    // Another number of pods moves them without a template.
    let scaled = d.effects.iter().filter_map(Effect::reason).any(|reason| reason.cause == Cause::Scaled);
    if said || scaled { Ok(()) } else { no_more_restarts(d) }
}

/// The set without what may change: adapter ports, strategy, and what the API server counts.
fn without_ports(set: &Value) -> Value {
    let mut set = set.clone();
    set["spec"]["updateStrategy"] = Value::Null;
    for field in ["resourceVersion", "generation"] {
        set["metadata"][field] = Value::Null;
    }
    let containers = set.pointer_mut("/spec/template/spec/containers").and_then(Value::as_array_mut);
    for container in containers.into_iter().flatten().filter(|c| c["name"] == "dittofs") {
        let ports =
            raw::list(container, "/ports").iter().filter(|p| !raw::text(p, "/name").starts_with("adapter-"));
        container["ports"] = ports.cloned().collect();
    }
    set
}

/// An annotation of the template is missing on a pod, or has another value there.
fn is_behind(d: &Decided, set: &Value) -> bool {
    let wanted = set.pointer("/spec/template/metadata/annotations").and_then(Value::as_object);
    let differs = |pod: &Value| {
        wanted
            .into_iter()
            .flatten()
            .any(|(key, value)| pod["metadata"]["annotations"].get(key) != Some(value))
    };
    raw::of_kind(d.before(), "Pod", &d.server).any(|(_, pod)| differs(pod))
}
