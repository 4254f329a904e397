//! What has become of a DittoServer: its status, computed in the cycle in which it was decided (OBSV-01, OBSV-02).
//!
//! | condition | True when | else the reason |
//! | --- | --- | --- |
//! | `Available`, `Progressing` | as the StatefulSet says, at its current revision | |
//! | `Authenticated` | the session says so | what the session waits for |
//! | `AdaptersDiscovered` | there is a report, or a complete `[]` that the resource trusts | `EmptyList`, `ApiUnavailable`, … |
//! | `AdaptersReady` | every adapter that runs is exposed as wanted, and reached | a hold's code, a refusal, `AddressPending` |
//! | `Ready` | all of these, `Progressing` aside, which must be False; a stopped server needs no adapters | |
//! | `Reconciling` | something is on its way without anybody's help | |
//! | `Stalled` | somebody has to do something, which the message says | |
//!
//! `ConfigReady` and `DatabaseReady` are the Go operator's. Where the workload is ours, the first is ours too, and the second
//! goes; else they are kept as they are. They count for `Ready` where they are False, and whatever else is there that is not
//! ours is kept. Without a report what was known of adapters that have
//! no objects is kept, so that an operator that restarts does not forget what it has said.
//!
//! Nothing here has a time stamp but `lastTransitionTime`, which moves when the condition's status does: in a steady state
//! nothing changes, and [`patch`] is nothing.

use dittofs_effects::{Effect, Executed, Failure, Hold, Progress};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use crate::api::{self, DittoServer, DittoServerStatus, Phase, Summary};
use crate::cluster_view::ClusterView;
use crate::observation::Observation;
use crate::server::{ServerSpec, WorkloadOwner};
use crate::session::condition::Condition as Session;

mod adapters;
mod address;
mod condition;
mod config;
mod difference;
mod discovered;
mod ready;
mod stalled;
mod workload;

use adapters::Adapters;
use condition::Conditions;
pub use difference::patch;
pub(crate) use discovered::holds_everybody;
use workload::Workload;

/// Characters of a message, at most. Kubernetes allows more in a condition, and as many in an event.
pub const MESSAGE_LIMIT: usize = 1000;

/// All that a status is computed from: what one cycle has seen, decided and done.
#[derive(Clone, Copy, Debug)]
pub struct Cycle<'a> {
    /// The resource as it was seen, with the status that it had.
    pub resource: &'a DittoServer,
    /// The resource, resolved.
    pub server: &'a ServerSpec,
    /// The cluster that was decided on.
    pub cluster: &'a ClusterView,
    /// The observation that was decided on.
    pub observed: &'a Observation,
    /// What was decided, holds included, and what became of it.
    pub executed: &'a [Executed],
    /// The session's condition; `None` keeps the one that is there.
    pub session: Option<&'a Session>,
    /// The time, for what changes now.
    pub now: &'a Time,
}

/// The status that the resource is to have.
pub fn status(cycle: &Cycle<'_>) -> DittoServerStatus {
    let before = cycle.before();
    let adapters = Adapters::new(cycle);
    let workload = Workload::new(cycle);
    let generation = cycle.resource.metadata.generation;
    let mut conditions = Conditions::new(&before.conditions, generation, cycle.now);
    workload.conditions(&mut conditions);
    config::condition(cycle, &mut conditions);
    if let Some(session) = cycle.session {
        conditions.set(
            crate::session::condition::CONDITION,
            session.status,
            session.reason.as_str(),
            &session.message,
        );
    }
    discovered::condition(cycle, &mut conditions);
    adapters.condition(&mut conditions);
    ready::ready(cycle, &mut conditions);
    ready::reconciling(cycle, &adapters, &mut conditions);
    stalled::condition(cycle, &mut conditions);
    let adapters = adapters.into_list();
    DittoServerStatus {
        observed_generation: generation,
        replicas: Some(cycle.server.replicas),
        ready_replicas: Some(workload.ready).filter(|n| *n != 0),
        available_replicas: Some(workload.available).filter(|n| *n != 0),
        phase: Some(workload.phase(cycle.server, &conditions)),
        config_hash: workload.config_hash.or(before.config_hash),
        percona_cluster_name: percona(cycle, before.percona_cluster_name),
        conditions: conditions.into_list(),
        summary: Summary::of(&adapters),
        adapters,
    }
}

/// The status of a resource that does not parse: what was known stays, and the message says what is wrong with it.
pub fn unreadable(
    before: Option<&DittoServerStatus>,
    generation: Option<i64>,
    error: &str,
    now: &Time,
) -> DittoServerStatus {
    let before = before.cloned().unwrap_or_default();
    let mut conditions = Conditions::new(&before.conditions, generation, now);
    let message = format!("the resource cannot be read, so nothing is done for it: {error}; correct it");
    ready::invalid(&message, &mut conditions);
    DittoServerStatus {
        observed_generation: generation,
        phase: before.phase.or(Some(Phase::Pending)),
        conditions: conditions.into_list(),
        ..before
    }
}

/// `<name>-postgres` while Percona is on; the Go operator never takes it back. Where the workload is ours, one that is off
/// is not named any more, and none is made (F-7).
fn percona(cycle: &Cycle<'_>, before: Option<String>) -> Option<String> {
    let is_on = cycle.resource.spec.percona.as_ref().is_some_and(|percona| percona.enabled == Some(true));
    match cycle.server.workload {
        WorkloadOwner::Theirs if is_on => Some(format!("{}-postgres", cycle.server.name)),
        WorkloadOwner::Theirs => before,
        WorkloadOwner::Ours(_) => before.filter(|_| is_on),
    }
}

/// Why effects are not executed at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standstill {
    Paused,
    Observe,
}

impl Standstill {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Paused => "Paused",
            Self::Observe => "Observe",
        }
    }

    const fn remedy(self) -> &'static str {
        match self {
            Self::Paused => "remove the annotation dittofs.io/paused to have it done",
            Self::Observe => "set spec.adapterDiscovery.mode to Sync to have it done",
        }
    }
}

impl<'a> Cycle<'a> {
    fn before(&self) -> DittoServerStatus {
        self.resource.status.clone().unwrap_or_default()
    }

    fn holds(&self) -> impl Iterator<Item = &'a Hold> {
        self.executed.iter().filter_map(|executed| match &executed.effect {
            Effect::Hold(hold) => Some(hold),
            Effect::Create(_) | Effect::Update(_) | Effect::Delete(_) => None,
        })
    }

    /// Writes that are not done.
    fn undone(&self) -> impl Iterator<Item = (&'a Effect, Option<Failure>)> {
        self.executed.iter().filter_map(|executed| match executed.progress() {
            Progress::Done => None,
            Progress::Pending => Some((&executed.effect, None)),
            Progress::Failed(failure) => Some((&executed.effect, Some(failure))),
        })
    }

    const fn standstill(&self) -> Option<Standstill> {
        if self.server.paused {
            Some(Standstill::Paused)
        } else if matches!(self.server.mode, api::Mode::Observe) {
            Some(Standstill::Observe)
        } else {
            None
        }
    }
}

/// What failed, for a person: `cannot update Service files/srv-adapter-nfs (Forbidden): …`.
pub(crate) fn told(effect: &Effect, failure: &Failure) -> String {
    let verb = match effect {
        Effect::Create(_) => "create",
        Effect::Update(_) => "update",
        Effect::Delete(_) => "delete",
        Effect::Hold(_) => "hold",
    };
    let target = effect.target().map_or_else(String::new, |target| format!(" {target}"));
    format!("cannot {verb}{target} ({}): {}", failure.reason, failure.message)
}

/// The beginning of a message, where it is too long.
pub(crate) fn bounded(text: &str) -> String {
    if text.chars().count() <= MESSAGE_LIMIT {
        return text.to_owned();
    }
    text.chars().take(MESSAGE_LIMIT - 1).chain(['…']).collect()
}
