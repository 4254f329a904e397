//! An effect, and what became of it.

use crate::{Effect, Outcome};

/// An effect that was decided, with what the world answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Executed {
    /// What was decided.
    pub effect: Effect,
    /// The answer; `None` for what nobody executed: not yet, since an earlier effect failed, or since the mode forbids it.
    pub outcome: Option<Outcome>,
}

/// How far an effect has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// There is nothing left to do for it.
    Done,
    /// It is still to be done, or to be decided again from a fresh view.
    Pending,
    /// It was refused.
    Failed(Failure),
}

/// Why the API server refused an effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// In one word, of a closed set.
    pub reason: &'static str,
    /// The API server's words, where it has any.
    pub message: String,
    /// Trying again will not help: somebody has to do something.
    pub needs_somebody: bool,
}

impl Executed {
    /// Effects of which nothing was executed.
    pub fn nothing(effects: Vec<Effect>) -> Vec<Self> {
        effects.into_iter().map(|effect| Self { effect, outcome: None }).collect()
    }

    /// How far it has come.
    pub fn progress(&self) -> Progress {
        match (&self.effect, &self.outcome) {
            // A hold is nothing to do; what is gone already need not be deleted.
            (Effect::Hold(_), _) | (Effect::Delete(_), Some(Outcome::NotFound)) => Progress::Done,
            (_, None) => Progress::Pending,
            (_, Some(outcome)) => outcome.progress(),
        }
    }
}

impl Outcome {
    fn progress(&self) -> Progress {
        let failed = |reason, message: &str, needs_somebody| {
            Progress::Failed(Failure { reason, message: message.to_owned(), needs_somebody })
        };
        match self {
            Self::Written(_) | Self::Deleted | Self::Held => Progress::Done,
            // The next decision sees what is there.
            Self::Conflict | Self::NotFound | Self::AlreadyExists => Progress::Pending,
            Self::Invalid(words) => failed("Invalid", words, true),
            Self::Forbidden(words) => failed("Forbidden", words, true),
            Self::NodePortsExhausted => {
                failed("NodePortsExhausted", "the cluster has no free node port", true)
            }
            Self::Unavailable(words) => failed("Unavailable", words, false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Cause, Delete, Hold, HoldCode, Kind, ObjectRef, Reason, ResourceVersion, Seen, Uid};

    fn seen() -> Seen {
        Seen { uid: Uid::new("u").unwrap(), resource_version: ResourceVersion::new("7").unwrap() }
    }

    fn deletion() -> Effect {
        let target = ObjectRef { kind: Kind::Service, namespace: "n".into(), name: "s".into() };
        let reason = Reason::from(Cause::Absent);
        Effect::Delete(Delete { target, adapter: None, reason, precondition: seen() })
    }

    fn update() -> Effect {
        Effect::Update(crate::Update {
            target: deletion().target().unwrap(),
            adapter: None,
            reason: Reason::from(Cause::Absent),
            precondition: crate::Precondition::Seen(seen()),
            guards: Vec::new(),
            patch: json_patch::Patch::default(),
        })
    }

    fn progress(effect: Effect, outcome: Outcome) -> Progress {
        Executed { effect, outcome: Some(outcome) }.progress()
    }

    #[test]
    fn every_answer_is_done_pending_or_failed() {
        let hold = Effect::Hold(Hold { adapter: None, code: HoldCode::Paused, reason: String::new() });
        let nothing = Executed::nothing(vec![deletion(), hold]);
        assert_eq!(
            nothing.iter().map(Executed::progress).collect::<Vec<_>>(),
            [Progress::Pending, Progress::Done]
        );
        for outcome in [Outcome::Written(seen()), Outcome::Deleted, Outcome::Held] {
            assert_eq!(progress(update(), outcome), Progress::Done);
        }
        for outcome in [Outcome::Conflict, Outcome::NotFound, Outcome::AlreadyExists] {
            assert_eq!(progress(update(), outcome), Progress::Pending);
        }
        assert_eq!(progress(deletion(), Outcome::NotFound), Progress::Done);
        assert_eq!(progress(deletion(), Outcome::Conflict), Progress::Pending);
    }

    #[test]
    fn a_refusal_says_who_can_help() {
        for (outcome, reason, needs_somebody) in [
            (Outcome::Invalid("no".into()), "Invalid", true),
            (Outcome::Forbidden("no".into()), "Forbidden", true),
            (Outcome::NodePortsExhausted, "NodePortsExhausted", true),
            (Outcome::Unavailable("no".into()), "Unavailable", false),
        ] {
            let Progress::Failed(failure) = progress(update(), outcome) else { panic!("{reason}") };
            assert_eq!((failure.reason, failure.needs_somebody), (reason, needs_somebody));
            assert!(failure.message.contains("no"));
        }
    }
}
