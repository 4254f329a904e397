//! Whether the server is as it is wanted, in one word, and whether that is under way.

use dittofs_effects::HoldCode;

use super::Cycle;
use super::adapters::{ADDRESS_PENDING, Adapters, READY as ADAPTERS_READY};
use super::condition::Conditions;
use super::discovered::DISCOVERED;
use super::stalled::STALLED;
use super::workload::{AVAILABLE, PROGRESSING};
use crate::session::condition::{CONDITION as AUTHENTICATED, Status};

pub(super) const READY: &str = "Ready";
pub(super) const RECONCILING: &str = "Reconciling";

/// Aggregates the others, in the Go operator's words where they are its.
pub(super) fn ready(cycle: &Cycle<'_>, conditions: &mut Conditions<'_>) {
    if cycle.server.deleting {
        return conditions.set(READY, Status::False, "Deleting", "the DittoServer is being deleted");
    }
    let runs = cycle.server.replicas > 0;
    let lacks = |name: &str| !conditions.is(name, Status::True);
    // Written by the Go operator alone: absent, nobody says anything about it.
    let denied = |name: &str| conditions.get(name).is_some() && lacks(name);
    let percona = cycle.resource.spec.percona.as_ref().is_some_and(|p| p.enabled == Some(true));
    let causes = [
        ("ConfigNotReady", "ConfigReady", denied("ConfigReady")),
        ("NotAvailable", AVAILABLE, lacks(AVAILABLE)),
        ("StillProgressing", PROGRESSING, conditions.is(PROGRESSING, Status::True)),
        ("DatabaseNotReady", "DatabaseReady", percona && denied("DatabaseReady")),
        ("NotAuthenticated", AUTHENTICATED, runs && lacks(AUTHENTICATED)),
        ("AdaptersNotDiscovered", DISCOVERED, runs && lacks(DISCOVERED)),
        ("AdaptersNotReady", ADAPTERS_READY, runs && lacks(ADAPTERS_READY)),
    ];
    let causes: Vec<_> = causes.into_iter().filter(|(.., stands)| *stands).collect();
    if causes.is_empty() {
        return conditions.set(READY, Status::True, "AllConditionsMet", "everything is as it is wanted");
    }
    let words: Vec<&str> = causes.iter().map(|(word, ..)| *word).collect();
    let said = causes.iter().find_map(|(_, name, _)| conditions.get(name)).map(|c| c.message.as_str());
    let message = format!("[{}]: {}", words.join(" "), said.unwrap_or("not known yet"));
    conditions.set(READY, Status::False, "ConditionsNotMet", &message);
}

/// Something is on its way, and comes without anybody's help (kstatus).
pub(super) fn reconciling(cycle: &Cycle<'_>, adapters: &Adapters, conditions: &mut Conditions<'_>) {
    let undone =
        cycle.undone().filter(|(_, failure)| failure.as_ref().is_none_or(|f| !f.needs_somebody)).count();
    let rollout = cycle.holds().find(|hold| hold.code == HoldCode::RolloutInProgress);
    let progressing = conditions.get(PROGRESSING).filter(|_| conditions.is(PROGRESSING, Status::True));
    let progressing = progressing.map(|condition| (condition.reason.clone(), condition.message.clone()));
    let (status, (reason, message)) = if let Some((reason, message)) = kept(cycle) {
        (Status::False, (reason.to_owned(), message))
    } else if cycle.server.deleting {
        (Status::True, ("Deleting".to_owned(), "the DittoServer is being deleted".to_owned()))
    } else if let Some(why) = cycle.standstill() {
        let changes = cycle.undone().count();
        let message = format!("nothing is executed, {changes} changes wait: {}", why.remedy());
        (Status::False, (why.as_str().to_owned(), message))
    } else if undone > 0 {
        (Status::True, ("Pending".to_owned(), format!("{undone} changes are under way")))
    } else if let Some(progressing) = progressing {
        (Status::True, progressing)
    } else if let Some(hold) = rollout {
        (Status::True, (hold.code.as_str().to_owned(), hold.reason.clone()))
    } else if adapters.has(ADDRESS_PENDING) {
        (Status::True, (ADDRESS_PENDING.to_owned(), "a load balancer has no address yet".to_owned()))
    } else {
        (Status::False, ("Reconciled".to_owned(), "nothing is under way".to_owned()))
    };
    conditions.set(RECONCILING, status, &reason, &message);
}

/// A server that is being deleted, and stays for as long as nothing is executed.
pub(super) fn kept(cycle: &Cycle<'_>) -> Option<(&'static str, String)> {
    let why = cycle.standstill().filter(|_| cycle.server.deleting)?;
    let message = format!("the DittoServer is being deleted, but nothing is executed: {}", why.remedy());
    Some((why.as_str(), message))
}

/// The resource cannot be acted on.
pub(super) fn invalid(message: &str, conditions: &mut Conditions<'_>) {
    conditions.set(READY, Status::False, "InvalidSpec", message);
    conditions.set(RECONCILING, Status::False, "InvalidSpec", message);
    conditions.set(STALLED, Status::True, "InvalidSpec", message);
}
