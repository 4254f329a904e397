//! What must not be done once something failed: what relies on it, and nothing else.
//!
//! | failed | then not done |
//! | --- | --- |
//! | the first write of the baseline | whatever isolates the pod, exposes an adapter, or takes away its last policy; the StatefulSet, if it is to be made |
//! | a later write of the baseline | what narrows the baseline further |
//! | an adapter's policy or Service, written or replaced | what follows for this adapter; narrowing the baseline, which still serves it |
//! | an adapter's policy, withdrawn | nothing: its Service goes all the same |
//! | anything of an object | the next write of the same object |
//! | the StatefulSet | nothing: container ports are a prerequisite of nothing |
//! | ConfigMap or Secret | the StatefulSet: its template would say that the pod has what it does not |
//! | another of the server's own objects | nothing |

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
        (Part::Start | Part::Workload, Part::Content) | (Part::Start, Part::Baseline) => true,
        (Part::Start | Part::Workload | Part::Content | Part::Beside, _)
        | (_, Part::Start | Part::Workload | Part::Content | Part::Beside | Part::Withdrawing)
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
    /// The StatefulSet is made, and its pod with it, which no policy would guard yet.
    Start,
    Workload,
    /// What the pod is started with.
    Content,
    /// The server's own Services, volumes, ServiceMonitor, and a pod that a rollout left behind.
    Beside,
}

fn part(effect: &Effect) -> Part {
    let kind = effect.target().map(|target| target.kind);
    match (kind, effect.adapter(), effect) {
        (Some(Kind::StatefulSet), _, Effect::Create(_)) => Part::Start,
        (Some(Kind::StatefulSet) | None, ..) => Part::Workload,
        (Some(Kind::ConfigMap | Kind::Secret), ..) => Part::Content,
        (Some(Kind::PersistentVolumeClaim | Kind::Pod | Kind::ServiceMonitor), ..)
        | (Some(Kind::Service), None, _) => Part::Beside,
        (Some(Kind::NetworkPolicy), None, _) => Part::Baseline,
        (Some(Kind::NetworkPolicy | Kind::Service), Some(_), Effect::Delete(delete))
            if !goes_on(&delete.reason.cause) =>
        {
            Part::Withdrawing
        }
        (Some(Kind::NetworkPolicy | Kind::Service), Some(_), _) => Part::Exposing,
    }
}

/// Deleted of an adapter that goes on being served.
const fn goes_on(cause: &Cause) -> bool {
    matches!(cause, Cause::SurplusPolicy | Cause::ReplacementApproved)
}
