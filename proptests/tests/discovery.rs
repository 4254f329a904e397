//! Polling, over whatever histories there are (DISC-01, DISC-02, OBSV-03, SAFE-04).

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may give up as tests do")]

use std::time::Duration;

use dittofs_core::discovery::{Discovery, SHORTEST};
use dittofs_core::session::answer::{Outcome, Response, Transport};
use dittofs_core::{Jitter, Moment, Observation, ServerSpec, State, backoff};
use proptest::prelude::*;

/// What happens next.
#[derive(Clone, Copy, Debug)]
enum Happens {
    /// Time passes until a poll is due, and a while longer; then this is answered.
    Poll {
        late: u64,
        answer: Answer,
        ready: bool,
    },
    PodReady,
    /// The interval becomes so many seconds.
    Interval(u64),
    /// Time passes.
    Passes(u64),
}

#[derive(Clone, Copy, Debug)]
enum Answer {
    Running,
    NotRunning,
    Empty,
    Refused,
    Status(u16),
}

impl Answer {
    fn outcome(self) -> Outcome {
        let (status, body) = match self {
            Self::Running => (200, r#"[{"type":"nfs","enabled":true,"running":true,"port":12049}]"#),
            Self::NotRunning => (200, r#"[{"type":"nfs","enabled":true,"running":false,"port":12049}]"#),
            Self::Empty => (200, "[]"),
            Self::Refused => return Err(Transport::Refused),
            Self::Status(status) => (status, "no"),
        };
        let content_type = Some("application/json".to_owned());
        Ok(Response { status, content_type, body: body.as_bytes().to_vec() })
    }
}

fn happens() -> impl Strategy<Value = Happens> {
    let answer = prop_oneof![
        3 => Just(Answer::Running),
        4 => Just(Answer::NotRunning),
        1 => Just(Answer::Empty),
        2 => Just(Answer::Refused),
        1 => prop_oneof![Just(401), Just(403), Just(404), Just(503)].prop_map(Answer::Status),
    ];
    prop_oneof![
        8 => (0..3_u64, answer, prop::bool::weighted(0.9))
            .prop_map(|(late, answer, ready)| Happens::Poll { late, answer, ready }),
        1 => Just(Happens::PodReady),
        1 => (1..120_u64).prop_map(Happens::Interval),
        1 => (0..40_u64).prop_map(Happens::Passes),
    ]
}

/// What an onlooker has seen, who knows nothing of how it is done.
#[derive(Default)]
struct Onlooker {
    last_poll: Option<Duration>,
    failures: u32,
    /// Something happened since the last poll that makes the next one due at once.
    hurried: bool,
    /// Since when every answer of a ready server said that the adapter does not run, and how many did.
    stopped: Option<(Duration, u32)>,
}

proptest! {
    #[test]
    fn obsv_03_disc_02_safe_04_polls_are_neither_too_often_nor_ever_missed_and_confirm_only_what_lasts(
        steps in prop::collection::vec((happens(), 0..=1000_u16), 1..60),
        grace in 0..60_u64,
    ) {
        let mut now = Duration::from_secs(100);
        let mut server = ServerSpec::new("files", "srv");
        server.not_running_grace_period = Duration::from_secs(grace);
        let grace = server.not_running_grace_period;
        let mut discovery = Discovery::new(Moment { now, jitter: Jitter::MIDDLE }).with_token(Some(1), now);
        let mut seen = Onlooker::default();
        for (step, jitter) in steps {
            match step {
                Happens::Passes(seconds) => now += Duration::from_secs(seconds),
                Happens::Interval(seconds) => server.polling_interval = Duration::from_secs(seconds),
                Happens::PodReady => {
                    discovery = discovery.pod_became_ready(now);
                    prop_assert!(seen.last_poll.is_none() || discovery.due(&server) == Some(now));
                    (seen.hurried, seen.stopped) = (true, None);
                    // The delay starts over.
                    seen.failures = 0;
                }
                Happens::Poll { late, answer, ready } => {
                    let due = discovery.due(&server).unwrap();
                    prop_assert!(due <= now + server.polling_interval.max(backoff::LONGEST), "never missed");
                    let at = due.max(now);
                    if let Some(last) = seen.last_poll.filter(|_| !seen.hurried) {
                        let least = match seen.failures {
                            0 => SHORTEST,
                            n => backoff::delay(n - 1, Jitter::new(0)),
                        };
                        let gap = at.saturating_sub(last);
                        prop_assert!(gap >= least, "{gap:?} after the last poll, {}", seen.failures);
                        prop_assert!(seen.failures > 0 || due <= last + server.polling_interval, "DISC-02");
                    }
                    now = at + Duration::from_secs(late);
                    let moment = Moment { now, jitter: Jitter::new(jitter) };
                    discovery = discovery.asked(now);
                    prop_assert_eq!(discovery.due(&server), None);
                    discovery = discovery.answered(&answer.outcome(), moment, grace, ready).0;
                    seen.poll(now, answer, ready);
                    seen.agrees(discovery.observation(), now, grace)?;
                }
            }
        }
    }
}

impl Onlooker {
    fn poll(&mut self, now: Duration, answer: Answer, ready: bool) {
        (self.last_poll, self.hurried) = (Some(now), false);
        match answer {
            Answer::Refused | Answer::Status(_) => self.failures += 1,
            Answer::Running | Answer::NotRunning | Answer::Empty => self.failures = 0,
        }
        self.stopped = match (answer, ready, self.stopped) {
            (Answer::NotRunning, true, None) => Some((now, 1)),
            (Answer::NotRunning, true, Some((since, count))) => Some((since, count + 1)),
            _ => None,
        };
    }

    fn agrees(&self, observed: &Observation, now: Duration, grace: Duration) -> Result<(), TestCaseError> {
        let lasts = self.stopped.is_some_and(|(since, count)| count > 1 && now.saturating_sub(since) > grace);
        let Observation::Reported(report) = observed else {
            prop_assert!(self.stopped.is_none(), "a report of a ready server is kept");
            return Ok(());
        };
        let confirmed = report.entries()[0].state == State::NotRunning { confirmed: true };
        prop_assert_eq!(confirmed, lasts);
        Ok(())
    }
}
