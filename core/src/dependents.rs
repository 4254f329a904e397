//! What must not be done once something failed: what relies on it, and nothing else.
//!
//! | failed | then not done |
//! | --- | --- |
//! | the first write of the baseline | whatever isolates the pod, exposes an adapter, or takes away its last policy |
//! | a later write of the baseline | what narrows the baseline further |
//! | an adapter's policy or Service, written or replaced | what follows for this adapter; narrowing the baseline, which still serves it |
//! | an adapter's policy, withdrawn | nothing: its Service goes all the same |
//! | anything of an object | the next write of the same object |
//! | the StatefulSet | nothing: container ports are a prerequisite of nothing |

use std::collections::BTreeSet;

use dittofs_effects::{Cause, Effect, Kind};

/// The indices of those effects after `failed` that must not be executed, in ascending order.
///
/// `effects` is a decided list, or its effects without the holds. What is stopped so has failed too, but for that nothing
/// more is stopped: the list is complete.
pub fn stopped_by(effects: &[Effect], failed: usize) -> Vec<usize> {
    let mut broken: BTreeSet<usize> = [failed].into();
    for later in failed.saturating_add(1)..effects.len() {
        let relies = |index: &usize| relies(&effects[later], &effects[*index]);
        if broken.iter().any(relies) {
            broken.insert(later);
        }
    }
    broken.into_iter().filter(|index| *index != failed).collect()
}

fn relies(later: &Effect, failed: &Effect) -> bool {
    let (Some(target), Some(of)) = (later.target(), failed.target()) else { return false };
    if target == of {
        return true;
    }
    match (part(later), part(failed)) {
        (Part::Workload, _)
        | (_, Part::Workload | Part::Withdrawing)
        | (Part::Withdrawing, Part::Exposing) => false,
        // The first to be written and the last: what stands between them tells which one it was.
        (_, Part::Baseline) | (Part::Baseline, Part::Exposing) => true,
        (Part::Exposing, Part::Exposing) => later.adapter() == failed.adapter(),
    }
}

/// What part of a plan an effect belongs to.
#[derive(Clone, Copy)]
enum Part {
    Baseline,
    /// Of an adapter that is served: written, replaced, or rid of what is too much.
    Exposing,
    Withdrawing,
    Workload,
}

fn part(effect: &Effect) -> Part {
    let kind = effect.target().map(|target| target.kind);
    match (kind, effect.adapter(), effect) {
        (Some(Kind::StatefulSet) | None, ..) => Part::Workload,
        (Some(_), None, _) => Part::Baseline,
        (Some(_), Some(_), Effect::Delete(delete)) if !goes_on(&delete.reason.cause) => Part::Withdrawing,
        (Some(_), Some(_), _) => Part::Exposing,
    }
}

/// Deleted of an adapter that goes on being served.
const fn goes_on(cause: &Cause) -> bool {
    matches!(cause, Cause::SurplusPolicy | Cause::ReplacementApproved)
}
