//! Polling one DittoServer's list of adapters: when it is due, and what follows from an answer.
//!
//! ```text
//!             answered                        lost_token
//! NotYetPolled ──────▶ Reported, Empty, Unavailable ──▶ Unavailable(NoToken)
//!       ▲                        │
//!       └── pod_became_ready ────┘
//! ```
//!
//! Guarantees:
//!
//! - One poll is outstanding at most, if [`Discovery::asked`] says when it begins.
//! - After an answer the next poll waits for the interval as it is *now* (DISC-02), or for the moment at which a suspect
//!   can be confirmed; it never comes sooner than a second later. The second one waits for a part of the interval, which
//!   spreads servers that were all found at once.
//! - After a failure it waits by [`backoff`](crate::backoff), whatever the interval, and never less; a pod that becomes
//!   ready and a token that is new end the wait at once (OBSV-03).
//! - What a server says that is not ready, or has restarted since, is not acted on (SAFE-04, SAFE-06).
//! - An outage is one observation, not one a try: the text of the first try stays while the cause does.
//!
//! Assumptions: `now` never goes back, and whoever polls has a token ([`Session::token`](crate::session::Session::token)).

use std::time::Duration;

use crate::backoff::Backoff;
use crate::grace::Suspects;
use crate::moment::{Jitter, Moment};
use crate::observation::Observation;
use crate::server::ServerSpec;

mod answer;
mod notice;
#[cfg(test)]
mod tests;

pub use answer::listed;
pub use notice::Notice;

/// No two polls are closer, unless something happened in between. Also the shortest interval that a resource can have.
pub const SHORTEST: Duration = Duration::from_secs(1);

/// Over how long the first polls of an operator that starts are spread, at most; also an interval at most.
pub const FIRST_SPREAD: Duration = Duration::from_secs(5);

/// A suspect is confirmed by an answer *after* its grace period.
const AFTER_GRACE: Duration = Duration::from_millis(1);

/// Where the polling of one DittoServer stands.
#[derive(Clone, Debug)]
pub struct Discovery {
    observed: Observation,
    suspects: Suspects,
    backoff: Backoff<&'static str>,
    next: Next,
    /// When a poll began that is not answered yet.
    asked: Option<Duration>,
    /// What is outstanding was asked of the pod before this one.
    outdated: bool,
    last_success: Option<Duration>,
    /// The token that is polled with.
    token: Option<u64>,
}

/// When the next poll is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// The first one, spread.
    First { since: Duration, jitter: Jitter },
    /// Some time within an interval after the first one, so that servers that were found at once are not asked in bunches
    /// for ever.
    Second { last: Duration, jitter: Jitter },
    /// An interval after this poll.
    After(Duration),
    /// Then.
    At(Duration),
}

impl Discovery {
    /// Nothing was asked yet. The jitter spreads the first polls of many servers.
    pub fn new(moment: Moment) -> Self {
        Self {
            observed: Observation::NotYetPolled,
            suspects: Suspects::default(),
            backoff: Backoff::default(),
            next: Next::First { since: moment.now, jitter: moment.jitter },
            asked: None,
            outdated: false,
            last_success: None,
            token: None,
        }
    }

    /// What is known of the adapters. Two that are equal decide the same: only a change is worth a decision.
    pub const fn observation(&self) -> &Observation {
        &self.observed
    }

    /// When a report, or a complete `[]`, was last answered; counted as [`Moment::now`].
    pub const fn last_success(&self) -> Option<Duration> {
        self.last_success
    }

    /// Failures in a row, for metrics.
    pub const fn failures(&self) -> u32 {
        self.backoff.failures()
    }

    /// A poll began and is not answered yet.
    pub const fn is_waiting(&self) -> bool {
        self.asked.is_some()
    }

    /// When the next poll is due under the resource as it is now; a moment that has passed means at once. `None` while
    /// one is outstanding, while there is no token, and where there is nobody to ask (no replicas, being deleted).
    pub fn due(&self, server: &ServerSpec) -> Option<Duration> {
        let somebody = server.replicas > 0 && !server.deleting && self.token.is_some();
        if self.is_waiting() || !somebody {
            return None;
        }
        let interval = server.polling_interval.max(SHORTEST);
        Some(match self.next {
            Next::First { since, jitter } => {
                since.saturating_add(interval.min(FIRST_SPREAD) * jitter.thousandths() / 1000)
            }
            Next::Second { last, jitter } => {
                let share = (interval * jitter.thousandths() / 1000).max(SHORTEST);
                self.or_confirming(server, last, last.saturating_add(share))
            }
            Next::After(last) => self.or_confirming(server, last, last.saturating_add(interval)),
            Next::At(at) => at,
        })
    }

    /// When a suspect can be confirmed, if that is sooner.
    fn or_confirming(&self, server: &ServerSpec, last: Duration, regular: Duration) -> Duration {
        let confirming = self.suspects.due(server.not_running_grace_period, last);
        let confirming =
            confirming.map(|due| due.saturating_add(AFTER_GRACE).max(last.saturating_add(SHORTEST)));
        confirming.map_or(regular, |confirming| confirming.min(regular))
    }

    /// A poll begins.
    #[must_use]
    pub fn asked(mut self, now: Duration) -> Self {
        self.asked = Some(now);
        self
    }

    /// A poll that had begun is given up without an answer, because its token is gone or its caller stops. It is due
    /// again as it was.
    #[must_use]
    pub fn abandoned(mut self) -> Self {
        self.asked = None;
        self.outdated = false;
        self
    }

    /// The pod became ready: what it said before it was, or what another one said, is not known of this one. It is asked
    /// at once, but for the first time, which is spread: an operator that starts finds all pods ready at once.
    #[must_use]
    pub fn pod_became_ready(mut self, now: Duration) -> Self {
        self.observed = Observation::NotYetPolled;
        self.suspects = Suspects::default();
        self.backoff.hurry();
        self.next = match self.next {
            first @ Next::First { .. } => first,
            Next::Second { .. } | Next::After(_) | Next::At(_) => Next::At(now),
        };
        self.outdated = self.is_waiting();
        self
    }

    /// The token that there is now, by its serial ([`Bearer::serial`](crate::session::Bearer)); to be told before every
    /// decision, and costs nothing while it stays the same.
    ///
    /// Without one nothing is polled, and everybody is held. A new one is tried at once where the last one failed.
    #[must_use]
    pub fn with_token(mut self, serial: Option<u64>, now: Duration) -> Self {
        if self.token == serial {
            return self;
        }
        let failed = matches!(self.observed, Observation::Unavailable(_));
        self.token = serial;
        if serial.is_none() {
            self.lost_token();
        } else if failed {
            // The old one may be what failed. A session that is refused again waits longer each time.
            self.next = Next::At(now);
        }
        self
    }
}
