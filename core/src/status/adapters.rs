//! Every adapter that is reported or has objects: whether it is reached, where, and if not, why (OBSV-01).

use dittofs_effects::{AdapterType, Cause, Effect, Failure, Hold, HoldCode, Kind, ObjectRef, Progress};
use k8s_openapi::api::core::v1::Service;

use super::address::Address;
use super::condition::Conditions;
use super::config::is_of_workload;
use super::discovered::holds_everybody;
use super::{Cycle, bounded, told};
use crate::api::{AdapterState, AdapterStatus};
use crate::cluster_view::{AdapterObjects, Owned};
use crate::expose;
use crate::intent::{Adapter, Intent, Intents};
use crate::observation::State;
use crate::overlay;
use crate::session::condition::Status;

pub(super) const READY: &str = "AdaptersReady";
pub(super) const ADDRESS_PENDING: &str = "AddressPending";

/// Adapters, and what keeps them from being as they are wanted.
pub(super) struct Adapters {
    list: Vec<AdapterStatus>,
    pub problems: Vec<Problem>,
}

/// One thing that keeps adapters from being as they are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    pub reason: String,
    pub message: String,
}

impl Adapters {
    pub fn new(cycle: &Cycle<'_>) -> Self {
        let mut adapters = Self { list: Vec::new(), problems: server_problems(cycle) };
        let before = cycle.before().adapters;
        let mut intents = Intents::new(cycle.observed, cycle.cluster, cycle.server);
        if cycle.server.deleting {
            intents = Intents::deleting(cycle.cluster);
        }
        for adapter in &intents.adapters {
            let last = before.iter().find(|last| last.adapter_type == adapter.adapter.as_str());
            adapters.add(cycle, adapter, last);
        }
        if !intents.reported && !cycle.server.deleting {
            adapters.remember(before);
        }
        adapters.list.sort_by(|a, b| a.adapter_type.cmp(&b.adapter_type));
        adapters
    }

    fn add(&mut self, cycle: &Cycle<'_>, adapter: &Adapter<'_>, last: Option<&AdapterStatus>) {
        let found = Found::new(cycle, adapter);
        let (state, reason, message) = match &adapter.intent {
            Intent::Hold(HoldCode::NotYetPolled, said) => not_yet_polled(said, last),
            Intent::Hold(code, said) => (AdapterState::Held, code.as_str().to_owned(), said.clone()),
            Intent::Withdraw(cause) => found.withdrawn(cycle, cause),
            Intent::Expose(port) => found.exposed(cycle, &Cause::Running(*port)),
        };
        let matters = match &adapter.intent {
            Intent::Hold(code, _) => *code != HoldCode::UpsertOnly && !holds_everybody(*code),
            Intent::Withdraw(_) => state != AdapterState::Withdrawn,
            Intent::Expose(port) => {
                reason != Cause::Running(*port).as_str() && reason != HoldCode::UpsertOnly.as_str()
            }
        };
        if matters {
            let message = format!("{}: {message}", adapter.adapter);
            self.problems.push(Problem { reason: reason.clone(), message });
        }
        self.list.push(AdapterStatus {
            adapter_type: adapter.adapter.as_str().to_owned(),
            port: port(adapter, found.service).map(i32::from),
            state,
            reason: Some(reason),
            message: Some(bounded(&message)),
            service: found.service_name(),
            address: match found.address() {
                Address::Known(address) => Some(address),
                Address::Pending | Address::None => None,
            },
        });
    }

    /// Without a report, adapters that have no objects are not seen; what was known of them is still the last word.
    fn remember(&mut self, before: Vec<AdapterStatus>) {
        for mut last in before {
            if self.list.iter().any(|known| known.adapter_type == last.adapter_type) {
                continue;
            }
            (last.service, last.address) = (None, None);
            if last.state == AdapterState::Exposed {
                last.state = AdapterState::Held;
                last.reason = Some("ServiceMissing".to_owned());
                last.message =
                    Some("its Service is gone, and nothing is created without a report".to_owned());
            }
            self.list.push(last);
        }
    }

    pub fn condition(&self, conditions: &mut Conditions<'_>) {
        if let Some(first) = self.problems.first() {
            let all: Vec<&str> = self.problems.iter().map(|problem| problem.message.as_str()).collect();
            return conditions.set(READY, Status::False, &first.reason, &all.join("; "));
        }
        let exposed = self.list.iter().filter(|adapter| adapter.state == AdapterState::Exposed).count();
        let (reason, message) = match exposed {
            0 => ("NoAdapters", "no adapter is to be exposed".to_owned()),
            1 => ("AdaptersExposed", "1 adapter is exposed".to_owned()),
            _ => ("AdaptersExposed", format!("{exposed} adapters are exposed")),
        };
        conditions.set(READY, Status::True, reason, &message);
    }

    pub fn has(&self, reason: &str) -> bool {
        self.problems.iter().any(|problem| problem.reason == reason)
    }

    pub fn into_list(self) -> Vec<AdapterStatus> {
        self.list
    }
}

/// What concerns the server as a whole: holds, then writes of the baseline and the StatefulSet that are not done.
fn server_problems(cycle: &Cycle<'_>) -> Vec<Problem> {
    let matters = |hold: &&Hold| {
        hold.adapter.is_none()
            && !hold.code.only_stops_execution()
            && !matches!(
                hold.code,
                HoldCode::UpsertOnly
                    | HoldCode::RolloutInProgress
                    | HoldCode::SecretMissing
                    | HoldCode::StorageFixed
            )
    };
    let held = cycle.holds().filter(matters);
    let held =
        held.map(|hold| Problem { reason: hold.code.as_str().to_owned(), message: hold.reason.clone() });
    let concerns = |effect: &Effect| {
        let own = |target: ObjectRef| is_of_workload(target.kind) || target.kind == Kind::Service;
        effect.adapter().is_none() && !effect.target().is_some_and(own)
    };
    let undone = cycle.undone().filter(|(effect, _)| concerns(effect));
    held.chain(undone.map(|(effect, failure)| undone_problem(cycle, effect, failure.as_ref()))).collect()
}

fn undone_problem(cycle: &Cycle<'_>, effect: &Effect, failure: Option<&Failure>) -> Problem {
    let (reason, message) = unfinished(cycle, effect, failure);
    Problem { reason, message }
}

/// Why a write is not done: refused, forbidden by the mode, or still to come.
fn unfinished(cycle: &Cycle<'_>, effect: &Effect, failure: Option<&Failure>) -> (String, String) {
    let target = effect.target().map_or_else(String::new, |target| target.to_string());
    match (failure, cycle.standstill()) {
        (Some(failure), _) => (failure.reason.to_owned(), told(effect, failure)),
        (None, Some(why)) => {
            let message = format!("{target} is not as wanted, and nothing is executed: {}", why.remedy());
            (why.as_str().to_owned(), message)
        }
        (None, None) => ("Pending".to_owned(), format!("{target} is about to be written")),
    }
}

/// Nobody was asked yet: what was held before is still the better answer.
fn not_yet_polled(said: &str, last: Option<&AdapterStatus>) -> (AdapterState, String, String) {
    let held = last.filter(|last| last.state == AdapterState::Held);
    let before = held.and_then(|last| Some((last.reason.clone()?, last.message.clone()?)));
    let (reason, message) =
        before.unwrap_or_else(|| (HoldCode::NotYetPolled.as_str().to_owned(), said.to_owned()));
    (AdapterState::Held, reason, message)
}

/// The port on which the server listens, where that is known; else where the Service leads.
fn port(adapter: &Adapter<'_>, service: Option<&Service>) -> Option<u16> {
    let reported = match &adapter.intent {
        Intent::Expose(port) => Some(port.get()),
        Intent::Withdraw(_) | Intent::Hold(..) => {
            adapter.entries.iter().find_map(|entry| match &entry.state {
                State::Running(Ok(port)) => Some(port.get()),
                State::Running(Err(_)) | State::NotRunning { .. } | State::Disabled | State::Invalid(_) => {
                    None
                }
            })
        }
    };
    reported.or_else(|| overlay::present_target(service?, adapter.adapter))
}

/// What there is of an adapter, and what is under way.
struct Found<'a> {
    adapter: &'a AdapterType,
    service: Option<&'a Service>,
    /// A Service that was created in this cycle.
    created: Option<String>,
    has_service: bool,
    has_policy: bool,
    has_live: bool,
    undone: Vec<(&'a Effect, Option<Failure>)>,
    partly_held: Option<&'a Hold>,
}

impl<'a> Found<'a> {
    fn new(cycle: &Cycle<'a>, adapter: &Adapter<'a>) -> Self {
        let own = |effect: &Effect| effect.adapter() == Some(adapter.adapter);
        let created = |kind: Kind| {
            cycle.executed.iter().find_map(|executed| match &executed.effect {
                Effect::Create(create) if create.object.kind() == kind && own(&executed.effect) => {
                    (executed.progress() == Progress::Done).then(|| create.object.reference().name)
                }
                Effect::Create(_) | Effect::Update(_) | Effect::Delete(_) | Effect::Hold(_) => None,
            })
        };
        let none = &[][..];
        let services = adapter.objects.map_or(none, |objects| &objects.services);
        let wanted = cycle.server.name_template.render(adapter.adapter);
        let main = expose::main(services, |s| s.metadata.name.as_deref() == Some(wanted.as_str()));
        let live = |policies: &[Owned<_>]| policies.iter().any(|policy| !policy.terminating);
        let new = created(Kind::Service);
        Self {
            adapter: adapter.adapter,
            service: main.or(services.first()).map(|service| &service.object),
            has_service: main.is_some() || new.is_some(),
            created: new,
            has_policy: adapter.objects.is_some_and(|o| live(&o.policies))
                || created(Kind::NetworkPolicy).is_some(),
            has_live: adapter.objects.is_some_and(AdapterObjects::has_live),
            undone: cycle.undone().filter(|(effect, _)| own(effect)).collect(),
            partly_held: cycle.holds().find(|hold| hold.adapter.as_ref() == Some(adapter.adapter)),
        }
    }

    /// The first refusal says more than what only waits.
    fn unfinished(&self, cycle: &Cycle<'_>) -> Option<(String, String)> {
        let refused = self.undone.iter().find(|(_, failure)| failure.is_some());
        let (effect, failure) = refused.or(self.undone.first())?;
        Some(unfinished(cycle, effect, failure.as_ref()))
    }

    fn exposed(&self, cycle: &Cycle<'_>, cause: &Cause) -> (AdapterState, String, String) {
        let there = self.has_service && self.has_policy;
        let state = if there { AdapterState::Exposed } else { AdapterState::Held };
        if let Some((reason, message)) = self.unfinished(cycle) {
            return (state, reason, message);
        }
        if let Some(hold) = self.partly_held {
            return (state, hold.code.as_str().to_owned(), hold.reason.clone());
        }
        if self.address() == Address::Pending {
            let message = "its load balancer has no address yet".to_owned();
            return (state, ADDRESS_PENDING.to_owned(), message);
        }
        (state, cause.as_str().to_owned(), cause.to_string())
    }

    fn withdrawn(&self, cycle: &Cycle<'_>, cause: &Cause) -> (AdapterState, String, String) {
        match self.unfinished(cycle).filter(|_| self.has_live) {
            Some((reason, message)) => (AdapterState::Held, reason, message),
            None => (AdapterState::Withdrawn, cause.as_str().to_owned(), cause.to_string()),
        }
    }

    fn service_name(&self) -> Option<String> {
        self.created.clone().or_else(|| self.service?.metadata.name.clone())
    }

    fn address(&self) -> Address {
        match (&self.created, self.service) {
            (Some(_), _) => Address::Pending,
            (None, Some(service)) => Address::of(service, self.adapter),
            (None, None) => Address::None,
        }
    }
}
