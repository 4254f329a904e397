//! What no state on the way from one world to another may be, however it came about (SAFE-01).

use dittofs_core::ClusterView;
use dittofs_effects::{AdapterType, Cause, Effect, Kind};
use dittofs_interpreters::memory::World;

use super::Verdict;
use crate::case::Decided;
use crate::open::{Openness, served};

/// Nothing is open that is neither before the plan nor after all of it.
///
/// # Errors
/// What is open.
pub fn opens_nothing<'a>(d: &Decided, views: impl Iterator<Item = &'a ClusterView>) -> Verdict {
    let (before, after) = (Openness::of(d.seen(), &d.server), Openness::of(d.left(), &d.server));
    for (count, view) in views.enumerate() {
        let beyond = Openness::of(view, &d.server).beyond(&before, &after);
        ensure!(
            beyond.is_none(),
            "after {count} effects {} is open, and is neither before nor after",
            beyond.unwrap()
        );
    }
    Ok(())
}

/// Nobody loses a port that is served before the plan and after all of it, nor one that is held.
///
/// # Errors
/// What is lost.
pub fn cuts_nobody_off<'a>(
    d: &Decided,
    worlds: impl Iterator<Item = (&'a World, &'a ClusterView)>,
) -> Verdict {
    let serves = |world: &World, view: &ClusterView| served(view, world, d.before(), &d.server);
    let (before, after) = (serves(d.before(), d.seen()), serves(d.after(), d.left()));
    let held = |adapter: &AdapterType| {
        d.holds().any(|h| h.adapter.as_ref() == Some(adapter) && !super::holds::is_partial(h))
    };
    let kept = before.iter().filter(|port| after.contains(port) || held(&port.0));
    let kept: Vec<_> = kept.filter(|(adapter, ..)| !is_replaced(d, adapter)).collect();
    for (count, (world, view)) in worlds.enumerate() {
        let now = serves(world, view);
        let lost = kept.iter().find(|port| !now.contains(port));
        ensure!(
            lost.is_none(),
            "{:?} is served before, and is to be so after; it is not after {count} effects",
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
