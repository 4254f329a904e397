//! What is told of a cycle in events: what was written (SRVC-08), and what has changed in the status.
//!
//! What was said once is in the status, so a steady state says nothing, and an operator that restarts repeats nothing.
//! Reasons are the Go operator's where the case is the same.

use dittofs_effects::{Effect, Executed, HoldCode, Kind, Progress};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;

use crate::api::{AdapterState, AdapterStatus, DittoServerStatus, Phase};
use crate::event::{Event, EventType};
use crate::status::{bounded, holds_everybody, told};

mod word;

use word::{Word, word_for};

/// The finalizer was added: the server is looked after from now on.
pub fn created() -> Event {
    Event::new(
        EventType::Normal,
        "Created",
        "the DittoServer is looked after, and cleaned up when it goes".to_owned(),
    )
}

/// The events of one cycle: `before` and `after` are the statuses around it.
pub fn events(
    before: Option<&DittoServerStatus>,
    after: &DittoServerStatus,
    executed: &[Executed],
) -> Vec<Event> {
    let none = DittoServerStatus::default();
    let before = before.unwrap_or(&none);
    let mut events: Vec<Event> = executed.iter().filter_map(written).collect();
    events.extend(deleting(before, after));
    events.extend(discovered(before, after));
    events.extend(server_trouble(before, after, executed));
    events.extend(workload_trouble(before, after, executed));
    events.extend(after.adapters.iter().filter_map(|adapter| {
        let last = before.adapters.iter().find(|last| last.adapter_type == adapter.adapter_type);
        trouble(last, adapter, executed)
    }));
    events
}

/// A write that succeeded.
fn written(executed: &Executed) -> Option<Event> {
    if executed.progress() != Progress::Done {
        return None;
    }
    let effect = &executed.effect;
    let (target, reason) = (effect.target()?, effect.reason()?);
    let word = match effect {
        Effect::Create(_) => Word::Created,
        Effect::Update(_) => Word::Updated,
        Effect::Delete(_) => Word::Deleted,
        Effect::Hold(_) => return None,
    };
    let name = word_for(&target, effect.adapter(), word, &reason.cause)?;
    let message = bounded(&format!("{} {target}: {reason}", word.verb()));
    Some(Event { related: Some(target), ..Event::new(EventType::Normal, name, message) })
}

fn deleting(before: &DittoServerStatus, after: &DittoServerStatus) -> Option<Event> {
    let is = |status: &DittoServerStatus| status.phase == Some(Phase::Deleting);
    (is(after) && !is(before)).then(|| {
        let message = "the DittoServer is being deleted: its pod stops first, then everything else goes";
        Event::new(EventType::Normal, "Deleting", message.to_owned())
    })
}

/// What holds everybody is said once, and not for each adapter.
fn discovered(before: &DittoServerStatus, after: &DittoServerStatus) -> Option<Event> {
    let (last, now) = (condition(before, "AdaptersDiscovered"), condition(after, "AdaptersDiscovered")?);
    let last = last.map(|condition| condition.reason.as_str());
    if last == Some(now.reason.as_str()) {
        return None;
    }
    let Some(code) = code(&now.reason) else {
        // That all is well is news only where somebody was worried.
        let was_held = last.and_then(code).is_some_and(worries);
        let message = || now.message.clone();
        return was_held.then(|| Event::new(EventType::Normal, "AdaptersDiscovered", message()));
    };
    let kind = if worries(code) { EventType::Warning } else { EventType::Normal };
    let silent = matches!(code, HoldCode::NotYetPolled | HoldCode::Deleting);
    let message = bounded(&format!("{code}: {}", now.message));
    (!silent).then(|| Event::new(kind, "AdaptersHeld", message))
}

const fn worries(code: HoldCode) -> bool {
    matches!(code, HoldCode::ApiUnavailable | HoldCode::Unauthorized | HoldCode::EmptyList)
}

/// What is refused or held and is no adapter's: once for each reason that `AdaptersReady` has.
fn server_trouble(
    before: &DittoServerStatus,
    after: &DittoServerStatus,
    executed: &[Executed],
) -> Option<Event> {
    let now = condition(after, "AdaptersReady")?;
    if condition(before, "AdaptersReady").is_some_and(|last| last.reason == now.reason) {
        return None;
    }
    executed.iter().find_map(|executed| {
        if let Effect::Hold(hold) = &executed.effect {
            let is_it =
                hold.adapter.is_none() && hold.code.as_str() == now.reason && !holds_everybody(hold.code);
            let message = || bounded(&format!("{}: {}", hold.code, hold.reason));
            let wanted = hold.code.only_stops_execution();
            let kind = if wanted { EventType::Normal } else { EventType::Warning };
            return is_it.then(|| Event::new(kind, "AdaptersHeld", message()));
        }
        let is_it = executed.effect.adapter().is_none();
        refused(executed, &now.reason).filter(|_| is_it)
    })
}

/// What the workload waits for, or is refused: once for each reason that `ConfigReady` has, and once while volumes stay as
/// they are.
fn workload_trouble(
    before: &DittoServerStatus,
    after: &DittoServerStatus,
    executed: &[Executed],
) -> Option<Event> {
    let news = |name: &str, code: HoldCode| {
        let is = |status| condition(status, name).is_some_and(|c| c.reason == code.as_str());
        is(after) && !is(before)
    };
    let news = [("ConfigReady", HoldCode::SecretMissing), ("Stalled", HoldCode::StorageFixed)]
        .into_iter()
        .find(|(name, code)| news(name, *code));
    if let Some((_, code)) = news {
        let hold = executed.iter().find_map(|executed| match &executed.effect {
            Effect::Hold(hold) if hold.code == code => Some(hold),
            Effect::Hold(_) | Effect::Create(_) | Effect::Update(_) | Effect::Delete(_) => None,
        })?;
        return Some(Event::new(EventType::Warning, code.as_str(), bounded(&hold.reason)));
    }
    let now = condition(after, "ConfigReady").filter(|now| now.status == "False")?;
    if condition(before, "ConfigReady").is_some_and(|last| last.reason == now.reason) {
        return None;
    }
    executed.iter().find_map(|executed| refused(executed, &now.reason))
}

/// An adapter that is held, or of which something was refused: once for each reason.
fn trouble(last: Option<&AdapterStatus>, now: &AdapterStatus, executed: &[Executed]) -> Option<Event> {
    let reason = now.reason.as_deref()?;
    if last.is_some_and(|last| last.state == now.state && last.reason == now.reason) {
        return None;
    }
    let own = |e: &&Executed| e.effect.adapter().is_some_and(|a| a.as_str() == now.adapter_type);
    if let Some(event) = executed.iter().filter(own).find_map(|executed| refused(executed, reason)) {
        return Some(event);
    }
    let code = code(reason)?;
    if holds_everybody(code) || code.only_stops_execution() {
        return None;
    }
    let message = now.message.as_deref().unwrap_or_default();
    let message = bounded(&format!("{}: {code}: {message}", now.adapter_type));
    // It may be rebinding its port, and the mode is what somebody wants.
    let calm = matches!(code, HoldCode::NotRunning | HoldCode::UpsertOnly);
    let kind = if calm { EventType::Normal } else { EventType::Warning };
    let word = match now.state {
        AdapterState::Exposed => "AdapterPartlyHeld",
        AdapterState::Held | AdapterState::Withdrawn => "AdapterHeld",
    };
    Some(Event::new(kind, word, message))
}

fn refused(executed: &Executed, reason: &str) -> Option<Event> {
    let Progress::Failed(failure) = executed.progress() else { return None };
    let target = executed.effect.target().filter(|_| failure.reason == reason)?;
    let word = match target.kind {
        Kind::Service => "AdapterServiceFailed",
        Kind::NetworkPolicy => "NetworkPolicyFailed",
        Kind::StatefulSet => "ContainerPortsFailed",
        // The Go operator's word for a step that failed.
        Kind::ConfigMap | Kind::Secret | Kind::PersistentVolumeClaim | Kind::Pod | Kind::ServiceMonitor => {
            "ReconcileFailed"
        }
    };
    let message = bounded(&told(&executed.effect, &failure));
    Some(Event { related: Some(target), ..Event::new(EventType::Warning, word, message) })
}

fn condition<'a>(status: &'a DittoServerStatus, name: &str) -> Option<&'a Condition> {
    status.conditions.iter().find(|condition| condition.type_ == name)
}

fn code(reason: &str) -> Option<HoldCode> {
    HoldCode::ALL.iter().copied().find(|code| code.as_str() == reason)
}
