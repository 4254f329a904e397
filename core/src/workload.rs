//! The StatefulSet: which adapter ports its template declares, and how it rolls out. Both are decided together and
//! written at once (SRVC-05, SAFE-03).

use std::collections::BTreeSet;

use dittofs_effects::{
    AdapterType, Cause, Change, Effect, Guard, Hold, HoldCode, Kind, Precondition, Reason, Update,
};
use k8s_openapi::api::apps::v1::StatefulSet;
use serde_json::{Value, json};

use crate::api::PortRollout;
use crate::cluster_view::{ClusterView, Owned, PodView, Workload};
use crate::expose::removal;
use crate::intent::{Intent, Intents};
use crate::order::{Stage, Steps};
use crate::overlay::{self, Difference, Removal, WantedContainerPort, WantedServicePort};
use crate::rollout::{self, Differs, Rollout, Strategy, Write};
use crate::server::{Companion, ServerSpec};
use crate::withdraw;

/// Brings the StatefulSet to what is wanted.
pub(crate) fn bring(intents: &Intents<'_>, cluster: &ClusterView, server: &ServerSpec, steps: &mut Steps) {
    let set = match &cluster.workload {
        Workload::Missing => return,
        Workload::Foreign(who) => {
            let reason =
                format!("StatefulSet {} is not this server's ({who}): ports are left alone", server.name);
            return steps.hold(Hold { adapter: None, code: HoldCode::NameTaken, reason });
        }
        Workload::Ours(set) if set.terminating => return,
        Workload::Ours(set) => set,
    };
    let ports = ports(intents, cluster, server);
    let restart = restart_requested(set, &cluster.pods);
    let rollout = Rollout {
        strategy: strategy(&set.object),
        differs: if ports.is_empty() { Differs::Nothing } else { Differs::Ports },
        runs: runs(&set.object),
        replicas: replicas(&set.object),
        restart_requested: restart.is_some(),
        immediate: server.port_rollout == PortRollout::Immediate,
    };
    match rollout::decide(rollout) {
        Write::Nothing => {}
        Write::Wait => steps.hold(Hold {
            adapter: None,
            code: HoldCode::RolloutInProgress,
            reason: "the pod template is being rolled out; the adapters' ports wait, or the pod would restart again"
                .to_owned(),
        }),
        Write::Ports(strategy) => steps.add(Stage::ContainerPorts, update(set, server, ports, strategy, Vec::new())),
        Write::Strategy(strategy) => {
            let guards = restart.map(guard).into_iter().collect();
            steps.add(Stage::ContainerPorts, update(set, server, Difference::default(), strategy, guards));
        }
    }
}

/// The adapters' ports laid over the template's. Without a report, and for adapters that are held, they stay.
fn ports(intents: &Intents<'_>, cluster: &ClusterView, server: &ServerSpec) -> Difference {
    let Some((index, container)) = cluster.container() else { return Difference::default() };
    if !intents.reported {
        return Difference::default();
    }
    let mut wanted = Vec::with_capacity(intents.adapters.len());
    let (mut held, mut gone) = (BTreeSet::new(), BTreeSet::new());
    let mut scratch: Vec<WantedServicePort<'_>> = Vec::new();
    let mut mdns = false;
    for adapter in &intents.adapters {
        match &adapter.intent {
            Intent::Hold(..) => held.extend(declared_names(adapter.adapter)),
            Intent::Withdraw(_) => {
                gone.insert(adapter.adapter.port_name());
            }
            Intent::Expose(port) => {
                let settings = server.settings(adapter.adapter);
                overlay::service_ports_of(adapter.adapter, *port, settings, &mut scratch);
                wanted.extend(
                    scratch.iter().filter_map(|p| declared(p, adapter.adapter.port_name(), &mut mdns)),
                );
            }
        }
    }
    let keeps = |name: &str| {
        // An entry without a usable name may be the adapter of any port that is not another's.
        let may_be_unnamed = intents.unnamed && !gone.contains(name);
        removal(server) == Removal::Forbidden || held.contains(name) || may_be_unnamed
    };
    overlay::container_ports(index, container.ports.as_deref(), &wanted, keeps)
}

/// Every name that a container port of the adapter may have.
fn declared_names(adapter: &AdapterType) -> impl Iterator<Item = &str> {
    let companions = Companion::ALL.into_iter().filter(|c| c.fits(adapter));
    let names = companions.filter_map(|c| -> Option<&str> { c.container_port_name() });
    names.chain([adapter.port_name()])
}

/// A port as the container declares it, under its own names; the one mDNS port serves all adapters.
fn declared<'a>(
    port: &WantedServicePort<'a>,
    own: &'a str,
    mdns: &mut bool,
) -> Option<WantedContainerPort<'a>> {
    let name = if port.name == own {
        own
    } else {
        let companion = Companion::ALL.into_iter().find(|c| c.service_port_name() == port.name)?;
        if companion == Companion::Mdns && std::mem::replace(mdns, true) {
            return None;
        }
        companion.container_port_name()?
    };
    Some(WantedContainerPort { name, port: port.target, protocol: port.protocol })
}

fn strategy(set: &StatefulSet) -> Strategy {
    let strategy = set.spec.as_ref().and_then(|s| s.update_strategy.as_ref());
    match strategy.and_then(|s| s.type_.as_deref()) {
        Some("OnDelete") => Strategy::OnDelete,
        Some(_) | None => Strategy::RollingUpdate,
    }
}

fn replicas(set: &StatefulSet) -> i32 {
    set.spec.as_ref().and_then(|s| s.replicas).unwrap_or(1)
}

/// The controller has seen this template, and every pod was made from it. `currentRevision` would lie under `OnDelete`
/// (measured).
fn runs(set: &StatefulSet) -> bool {
    let Some(status) = &set.status else { return false };
    let observed =
        status.observed_generation.is_some() && status.observed_generation == set.metadata.generation;
    observed && status.updated_replicas.unwrap_or(0) == replicas(set)
}

/// A live pod that lacks an annotation of the template, or has another value there: what a rollout restart leaves. Values
/// are compared, since the second restart only changes one.
fn restart_requested<'a>(set: &Owned<StatefulSet>, pods: &'a [PodView]) -> Option<&'a PodView> {
    let template = &set.object.spec.as_ref()?.template;
    let annotations = template.metadata.as_ref()?.annotations.as_ref()?;
    let differs =
        |pod: &&PodView| annotations.iter().any(|(key, value)| pod.annotations.get(key) != Some(value));
    pods.iter().filter(|pod| !pod.terminating).find(differs)
}

fn guard(pod: &PodView) -> Guard {
    Guard { name: pod.name.clone(), uid: pod.uid.clone(), revision: pod.revision.clone() }
}

/// A partition of 0 is said: the API server gives a named strategy none, and the controller then brings pods back from the
/// old revision for as long as the status counts them (seen on 1.35), so that one restart can become two.
fn written(strategy: Strategy) -> Value {
    match strategy {
        Strategy::RollingUpdate => json!({ "type": strategy.as_str(), "rollingUpdate": { "partition": 0 } }),
        Strategy::OnDelete => json!({ "type": strategy.as_str() }),
    }
}

fn update(
    set: &Owned<StatefulSet>,
    server: &ServerSpec,
    mut difference: Difference,
    (strategy, cause): (Strategy, Cause),
    guards: Vec<Guard>,
) -> Effect {
    if self::strategy(&set.object) != strategy {
        difference.set(&["spec", "updateStrategy"], written(strategy));
        difference.changes.push(Change::Strategy(strategy.as_str()));
    }
    let (patch, changes) = difference.into_parts();
    Effect::Update(Update {
        target: withdraw::target(Kind::StatefulSet, &set.object.metadata, server),
        adapter: None,
        reason: Reason { cause, changes },
        precondition: Precondition::Seen(set.seen.clone()),
        guards,
        patch,
    })
}
