//! Carries a decision out, and remembers what came of it.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use dittofs_core::effects::{Effect, Executed, Kind, ObjectRef, Outcome};
use dittofs_core::{ClusterObject, Refusal, decide};
use dittofs_interpreters::kubernetes::{Kubernetes, api_of, carry_out, in_time};

use super::Round;
use super::seen::Seen;
use crate::run::cooling::{Cooled, cause};
use crate::run::servers::locked;

/// Deletions that lose so often against a writer go by uid, once the object was read and decided upon again.
const LOSSES: u32 = 3;

impl Round<'_> {
    pub(super) async fn execute(&self, effects: Vec<Effect>, seen: &mut Seen) -> Vec<Executed> {
        let losing = self.losing_deletions(&effects);
        let (effects, by_uid) =
            if losing.is_empty() { (effects, losing) } else { self.refresh(effects, seen, &losing).await };
        let answers = {
            let mut memory = locked(&self.memory);
            let targets: BTreeSet<_> = effects.iter().filter_map(Effect::target).collect();
            memory.cooling.retain(|target| targets.contains(target));
            memory.lost_deletions.retain(|target, _| targets.contains(target));
            memory.cooling.answers(self.context.world.clock.now())
        };
        let cooling: BTreeSet<_> = answers.keys().cloned().collect();
        let kubernetes = Kubernetes::new(self.context.world.client.clone()).deleting_by_uid(by_uid);
        let mut interpreter = Cooled { interpreter: kubernetes, answers };
        let goes_on = || !self.context.stopping.load(Ordering::Relaxed);
        let executed = carry_out(effects, &mut interpreter, goes_on).await;
        for Executed { effect, outcome } in &executed {
            if let Some((target, outcome)) = effect.target().zip(outcome.as_ref())
                && !cooling.contains(&target)
            {
                self.remember(effect, target, outcome).await;
            }
        }
        executed
    }

    async fn remember(&self, effect: &Effect, target: ObjectRef, outcome: &Outcome) {
        let moment = self.context.world.clock.moment();
        let now = moment.now;
        match outcome {
            Outcome::Held => return,
            Outcome::Written(seen) => {
                let mut memory = locked(&self.memory);
                memory.cooling.succeed(&target);
                memory.pending.written(target.clone(), seen.clone(), now);
            }
            Outcome::Deleted => {
                let mut memory = locked(&self.memory);
                memory.cooling.succeed(&target);
                memory.lost_deletions.remove(&target);
                if let Effect::Delete(delete) = effect {
                    memory.pending.deleted(target.clone(), delete.precondition.uid.clone(), now);
                }
            }
            Outcome::AlreadyExists => {
                if self.is_somebody_elses(&target).await {
                    let mut memory = locked(&self.memory);
                    memory.refusals.add(target.kind, target.name.clone(), Refusal::NameTaken, now);
                }
            }
            Outcome::NodePortsExhausted => {
                let mut memory = locked(&self.memory);
                memory.refusals.add(target.kind, target.name.clone(), Refusal::NodePortsExhausted, now);
            }
            Outcome::Conflict | Outcome::NotFound => {
                if matches!(effect, Effect::Delete(_)) {
                    *locked(&self.memory).lost_deletions.entry(target.clone()).or_default() += 1;
                }
            }
            Outcome::Invalid(_) | Outcome::Forbidden(_) | Outcome::Unavailable(_) => {}
        }
        self.log(effect, &target, outcome);
    }

    /// A line for what was done, and for what failed: one per change of cause, then per doubling.
    fn log(&self, effect: &Effect, target: &ObjectRef, outcome: &Outcome) {
        let clock = &self.context.world.clock;
        let (namespace, name) = (&self.key.namespace, &self.key.name);
        let action = match effect {
            Effect::Create(_) => "create",
            Effect::Update(_) => "update",
            Effect::Delete(_) => "delete",
            Effect::Hold(_) => return,
        };
        let adapter = effect.adapter().map(ToString::to_string);
        match outcome {
            Outcome::Written(_) | Outcome::Deleted | Outcome::Held => {
                let reason = effect.reason().map(ToString::to_string);
                tracing::info!(namespace, name, action, object = %target, adapter, reason, "done");
            }
            failed => {
                let moment = clock.moment();
                let (is_news, retry_in) = locked(&self.memory).cooling.fail(
                    target.clone(),
                    failed.clone(),
                    moment.now,
                    moment.jitter,
                );
                // Somebody else wrote it first: decided again from what is there now.
                let is_routine = matches!(failed, Outcome::Conflict | Outcome::NotFound);
                if is_news && !is_routine {
                    tracing::warn!(
                        namespace, name, action, object = %target, adapter, cause = cause(failed), outcome = ?failed,
                        retry_in_seconds = retry_in.as_secs_f64(), "failed"
                    );
                }
            }
        }
    }

    fn losing_deletions(&self, effects: &[Effect]) -> BTreeSet<ObjectRef> {
        let memory = locked(&self.memory);
        let deletions = effects.iter().filter(|effect| matches!(effect, Effect::Delete(_)));
        deletions
            .filter_map(Effect::target)
            .filter(|target| memory.lost_deletions.get(target).is_some_and(|losses| *losses >= LOSSES))
            .collect()
    }

    /// Reads the objects whose deletion keeps losing, and decides again: what was decided on a version that nobody can
    /// catch is then decided on the newest one, and goes by uid. Gives those that could be read, too.
    async fn refresh(
        &self,
        effects: Vec<Effect>,
        seen: &mut Seen,
        targets: &BTreeSet<ObjectRef>,
    ) -> (Vec<Effect>, BTreeSet<ObjectRef>) {
        let mut read = BTreeSet::new();
        let mut objects = self.context.cache.objects(&self.spec);
        for target in targets {
            if let Ok(object) = in_time(api_of(&self.context.world.client, target).get(&target.name)).await
                && let Ok(json) = serde_json::to_value(object)
                && let Ok(Some(object)) = ClusterObject::from_json(json)
            {
                objects.retain(|old| !is(old, target));
                objects.push(object);
                read.insert(target.clone());
            }
        }
        match self.look(objects) {
            Ok(newer) => {
                *seen = newer;
                (decide(&seen.facts.observation, &seen.view, &self.spec), read)
            }
            Err(_) => (effects, BTreeSet::new()),
        }
    }

    /// The name of a creation is taken: one look says whether it is our own object, which the cache lacks yet.
    async fn is_somebody_elses(&self, target: &ObjectRef) -> bool {
        match in_time(api_of(&self.context.world.client, target).get_metadata(&target.name)).await {
            Ok(found) => {
                let owners = found.metadata.owner_references.into_iter().flatten();
                let uid = self.spec.uid.as_ref().map(ToString::to_string);
                !owners.into_iter().any(|owner| owner.controller == Some(true) && Some(owner.uid) == uid)
            }
            // Gone by now, or nobody knows: it is tried again.
            Err(_) => false,
        }
    }
}

fn is(object: &ClusterObject, target: &ObjectRef) -> bool {
    let (kind, metadata) = match object {
        ClusterObject::Service(object) => (Kind::Service, &object.metadata),
        ClusterObject::NetworkPolicy(object) => (Kind::NetworkPolicy, &object.metadata),
        ClusterObject::StatefulSet(object) => (Kind::StatefulSet, &object.metadata),
        ClusterObject::Pod(_) => return false,
    };
    kind == target.kind && metadata.name.as_deref() == Some(target.name.as_str())
}
