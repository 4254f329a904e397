//! The StatefulSet: what its template declares, and how it rolls out. Both are decided together and written at once
//! (SRVC-05, SAFE-03).
//!
//! Where the workload is somebody else's, only the adapters' ports of the template are ours. Where it is ours, the template
//! is laid over the one that is there, and what the pod is started with stands before it ([`own`]).

use dittofs_effects::{
    Cause, Change, Create, Effect, Guard, Hold, HoldCode, Kind, Object, Precondition, Reason, Update,
};
use k8s_openapi::api::apps::v1::StatefulSet;

use crate::api::PortRollout;
use crate::cluster_view::{ClusterView, Owned, Workload};
use crate::desired;
use crate::intent::Intents;
use crate::name;
use crate::order::{Stage, Steps};
use crate::overlay::Difference;
use crate::rollout::{self, Differs, Rollout, Strategy, Write};
use crate::server::{ServerSpec, WorkloadOwner, WorkloadSpec};
use crate::withdraw;

mod broken;
mod content;
mod own;
mod ports;
mod secrets;
mod state;
mod storage;
mod template;

use own::Ground;
pub use secrets::secrets_to_read;
use template::Template;

/// Brings the StatefulSet, and all that it stands on, to what is wanted.
pub(crate) fn bring(intents: &Intents<'_>, cluster: &ClusterView, server: &ServerSpec, steps: &mut Steps) {
    if let (WorkloadOwner::Ours(_), Workload::Missing, Some(reason)) =
        (&server.workload, &cluster.workload, name::workload_name_problem(&server.name))
    {
        return steps.hold(Hold { adapter: None, code: HoldCode::NameTooLong, reason });
    }
    let ours = match &server.workload {
        WorkloadOwner::Theirs => None,
        WorkloadOwner::Ours(workload) => Some((&**workload, own::bring(cluster, server, workload, steps))),
    };
    let set = match &cluster.workload {
        Workload::Missing => {
            if let Some((workload, ground)) = &ours {
                create(cluster, server, workload, ground, steps);
            }
            return;
        }
        Workload::Foreign(who) => {
            let reason =
                format!("StatefulSet {} is not this server's ({who}): ports are left alone", server.name);
            return steps.hold(Hold { adapter: None, code: HoldCode::NameTaken, reason });
        }
        Workload::Ours(set) if set.terminating => return,
        Workload::Ours(set) => set,
    };
    let wanted = match &ours {
        None => Template::default(),
        Some((workload, ground)) => Template::laid_over(set, server, workload, ground),
    };
    let writes = update(intents, cluster, set, server, wanted, steps);
    if let Some((workload, _)) = &ours {
        storage::bring(cluster, set, server, workload, steps);
        if !writes {
            broken::mend(cluster, set, server, steps);
        }
    }
}

/// Nothing is started on ground that is somebody else's.
fn create(
    cluster: &ClusterView,
    server: &ServerSpec,
    workload: &WorkloadSpec,
    ground: &Ground,
    steps: &mut Steps,
) {
    if !ground.holds {
        return;
    }
    if own::is_refused(cluster, Kind::StatefulSet, &server.name) {
        return steps.hold(own::taken(Kind::StatefulSet, &server.name, "the API server says that it exists"));
    }
    let mut set = desired::stateful_set(server, workload, Some(&ground.hash()));
    template::enter(&mut set, ground);
    let object = Object::StatefulSet(Box::new(set));
    let effect = Create { object, adapter: None, reason: Reason::from(Cause::Wanted) };
    steps.add(Stage::ContainerPorts, Effect::Create(effect));
}

/// Reads the table of rollouts and writes what it says; true when something is written.
fn update(
    intents: &Intents<'_>,
    cluster: &ClusterView,
    set: &Owned<StatefulSet>,
    server: &ServerSpec,
    wanted: Template,
    steps: &mut Steps,
) -> bool {
    // A port of the server itself may have moved those of adapters.
    let laid = wanted.difference.applied_to(&set.object);
    let ports = ports::ports(intents, laid.as_ref().unwrap_or(&set.object), server);
    let restart = state::restart_requested(set, &cluster.pods);
    let can_wait = !(ports.is_empty() && wanted.difference.is_empty());
    let rollout = Rollout {
        strategy: state::strategy(&set.object),
        differs: if wanted.presses {
            Differs::More
        } else if can_wait {
            Differs::Ports
        } else {
            Differs::Nothing
        },
        runs: state::runs(&set.object),
        // A pod that goes may live on if it is wanted again: then it is not restarted for ports either.
        replicas: state::replicas(&set.object).max(wanted.replicas),
        restart_requested: restart.is_some(),
        immediate: server.port_rollout == PortRollout::Immediate && !ports.is_empty(),
    };
    let write = match rollout::decide(rollout) {
        Write::Ports((strategy, cause)) => {
            let cause = told(cause, rollout.replicas, ports.is_empty());
            wanted.whole(ports).under(set, (strategy, cause), Vec::new())
        }
        Write::Strategy(strategy) => {
            let guards = restart.map(state::guard).into_iter().collect();
            wanted.beside().under(set, strategy, guards)
        }
        Write::Wait | Write::Nothing => {
            if rollout.differs == Differs::Ports && !ports.is_empty() {
                steps.hold(waiting());
            }
            wanted.beside()
        }
    };
    let writes = !write.difference.is_empty();
    if writes {
        steps.add(Stage::ContainerPorts, write.into_effect(set, server));
    }
    writes
}

/// Without a pod nothing restarts, and files that are protected otherwise are no ports.
fn told(cause: Cause, replicas: i32, no_ports: bool) -> Cause {
    match cause {
        Cause::TemplateChanged if replicas == 0 => Cause::TemplateForNextRestart,
        Cause::PortsForNextRestart if no_ports => Cause::TemplateForNextRestart,
        other => other,
    }
}

fn waiting() -> Hold {
    Hold {
        adapter: None,
        code: HoldCode::RolloutInProgress,
        reason:
            "the pod template is being rolled out; the adapters' ports wait, or the pod would restart again"
                .to_owned(),
    }
}

/// One write to the StatefulSet.
struct OneWrite {
    difference: Difference,
    cause: Cause,
    guards: Vec<Guard>,
}

impl OneWrite {
    /// The same under a strategy, and for the cause that goes with it.
    fn under(
        mut self,
        set: &Owned<StatefulSet>,
        (strategy, cause): (Strategy, Cause),
        guards: Vec<Guard>,
    ) -> Self {
        if state::strategy(&set.object) != strategy {
            self.difference.set(&["spec", "updateStrategy"], state::written(strategy));
            self.difference.changes.push(Change::Strategy(strategy.as_str()));
        }
        Self { cause, guards, ..self }
    }

    fn into_effect(self, set: &Owned<StatefulSet>, server: &ServerSpec) -> Effect {
        let (patch, changes) = self.difference.into_parts();
        Effect::Update(Update {
            target: withdraw::target(Kind::StatefulSet, &set.object.metadata, server),
            adapter: None,
            reason: Reason { cause: self.cause, changes },
            precondition: Precondition::Seen(set.seen.clone()),
            guards: self.guards,
            patch,
        })
    }
}
