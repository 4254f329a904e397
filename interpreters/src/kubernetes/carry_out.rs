//! A list of effects, in its order; a failed one stops those that depend on it, and no others.

use std::collections::BTreeSet;

use dittofs_core::dependents::stopped_by;
use dittofs_core::effects::{Effect, Interpreter, Outcome};

/// What became of an effect.
#[derive(Clone, Debug, PartialEq)]
pub enum Executed {
    /// It was carried out, or tried.
    Tried(Outcome),
    /// It was not tried, since one that it depends on failed; by its place in the list.
    Skipped {
        /// Which one failed.
        because_of: usize,
    },
}

/// Carries effects out one after another, and says for each what became of it. Stops between two effects when
/// `go_on` says so: the rest counts as never decided, and is missing from the answer.
pub async fn carry_out(
    effects: &[Effect],
    interpreter: &mut impl Interpreter,
    go_on: impl Fn() -> bool,
) -> Vec<Executed> {
    let mut executed = Vec::with_capacity(effects.len());
    let mut stopped: BTreeSet<(usize, usize)> = BTreeSet::new();
    for (index, effect) in effects.iter().enumerate() {
        if !go_on() {
            break;
        }
        let skipped = stopped.iter().find(|(later, _)| *later == index).map(|(_, because_of)| *because_of);
        let result = match skipped {
            Some(because_of) => Executed::Skipped { because_of },
            None => Executed::Tried(interpreter.interpret(effect).await),
        };
        if let Executed::Tried(outcome) = &result
            && !is_success(effect, outcome)
        {
            stopped.extend(stopped_by(effects, index).into_iter().map(|later| (later, index)));
        }
        executed.push(result);
    }
    executed
}

/// A deletion of what is gone already is one.
fn is_success(effect: &Effect, outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Written(_) | Outcome::Deleted | Outcome::Held => true,
        Outcome::NotFound => matches!(effect, Effect::Delete(_)),
        Outcome::Conflict
        | Outcome::AlreadyExists
        | Outcome::Invalid(_)
        | Outcome::Forbidden(_)
        | Outcome::NodePortsExhausted
        | Outcome::Unavailable(_) => false,
    }
}
