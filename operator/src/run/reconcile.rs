//! One DittoServer, brought to what it should be: view, decide, carry out, say so.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use dittofs_core::api::DittoServer;
use dittofs_core::connection::Connection;
use dittofs_core::effects::Effect;
use dittofs_core::session::condition::{CONDITION, Reason};
use dittofs_core::{ClusterView, ServerSpec, decide};
use dittofs_interpreters::kubernetes::Executed;
use kube::runtime::controller::Action;
use kube::{Resource as _, ResourceExt as _};

use super::cache::ServerKey;
use super::link::{Facts, Known, Link, Surroundings};
use super::servers::{Memory, locked};
use super::{Context, Guarded, key_of};

mod execute;
mod report;
mod show;

/// Brings one DittoServer to what it should be, as far as is known now. Whatever fails is tried again when it is due.
pub async fn reconcile(server: Arc<Guarded>, context: Arc<Context>) -> Result<Action, Infallible> {
    let due = match &server.0 {
        Ok(resource) => Round::new(resource, &context).run().await,
        Err(invalid) => {
            let ServerKey { namespace, name } = key_of(&server);
            // The last known state stays as it is: nothing is written for a resource that nobody can read.
            tracing::warn!(
                namespace,
                name,
                error = invalid.error,
                "the DittoServer cannot be read, and is held"
            );
            None
        }
    };
    Ok(due.map_or_else(Action::await_change, |due| {
        Action::requeue(due.saturating_sub(context.world.clock.now()).max(Duration::from_millis(10)))
    }))
}

/// One reconcile.
struct Round<'a> {
    context: &'a Arc<Context>,
    resource: &'a DittoServer,
    spec: Arc<ServerSpec>,
    key: ServerKey,
    memory: Arc<Mutex<Memory>>,
}

/// What one reconcile saw and did.
struct Done {
    facts: Facts,
    view: ClusterView,
    effects: Vec<Effect>,
    /// By effect; shorter when the operator is stopping, empty when nothing is to be executed.
    executed: Vec<Executed>,
}

impl<'a> Round<'a> {
    fn new(resource: &'a DittoServer, context: &'a Arc<Context>) -> Self {
        let (spec, warnings) = ServerSpec::resolve(resource);
        let spec = Arc::new(spec);
        let key = ServerKey { namespace: spec.namespace.clone(), name: spec.name.clone() };
        let uid = resource.uid().unwrap_or_default();
        let memory = context.servers.get_or_start(&key, &uid, || memory(context, resource, &spec, &uid));
        let round = Self { context, resource, spec, key, memory };
        round.warn(warnings);
        round
    }

    /// Gives the moment at which something is due, if nothing else happens.
    async fn run(self) -> Option<Duration> {
        let now = self.context.world.clock.now();
        let view = match self.context.cache.view(&self.spec) {
            Ok(view) => view,
            Err(error) => {
                tracing::error!(namespace = self.key.namespace, name = self.key.name, %error, "an object without identity");
                return None;
            }
        };
        let facts = {
            let mut memory = locked(&self.memory);
            memory.link.tell(known(self.resource, &self.spec, &view));
            // A decision on a view that is older than the last write would do it again.
            if let Some(due) = memory.pending.wait_until(&self.context.cache, now) {
                return Some(due);
            }
            memory.link.facts()
        };
        let done = self.decide_and_execute(facts, view).await;
        let reported = self.report(&done).await;
        self.due().into_iter().chain(reported).min()
    }

    async fn decide_and_execute(&self, facts: Facts, mut view: ClusterView) -> Done {
        let now = self.context.world.clock.now();
        view.refusals = locked(&self.memory).refusals.current(now);
        let effects = decide(&facts.observation, &view, &self.spec);
        let mut done = Done { facts, view, effects, executed: Vec::new() };
        if self.context.options.dry_run {
            self.show(&done);
        } else if self.may_execute(&done) {
            self.execute(&mut done).await;
        }
        done
    }

    /// The modes that do not write; and the account has to be removed while its server still runs.
    fn may_execute(&self, done: &Done) -> bool {
        let only_shown = done.effects.iter().any(|effect| match effect {
            Effect::Hold(hold) => hold.code.only_stops_execution(),
            Effect::Create(_) | Effect::Update(_) | Effect::Delete(_) => false,
        });
        !only_shown && (!self.spec.deleting || done.facts.is_signed_off)
    }

    fn due(&self) -> Option<Duration> {
        let memory = locked(&self.memory);
        memory.refusals.due().into_iter().chain(memory.cooling.due()).min()
    }

    fn warn(&self, warnings: Vec<String>) {
        let mut memory = locked(&self.memory);
        if memory.warned == warnings {
            return;
        }
        for warning in &warnings {
            tracing::warn!(namespace = self.key.namespace, name = self.key.name, "{warning}");
        }
        memory.warned = warnings;
    }
}

fn known(resource: &DittoServer, spec: &Arc<ServerSpec>, view: &ClusterView) -> Known {
    let ready = view.pods.iter().find(|pod| pod.ready && !pod.terminating);
    Known {
        spec: spec.clone(),
        connection: Connection::of(resource),
        owner: resource.controller_owner_ref(&()).unwrap_or_default(),
        ready_pod: ready.map(|pod| pod.uid.clone()),
    }
}

fn memory(context: &Arc<Context>, resource: &DittoServer, spec: &Arc<ServerSpec>, uid: &str) -> Memory {
    let key = ServerKey { namespace: spec.namespace.clone(), name: spec.name.clone() };
    let waking = context.clone();
    let surroundings = Surroundings {
        client: context.world.client.clone(),
        connect: context.world.connect.clone(),
        address: context.options.address.clone(),
        clock: context.world.clock.clone(),
        entropy: context.world.entropy,
        announcer: context.announcer.clone(),
        regarding: resource.object_ref(&()),
        wake: Arc::new(move || waking.wake(key.clone())),
    };
    let conditions = resource.status.iter().flat_map(|status| &status.conditions);
    let published = conditions.filter(|c| c.type_ == CONDITION).find_map(|c| Reason::parse(&c.reason));
    // Told at once what the view shows, so that it begins with the pod that is there.
    let view = context.cache.view(spec).unwrap_or_default();
    Memory {
        uid: uid.to_owned(),
        link: Link::start(surroundings, known(resource, spec, &view), published),
        pending: super::pending::Pending::default(),
        refusals: super::refusals::Refusals::default(),
        cooling: super::cooling::Cooling::default(),
        lost_deletions: std::collections::BTreeMap::new(),
        status_written: None,
        shown: None,
        warned: Vec::new(),
    }
}
