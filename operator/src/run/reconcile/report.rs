//! Status and events of what was seen and done: one write, and only when something is not as it was said.

use std::time::Duration;

use dittofs_core::api::{DittoServer, DittoServerStatus};
use dittofs_core::effects::Outcome;
use dittofs_core::events::events;
use dittofs_core::status::{self, Cycle, status};
use dittofs_interpreters::kubernetes::Servers;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::{Resource as _, ResourceExt as _};

use super::{Done, Round};
use crate::run::cooling::cause;
use crate::run::pending::is_at_least;
use crate::run::servers::locked;

/// No server's status is written more often: what follows upon each other within it becomes one write.
const SPACING: Duration = Duration::from_millis(500);
/// The longest pause after a status was refused: what it says is what people look at.
const LONGEST: Duration = Duration::from_secs(30);
/// After a status was not taken.
const AGAIN: Duration = Duration::from_secs(1);

impl Round<'_> {
    /// Gives the moment at which a status that had to wait is due.
    pub(super) async fn report(&self, done: &Done) -> Option<Duration> {
        let now = Time(self.context.world.clock.timestamp());
        let after = status(&Cycle {
            resource: self.resource,
            server: &self.spec,
            cluster: &done.seen.view,
            observed: &done.seen.facts.observation,
            executed: &done.executed,
            session: done.seen.facts.condition.as_ref(),
            now: &now,
        });
        if self.context.options.dry_run {
            return None;
        }
        let (is_said, due) = self.write_status(&after).await;
        // What the status does not say yet is said with it; what was written is said at once.
        let before = if is_said { self.resource.status.as_ref() } else { Some(&after) };
        for event in events(before, &after, &done.executed) {
            self.context.announcer.publish(event, self.resource.object_ref(&()));
        }
        due
    }

    /// Whether the status was written, and when it is due if it could not be.
    async fn write_status(&self, after: &DittoServerStatus) -> (bool, Option<Duration>) {
        let Some(patch) = status::patch(self.resource, after) else { return (false, None) };
        let now = self.context.world.clock.now();
        let wait = self.status_is_due(self.resource, now).and_then(|()| self.context.gate.pass(now));
        if let Err(wait) = wait {
            return (false, Some(now.saturating_add(wait)));
        }
        let servers = Servers::new(self.context.world.client.clone(), &self.key.namespace);
        match servers.write_status(&self.key.name, &patch).await {
            Outcome::Written(seen) => {
                let mut memory = locked(&self.memory);
                memory.status_written = Some((seen.resource_version, now));
                memory.status.succeed();
                (true, None)
            }
            // Somebody else wrote it, or it is gone: the watch says so.
            Outcome::Conflict | Outcome::NotFound => (false, Some(now.saturating_add(AGAIN))),
            outcome => {
                let jitter = self.context.world.clock.moment().jitter;
                let failure = locked(&self.memory).status.fail(cause(&outcome), jitter);
                let retry_in = failure.delay.min(LONGEST);
                if failure.line {
                    tracing::warn!(
                        namespace = self.key.namespace,
                        name = self.key.name,
                        times = failure.times,
                        ?outcome,
                        retry_in_seconds = retry_in.as_secs_f64(),
                        "the status cannot be written"
                    );
                }
                (false, Some(now.saturating_add(retry_in)))
            }
        }
    }

    /// Our last write has to be seen first, and some time to pass.
    fn status_is_due(&self, resource: &DittoServer, now: Duration) -> Result<(), Duration> {
        let Some((written, at)) = locked(&self.memory).status_written.clone() else { return Ok(()) };
        let seen = resource.resource_version();
        let seen = seen.as_deref().and_then(dittofs_core::effects::ResourceVersion::new);
        let next = at.saturating_add(SPACING);
        if now < next {
            Err(next.saturating_sub(now))
        } else if seen.is_some_and(|seen| is_at_least(&seen, &written)) || now > at.saturating_add(AGAIN * 5)
        {
            Ok(())
        } else {
            Err(AGAIN)
        }
    }
}
