//! What a plan says in sentences beside its effects.

use dittofs_core::{AdapterSettings, Entry, Observation, ServerSpec, State, Why};
use dittofs_effects::{AdapterType, Hold, Kind, Outcome};

use super::exit_code::is_load_balancer;
use super::reachability::{PortEntry, ReachableEntry};
use super::{EffectEntry, Preview};
use crate::memory::{ObjectKey, World};

/// More adapters than this are counted and not listed.
const LISTED: usize = 8;

/// The source ranges that we wrote into a policy.
const MANAGED_SOURCE_RANGES: &str = "dittofs.io/managed-source-ranges";

/// What was observed, in a sentence.
pub(super) fn observed(observation: &Observation) -> String {
    match observation {
        Observation::Reported(report) => {
            let count = report.entries().len() + report.unnamed().len();
            let adapters = if count == 1 { "1 adapter" } else { &format!("{count} adapters") };
            if count > LISTED {
                return format!("DittoFS reports {adapters}.");
            }
            let named = report.entries().iter().map(described);
            let all: Vec<_> = named.chain(report.unnamed().iter().cloned()).collect();
            format!("DittoFS reports {adapters}: {}.", all.join(", "))
        }
        Observation::Empty(kind) => format!("DittoFS answered with {kind}."),
        // What the answer says beside its status stands with what it holds.
        Observation::Unavailable(Why::Status { status, .. }) => {
            format!("There is no list of adapters: DittoFS answered with status {status}.")
        }
        Observation::Unavailable(why) => format!("There is no list of adapters: {why}."),
        Observation::NotYetPolled => "DittoFS has not been asked for its adapters.".to_owned(),
    }
}

fn described(entry: &Entry) -> String {
    let adapter = &entry.adapter;
    match &entry.state {
        State::Running(Ok(port)) => format!("{adapter} runs on port {port}"),
        State::Running(Err(_)) => format!("{adapter} runs on no usable port"),
        State::NotRunning { .. } => format!("{adapter} does not run"),
        State::Disabled => format!("{adapter} is disabled"),
        State::Invalid(what) => format!("{adapter} cannot be read ({what})"),
    }
}

/// What has to be known to read the plan.
pub(super) fn notes(server: &ServerSpec, observation: &Observation, holds: &[Hold]) -> Vec<String> {
    let note =
        "The DittoServer has no uid, as one that was never applied: nothing in the cluster counts as ours.";
    let without_uid = server.uid.is_none().then(|| note.to_owned());
    let Observation::Reported(report) = observation else { return without_uid.into_iter().collect() };
    let of = |adapter: &AdapterType| report.entries().iter().find(|entry| entry.adapter == *adapter);
    let held = |adapter: &AdapterType| holds.iter().any(|hold| hold.adapter.as_ref() == Some(adapter));
    let about = server.overrides.iter().filter_map(|(adapter, settings)| match of(adapter) {
        None => Some(format!("The resource has an override for {adapter}, which DittoFS does not report.")),
        Some(Entry { state: State::Running(Ok(_)), .. }) if !held(adapter) => {
            source_ranges(adapter, settings)
        }
        Some(_) => None,
    });
    without_uid.into_iter().chain(about).collect()
}

/// Where the source ranges of an adapter that is exposed take effect.
fn source_ranges(adapter: &AdapterType, settings: &AdapterSettings) -> Option<String> {
    let asked = settings.expose && !settings.fields().source_ranges.is_empty();
    asked.then(|| match settings.policy_sources() {
        Some(_) => {
            format!("With this plan the source ranges of {adapter} hold at the load balancer and in its policy.")
        }
        None => format!(
            "With this plan the source ranges of {adapter} hold at the load balancer alone: without \
             externalTrafficPolicy Local the pod does not see the client's address, so the policy admits anywhere."
        ),
    })
}

/// What is easily overlooked and may hurt.
pub(super) fn warnings(server: &ServerSpec, preview: &Preview, reachable: &ReachableEntry) -> Vec<String> {
    let addresses = preview.effects.iter().filter_map(address_given_up);
    let sources = reachable.after.ports.iter().filter_map(|port| foreign_sources(port, server, preview));
    let refused = preview.refused.iter().map(|(target, outcome)| {
        format!("The API server is expected to refuse the write of {target}: {}.", words(outcome))
    });
    addresses.chain(sources).chain(refused).collect()
}

fn address_given_up(effect: &EffectEntry) -> Option<String> {
    let before = effect.before.as_ref().filter(|_| effect.is(Kind::Service))?;
    if !is_load_balancer(Some(before)) || is_load_balancer(effect.after.as_ref()) {
        return None;
    }
    let ingress = before.pointer("/status/loadBalancer/ingress")?.as_array()?;
    let addresses: Vec<_> =
        ingress.iter().filter_map(|i| i.get("ip").or_else(|| i.get("hostname"))?.as_str()).collect();
    (!addresses.is_empty()).then(|| {
        format!("{} gives up its external address {} for good.", effect.object(), addresses.join(", "))
    })
}

/// Who else may connect to an adapter because somebody wrote so into our policy.
fn foreign_sources(port: &PortEntry, server: &ServerSpec, preview: &Preview) -> Option<String> {
    port.adapter.as_ref().filter(|_| port.ours)?;
    let managed = managed_ranges(&preview.world, &server.namespace, &port.policy).unwrap_or_default();
    let foreign: Vec<_> = port
        .from
        .iter()
        .filter(|from| *from != "anywhere" && !managed.split(',').any(|range| range == *from))
        .map(String::as_str)
        .collect();
    (!foreign.is_empty()).then(|| {
        format!(
            "NetworkPolicy {} admits {} to {port}: somebody else wrote that, and it stays.",
            port.policy,
            foreign.join(", ")
        )
    })
}

/// What our own books say of the policy.
fn managed_ranges<'a>(world: &'a World, namespace: &str, policy: &str) -> Option<&'a str> {
    let policy = world.get(&ObjectKey::new(Kind::NetworkPolicy.as_str(), namespace, policy))?;
    policy.pointer("/metadata/annotations")?.get(MANAGED_SOURCE_RANGES)?.as_str()
}

fn words(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Invalid(words) | Outcome::Forbidden(words) | Outcome::Unavailable(words) => words,
        Outcome::Conflict => "it is not as it was seen",
        Outcome::NotFound => "it is gone",
        Outcome::AlreadyExists => "an object of that name is there, or still on its way out",
        Outcome::NodePortsExhausted => "no node port is free",
        Outcome::Written(_) | Outcome::Deleted | Outcome::Held => "nothing",
    }
}
