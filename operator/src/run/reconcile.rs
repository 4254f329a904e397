//! One DittoServer, brought to what it should be: view, decide, carry out, say so.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use dittofs_core::api::DittoServer;
use dittofs_core::connection::Connection;
use dittofs_core::effects::{Effect, Executed};
use dittofs_core::finalizer::FINALIZER;
use dittofs_core::session::condition::{CONDITION, Reason};
use dittofs_core::{ClusterView, NoPod, ServerSpec, decide};
use kube::runtime::controller::Action;
use kube::{Resource as _, ResourceExt as _};

use super::cache::ServerKey;
use super::link::{Facts, Known, Link, Surroundings};
use super::servers::{Memory, locked};
use super::unread::Unread;
use super::{Context, key_of};

mod execute;
mod finalize;
mod report;
mod seen;
mod unreadable;

use seen::Seen;
pub use unreadable::Unreadable;

/// Brings one DittoServer to what it should be, as far as is known now. Whatever fails is tried again when it is due.
pub async fn reconcile(server: Arc<Unread>, context: Arc<Context>) -> Result<Action, Infallible> {
    let due = match server.read() {
        Ok(resource) => {
            context.unreadable.forget(&key_of(&server));
            Round::new(&resource, &context).run().await
        }
        Err(error) => {
            unreadable::report(&error, &key_of(&server), &context).await;
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
    seen: Seen,
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
        let seen = match self.look(self.context.cache.objects(&self.spec)) {
            Ok(seen) => seen,
            Err(error) => {
                let ServerKey { namespace, name } = &self.key;
                tracing::error!(namespace, name, %error, "an object without identity");
                return None;
            }
        };
        // A decision on a view that is older than the last write would do it again.
        if let Some(due) = locked(&self.memory).pending.wait_until(&self.context.cache, now) {
            return Some(due);
        }
        if let Some(due) = self.begin(&seen.view).await {
            return Some(due);
        }
        let done = self.decide_and_execute(seen).await;
        let reported = self.report(&done).await;
        let ended = self.end(&done).await;
        self.due(now).into_iter().chain(reported).chain(ended).min()
    }

    async fn decide_and_execute(&self, mut seen: Seen) -> Done {
        let effects = decide(&seen.facts.observation, &seen.view, &self.spec);
        let executed = if !self.context.options.dry_run && self.may_execute(&effects, &seen.facts) {
            self.execute(effects, &mut seen).await
        } else {
            Executed::nothing(effects)
        };
        self.witness(&seen, &executed);
        Done { seen, executed }
    }

    /// Not in the modes that do not write, nor while something is not seen; and not before the account is removed, while its
    /// server still runs.
    fn may_execute(&self, effects: &[Effect], facts: &Facts) -> bool {
        let only_shown = effects.iter().any(|effect| match effect {
            Effect::Hold(hold) => hold.code.only_stops_execution(),
            Effect::Create(_) | Effect::Update(_) | Effect::Delete(_) => false,
        });
        !only_shown && self.context.options.sight.is_clear() && (!self.spec.deleting || facts.is_signed_off)
    }

    /// When something is due that was not when this reconcile began.
    fn due(&self, began: Duration) -> Option<Duration> {
        let memory = locked(&self.memory);
        let pending = memory.pending.due();
        memory.refusals.due().into_iter().chain(memory.cooling.due(began)).chain(pending).min()
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

fn known(context: &Context, resource: &DittoServer, spec: &Arc<ServerSpec>, view: &ClusterView) -> Known {
    let ready = view.pods.iter().find(|pod| pod.ready && !pod.terminating);
    Known {
        spec: spec.clone(),
        connection: Connection::of(resource),
        owner: resource.controller_owner_ref(&()).unwrap_or_default(),
        ready_pod: ready.map(|pod| pod.uid.clone()),
        writes: spec.may_write() && !context.options.dry_run,
        is_begun: resource.finalizers().iter().any(|name| name == FINALIZER),
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
        dry_run: context.options.dry_run,
        regarding: resource.object_ref(&()),
        wake: Arc::new(move || waking.wake(key.clone())),
    };
    let conditions = resource.status.iter().flat_map(|status| &status.conditions);
    let published = conditions.filter(|c| c.type_ == CONDITION).find_map(|c| Reason::parse(&c.reason));
    // Told at once what the view shows, so that it begins with the pod that is there.
    let view =
        ClusterView::from_objects(spec, context.cache.objects(spec), NoPod::NotReady).unwrap_or_default();
    Memory {
        uid: uid.to_owned(),
        link: Link::start(surroundings, known(context, resource, spec, &view), published),
        pending: super::pending::Pending::default(),
        refusals: super::refusals::Refusals::default(),
        taken: std::collections::BTreeSet::new(),
        cooling: super::cooling::Cooling::default(),
        lost_deletions: std::collections::BTreeMap::new(),
        status_written: None,
        status: dittofs_core::backoff::Backoff::default(),
        finalizer: (dittofs_core::backoff::Backoff::default(), Duration::ZERO),
        gone_since: None,
        warned: Vec::new(),
    }
}
