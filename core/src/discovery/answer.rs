//! What follows from an answer.

use std::time::Duration;

use super::{Discovery, Next, Notice};
use crate::grace::Suspects;
use crate::moment::Moment;
use crate::observation::{EmptyKind, Observation, Why};
use crate::session::answer::{Listed, Outcome};
use crate::wire;

/// What an answer says about the token it was asked with, for [`Input::Listed`](crate::session::Input::Listed).
pub fn listed(answer: &Outcome) -> Listed {
    match answer {
        Ok(answer) => Listed::of(answer.status, answer.content_type.as_deref(), &answer.body),
        Err(_) => Listed::Other,
    }
}

fn observe(answer: &Outcome) -> Observation {
    match answer {
        Ok(answer) => wire::observe(answer.status, answer.content_type.as_deref(), &answer.body),
        Err(transport) => Observation::Unavailable(Why::NoAnswer(transport.to_string())),
    }
}

impl Discovery {
    /// Takes the answer to a poll in; its body is what was read, at most [`wire::BODY_LIMIT`] + 1 bytes.
    ///
    /// `grace` is how long an adapter may say that it does not run
    /// ([`not_running_grace_period`](crate::ServerSpec::not_running_grace_period)), and `pod_ready` whether the server's
    /// pod is ready and not terminating.
    #[must_use]
    pub fn answered(
        mut self,
        answer: &Outcome,
        moment: Moment,
        grace: Duration,
        pod_ready: bool,
    ) -> (Self, Option<Notice>) {
        let began = self.asked.take().unwrap_or(moment.now);
        let of_another = std::mem::take(&mut self.outdated);
        let notice = match observe(answer) {
            Observation::Unavailable(why) => self.failed(why, moment),
            observed if pod_ready && !of_another => self.succeeded(observed, moment.now, grace),
            Observation::Reported(_) | Observation::Empty(_) | Observation::NotYetPolled => {
                self.not_believed();
                None
            }
        };
        match &self.observed {
            Observation::Unavailable(_) => {}
            _ if of_another => self.next = Next::At(moment.now),
            Observation::Reported(_) | Observation::Empty(_) | Observation::NotYetPolled => {
                self.next = match self.next {
                    Next::First { .. } => Next::Second { last: began, jitter: moment.jitter },
                    Next::Second { .. } | Next::After(_) | Next::At(_) => Next::After(began),
                };
            }
        }
        if self.token.is_none() {
            // It went while its answer was awaited.
            self.lost_token();
        }
        (self, notice)
    }

    fn succeeded(&mut self, observed: Observation, now: Duration, grace: Duration) -> Option<Notice> {
        let failed = matches!(self.observed, Observation::Unavailable(_));
        self.backoff.succeed();
        let (suspects, observed) = match observed {
            Observation::Reported(report) => {
                let (suspects, report) = self.suspects.fold(report, now, grace);
                (suspects, Observation::Reported(report))
            }
            Observation::Empty(_) | Observation::Unavailable(_) | Observation::NotYetPolled => {
                (Suspects::default(), observed)
            }
        };
        self.suspects = suspects;
        let before = std::mem::replace(&mut self.observed, observed);
        if matches!(self.observed, Observation::Reported(_) | Observation::Empty(EmptyKind::List)) {
            self.last_success = Some(now);
        }
        match &self.observed {
            Observation::Empty(kind) if before != self.observed => Some(Notice::Empty(*kind)),
            Observation::Reported(_) if failed => Some(Notice::Recovered),
            Observation::Reported(_)
            | Observation::Empty(_)
            | Observation::Unavailable(_)
            | Observation::NotYetPolled => None,
        }
    }

    /// The server answers, but is not ready, or is not the one that runs now.
    fn not_believed(&mut self) {
        self.backoff.succeed();
        self.suspects = Suspects::default();
        self.observed = Observation::NotYetPolled;
    }

    /// No report is a gap: who does not run has to be seen so all over again (see [`grace`](crate::grace)).
    fn failed(&mut self, why: Why, moment: Moment) -> Option<Notice> {
        self.suspects = Suspects::default();
        let failure = self.backoff.fail(why.cause(), moment.jitter);
        self.next = Next::At(moment.now.saturating_add(failure.delay));
        let notice = failure.line.then(|| Notice::Failed {
            why: why.clone(),
            times: failure.times,
            retry_in: failure.delay,
        });
        if !matches!(&self.observed, Observation::Unavailable(known) if known.cause() == why.cause()) {
            self.observed = Observation::Unavailable(why);
        }
        notice
    }

    /// Nobody can be asked: everybody is held; where nobody was asked before, everybody is anyway.
    pub(super) fn lost_token(&mut self) {
        match &self.observed {
            Observation::Reported(_) | Observation::Empty(_) => {
                self.observed = Observation::Unavailable(Why::NoToken);
                self.suspects = Suspects::default();
            }
            // What failed says more, and holds too.
            Observation::Unavailable(_) | Observation::NotYetPolled => {}
        }
    }
}
