//! Writes that failed are not tried again at once: not even when the cluster changes in the meantime.

use std::collections::BTreeMap;
use std::time::Duration;

use dittofs_core::Jitter;
use dittofs_core::backoff::Backoff;
use dittofs_core::effects::{Effect, Interpreter, ObjectRef, Outcome};

/// Failed writes of one server, by target.
#[derive(Debug, Default)]
pub struct Cooling(BTreeMap<ObjectRef, Failed>);

#[derive(Debug)]
struct Failed {
    outcome: Outcome,
    backoff: Backoff<&'static str>,
    until: Duration,
}

impl Cooling {
    /// A write failed. Says whether that is worth a line in the log, and when it is tried again.
    pub fn fail(
        &mut self,
        target: ObjectRef,
        outcome: Outcome,
        now: Duration,
        jitter: Jitter,
    ) -> (bool, Duration) {
        let cause = cause(&outcome);
        let failed = self.0.entry(target).or_insert_with(|| Failed {
            outcome: Outcome::Held,
            backoff: Backoff::default(),
            until: now,
        });
        let failure = failed.backoff.fail(cause, jitter);
        failed.outcome = outcome;
        failed.until = now.saturating_add(failure.delay);
        (failure.line, failure.delay)
    }

    /// A write succeeded.
    pub fn succeed(&mut self, target: &ObjectRef) {
        self.0.remove(target);
    }

    /// Keeps those that somebody still wants to write.
    pub fn retain(&mut self, is_wanted: impl Fn(&ObjectRef) -> bool) {
        self.0.retain(|target, _| is_wanted(target));
    }

    /// What is answered without asking, by target.
    pub fn answers(&self, now: Duration) -> BTreeMap<ObjectRef, Outcome> {
        let cooling = self.0.iter().filter(|(_, failed)| now < failed.until);
        cooling.map(|(target, failed)| (target.clone(), failed.outcome.clone())).collect()
    }

    /// When the next write may be tried again that could not yet be at `since`. Those that could, and were not, wait for
    /// something else.
    pub fn due(&self, since: Duration) -> Option<Duration> {
        self.0.values().map(|failed| failed.until).filter(|until| since < *until).min()
    }
}

/// A kind of failure: texts differ from try to try.
pub const fn cause(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Written(_) | Outcome::Deleted | Outcome::Held => "None",
        Outcome::Conflict => "Conflict",
        Outcome::NotFound => "NotFound",
        Outcome::AlreadyExists => "AlreadyExists",
        Outcome::Invalid(_) => "Invalid",
        Outcome::Forbidden(_) => "Forbidden",
        Outcome::NodePortsExhausted => "NodePortsExhausted",
        Outcome::Unavailable(_) => "Unavailable",
    }
}

/// Answers for those that are cooling, and asks for the others.
pub struct Cooled<I> {
    /// Who carries effects out.
    pub interpreter: I,
    /// What is answered without asking.
    pub answers: BTreeMap<ObjectRef, Outcome>,
}

impl<I: Interpreter> Interpreter for Cooled<I> {
    async fn interpret(&mut self, effect: &Effect) -> Outcome {
        match effect.target().and_then(|target| self.answers.get(&target)) {
            Some(outcome) => outcome.clone(),
            None => self.interpreter.interpret(effect).await,
        }
    }
}
