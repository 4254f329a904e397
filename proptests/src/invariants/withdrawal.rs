//! What may go, and when nothing may.

use dittofs_core::{EmptyKind, Observation, State};
use dittofs_effects::{AdapterType, Cause, Effect, Kind, Outcome};

use super::Verdict;
use super::exposure::{is_acted_on, running};
use crate::case::Decided;
use crate::raw;

pub(super) fn silence_changes_nothing(d: &Decided) -> Verdict {
    if is_acted_on(d) || d.server.deleting {
        return Ok(());
    }
    for (effect, _) in d.writes() {
        let target = effect.target().unwrap();
        let own = d.case.whole && effect.adapter().is_none();
        let adapters = effect.adapter().is_some() || target.kind == Kind::Service && !own;
        ensure!(!adapters, "{target} is written without a report");
    }
    for (world, view) in d.worlds.iter().zip(&d.views) {
        ensure!(view.adapters == d.seen().adapters, "objects of adapters changed without a report");
        let (ports, before) =
            (raw::adapter_ports(world, &d.server), raw::adapter_ports(d.before(), &d.server));
        ensure!(ports == before, "container ports changed without a report: {before:?} became {ports:?}");
    }
    Ok(())
}

/// What the observation says against an adapter, in the words of the plan.
fn has_cause(d: &Decided, adapter: &AdapterType) -> bool {
    match &d.observed {
        Observation::Unavailable(_) | Observation::NotYetPolled => false,
        Observation::Empty(kind) => *kind == EmptyKind::List && is_acted_on(d),
        Observation::Reported(report) => {
            let mut entries = report.entries().iter().filter(|e| e.adapter == *adapter);
            match (entries.next(), entries.next()) {
                (None, _) => report.unnamed().is_empty(),
                (Some(_), Some(_)) => false,
                (Some(only), None) => match &only.state {
                    State::Invalid(_) => false,
                    State::Disabled | State::NotRunning { confirmed: true } => true,
                    State::NotRunning { confirmed: false } | State::Running(_) => {
                        !d.server.settings(adapter).expose
                    }
                },
            }
        }
    }
}

pub(super) fn nobody_goes_without_cause(d: &Decided) -> Verdict {
    for effect in &d.effects {
        let Effect::Delete(delete) = effect else { continue };
        let Some(adapter) = &delete.adapter else { continue };
        let stays = matches!(delete.reason.cause, Cause::ReplacementApproved | Cause::SurplusPolicy);
        ensure!(
            stays || is_acted_on(d) && has_cause(d, adapter),
            "{} goes: {}",
            delete.target,
            delete.reason
        );
    }
    Ok(())
}

pub(super) fn services_are_not_replaced(d: &Decided) -> Verdict {
    let running = running(d);
    for (effect, outcome) in d.writes() {
        let Effect::Delete(delete) = effect else { continue };
        let Some(adapter) = delete.adapter.as_ref().filter(|a| running.contains_key(a)) else { continue };
        let approved = d.server.approved_replacement.as_ref() == Some(&delete.precondition.uid);
        let service = delete.target.kind == Kind::Service && *outcome == Outcome::Deleted;
        ensure!(!service || approved, "{} of {adapter}, which runs, goes unasked", delete.target);
    }
    let created = |adapter: Option<&AdapterType>| {
        d.effects.iter().any(|e| matches!(e, Effect::Create(c) if c.object.kind() == Kind::Service && c.adapter.as_ref() == adapter))
    };
    for effect in &d.effects {
        let Effect::Delete(delete) = effect else { continue };
        let adapter = delete.adapter.as_ref();
        if delete.target.kind == Kind::Service && adapter.is_some() && created(adapter) {
            let approved = d.server.approved_replacement.as_ref() == Some(&delete.precondition.uid);
            ensure!(approved, "{} is replaced, and nobody approved it", delete.target);
        }
    }
    Ok(())
}

pub(super) fn a_deleted_server_only_stops(d: &Decided) -> Verdict {
    if !d.server.deleting {
        return Ok(());
    }
    for (effect, _) in d.writes() {
        let stops = matches!(effect, Effect::Delete(delete) if delete.target.kind == Kind::StatefulSet);
        ensure!(stops, "{:?} of a server that is being deleted", effect.target());
    }
    let runs = d.left().stateful_set().is_some_and(|s| !s.terminating);
    let keeps = d.server.mode == dittofs_core::api::Mode::UpsertOnly;
    ensure!(!runs || keeps, "the StatefulSet stays");
    Ok(())
}
