//! The operator may crash between any two effects (SAFE-01).

use dittofs_effects::{AdapterType, Cause, Effect, Kind, Protocol};

use super::Verdict;
use crate::case::Decided;
use crate::open::{Openness, served};

pub(super) fn opens_nothing(d: &Decided) -> Verdict {
    let open: Vec<_> = d.views.iter().map(|view| Openness::of(view, &d.server)).collect();
    let (before, after) = (&open[0], &open[open.len() - 1]);
    for (count, between) in open.iter().enumerate() {
        let beyond = between.beyond(before, after);
        ensure!(
            beyond.is_none(),
            "after {count} effects {} is open, and is neither before nor after",
            beyond.unwrap()
        );
    }
    Ok(())
}

pub(super) fn cuts_nobody_off(d: &Decided) -> Verdict {
    let served: Vec<_> = d
        .views
        .iter()
        .zip(&d.worlds)
        .map(|(view, world)| served(view, world, d.before(), &d.server))
        .collect();
    let after = &served[served.len() - 1];
    let held = |adapter: &AdapterType| {
        d.holds().any(|h| h.adapter.as_ref() == Some(adapter) && !super::holds::is_partial(h))
    };
    let kept = served[0].iter().filter(|port| after.contains(port) || held(&port.0));
    for always in kept.filter(|(adapter, ..)| !is_replaced(d, adapter)) {
        let lost = served.iter().position(|between| !between.contains(always));
        ensure!(
            lost.is_none(),
            "{always:?} is served before, and is to be so after; it is not after {} effects",
            lost.unwrap()
        );
    }
    Ok(())
}

/// Somebody approved to replace the adapter's Service by another one, which takes its name and so comes after it.
fn is_replaced(d: &Decided, adapter: &AdapterType) -> bool {
    let replaced = |e: &Effect| {
        matches!(e, Effect::Delete(delete) if delete.target.kind == Kind::Service
            && delete.reason.cause == Cause::ReplacementApproved
            && delete.adapter.as_ref() == Some(adapter)
            && d.effects.iter().any(|c| matches!(c, Effect::Create(_)) && c.target().as_ref() == Some(&delete.target)))
    };
    d.effects.iter().any(replaced)
}

pub(super) fn keeps_the_api_reachable(d: &Decided) -> Verdict {
    let admits = |view| Openness::of(view, &d.server).admits(Protocol::Tcp, d.server.api_port.get());
    if admits(d.seen()) {
        let lost = d.views.iter().position(|view| !admits(view));
        ensure!(lost.is_none(), "the API is cut off after {} effects", lost.unwrap());
    }
    Ok(())
}
