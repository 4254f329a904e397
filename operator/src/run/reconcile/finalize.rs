//! The finalizer: added before anything is created, and removed when nothing is left to be done.

use std::time::Duration;

use dittofs_core::ClusterView;
use dittofs_core::effects::Outcome;
use dittofs_core::events;
use dittofs_core::finalizer::{Ending, Finalizer, WaitsFor, finalizer};
use dittofs_interpreters::kubernetes::Servers;
use kube::Resource as _;

use super::{Done, Round};
use crate::run::cooling::cause;
use crate::run::servers::locked;

/// Until a write of the finalizer is seen.
const AGAIN: Duration = Duration::from_secs(2);

impl Round<'_> {
    /// Adds the finalizer where it is missing: nothing else happens before it is seen.
    pub(super) async fn begin(&self, view: &ClusterView) -> Option<Duration> {
        if self.context.options.dry_run {
            return None;
        }
        let ending = Ending { session_done: false, gone_for: Duration::ZERO };
        let decided = finalizer(self.resource, &self.spec, view, ending);
        if decided != Finalizer::Add {
            return None;
        }
        let (written, due) = self.write(decided).await;
        if matches!(written, Some(Outcome::Written(_))) {
            self.context.announcer.publish(events::created(), self.resource.object_ref(&()));
        }
        Some(due)
    }

    /// Removes it when nothing is left to be done.
    pub(super) async fn end(&self, done: &Done) -> Option<Duration> {
        if !self.spec.deleting || self.context.options.dry_run {
            return None;
        }
        let now = self.context.world.clock.now();
        let gone_for = {
            let mut memory = locked(&self.memory);
            let is_there = done.seen.view.stateful_set().is_some();
            memory.gone_since = if is_there { None } else { memory.gone_since.or(Some(now)) };
            memory.gone_since.map_or(Duration::ZERO, |since| now.saturating_sub(since))
        };
        let ending = Ending { session_done: done.seen.facts.is_signed_off, gone_for };
        let decided = finalizer(self.resource, &self.spec, &done.seen.view, ending);
        match decided {
            Finalizer::Keep
            | Finalizer::Add
            | Finalizer::Wait(WaitsFor::Somebody | WaitsFor::Session | WaitsFor::StatefulSet) => None,
            Finalizer::Wait(WaitsFor::Pods(left)) => Some(now.saturating_add(left)),
            Finalizer::Remove => Some(self.write(decided).await.1),
        }
    }

    /// What was answered, unless it is too soon to ask, and when to ask again.
    async fn write(&self, decided: Finalizer) -> (Option<Outcome>, Duration) {
        let clock = &self.context.world.clock;
        let (now, until) = (clock.now(), locked(&self.memory).finalizer.1);
        if now < until {
            return (None, until);
        }
        let Some(patch) = decided.patch(self.resource) else { return (None, now.saturating_add(AGAIN)) };
        let servers = Servers::new(self.context.world.client.clone(), &self.key.namespace);
        let outcome = servers.write_metadata(&self.key.name, &patch).await;
        let moment = clock.moment();
        let mut memory = locked(&self.memory);
        let (backoff, until) = &mut memory.finalizer;
        let due = match &outcome {
            // Gone with its last finalizer, or written by somebody else, which the watch shows.
            Outcome::Written(_) | Outcome::NotFound | Outcome::Conflict => {
                backoff.succeed();
                moment.now.saturating_add(AGAIN)
            }
            failed => {
                let failure = backoff.fail(cause(failed), moment.jitter);
                *until = moment.now.saturating_add(failure.delay);
                if failure.line {
                    tracing::warn!(
                        namespace = self.key.namespace, name = self.key.name, outcome = ?failed,
                        retry_in_seconds = failure.delay.as_secs_f64(), "the finalizer cannot be written"
                    );
                }
                *until
            }
        };
        (Some(outcome), due)
    }
}
