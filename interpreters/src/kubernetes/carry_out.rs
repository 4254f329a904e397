//! A list of effects, in its order; a failed one stops those that depend on it, and no others.

use std::collections::BTreeSet;

use dittofs_core::effects::{Effect, Executed, Interpreter, Progress};
use dittofs_core::stopped_by;

/// Carries effects out one after another, and says for each what became of it. Between two effects `goes_on` is asked
/// whether to; what is then left is not executed, nor what depends on one that failed.
pub async fn carry_out(
    effects: Vec<Effect>,
    interpreter: &mut impl Interpreter,
    goes_on: impl Fn() -> bool,
) -> Vec<Executed> {
    let mut executed = Executed::nothing(effects.clone());
    let mut stopped = BTreeSet::new();
    for (index, step) in executed.iter_mut().enumerate() {
        if stopped.contains(&index) {
            continue;
        }
        if !goes_on() {
            break;
        }
        step.outcome = Some(interpreter.interpret(&step.effect).await);
        if step.progress() != Progress::Done {
            stopped.extend(stopped_by(&effects, index));
        }
    }
    executed
}
