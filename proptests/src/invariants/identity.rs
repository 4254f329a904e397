//! Whose objects are written, and which ones exactly.

use std::collections::BTreeSet;

use dittofs_effects::{Cause, Effect, Kind, ObjectRef, Outcome, Precondition, Seen};

use super::Verdict;
use crate::case::Decided;
use crate::raw;

pub(super) fn leaves_foreign_objects_alone(d: &Decided) -> Verdict {
    let kinds: &[&str] = if d.case.whole {
        &["Service", "NetworkPolicy", "StatefulSet", "ConfigMap", "Secret"]
    } else {
        &["Service", "NetworkPolicy", "StatefulSet"]
    };
    let deleted = |target: &ObjectRef| {
        d.effects.iter().any(|e| matches!(e, Effect::Delete(delete) if delete.target == *target))
    };
    for (effect, _) in d.writes() {
        let target = effect.target().unwrap();
        ensure!(target.namespace == d.server.namespace, "{target} is in another namespace");
        let object = raw::target(d.before(), &target);
        // Claims outlive their server, and pods are the StatefulSet's: both are known otherwise.
        let known = matches!(target.kind, Kind::PersistentVolumeClaim | Kind::Pod);
        let ours = object.is_none_or(|o| known || raw::is_ours(o, &d.server));
        ensure!(ours, "{target} is not ours, and is written");
        let blind = matches!(effect, Effect::Create(_)) && object.is_some() && !deleted(&target);
        ensure!(!blind, "{target} exists, and is created");
    }
    for (key, object) in d.before().iter() {
        let role =
            [key.name.ends_with("-api"), key.name.ends_with("-headless"), key.name.ends_with("-metrics")];
        let other_role = !d.case.whole && key.kind == "Service" && role.contains(&true);
        if d.case.whole && matches!(key.kind.as_str(), "PersistentVolumeClaim" | "Pod") {
            continue;
        }
        let written = kinds.contains(&key.kind.as_str()) && key.namespace == d.server.namespace;
        if written && raw::is_ours(object, &d.server) && !other_role {
            continue;
        }
        let changed = d.worlds.iter().position(|world| world.get(key) != Some(object));
        ensure!(changed.is_none(), "{key} is not ours, and is changed by effect {}", changed.unwrap());
    }
    Ok(())
}

pub(super) fn names_what_was_seen(d: &Decided) -> Verdict {
    let mut written: BTreeSet<ObjectRef> = BTreeSet::new();
    for (effect, _) in d.writes() {
        let target = effect.target().unwrap();
        match effect {
            Effect::Create(_) | Effect::Hold(_) => {}
            Effect::Update(update) => {
                match &update.precondition {
                    Precondition::Seen(seen) => {
                        ensure!(!written.contains(&target), "{target} is written twice as it was seen once");
                        is_in_view(d, &target, seen)?;
                    }
                    Precondition::AfterEarlierWrite => {
                        ensure!(written.contains(&target), "{target} follows no earlier write");
                    }
                }
                for guard in &update.guards {
                    let pod = |p: &&dittofs_core::PodView| p.name == guard.name && p.uid == guard.uid;
                    let pod = d.seen().pods.iter().find(pod);
                    ensure!(
                        pod.is_some_and(|p| p.revision == guard.revision),
                        "{target} is guarded by {guard:?}"
                    );
                }
            }
            Effect::Delete(delete) => {
                ensure!(!written.contains(&target), "{target} is deleted after it was written");
                is_in_view(d, &target, &delete.precondition)?;
            }
        }
        written.insert(target);
    }
    Ok(())
}

fn is_in_view(d: &Decided, target: &ObjectRef, seen: &Seen) -> Verdict {
    let Some(object) = raw::target(d.before(), target) else {
        return Err(format!("{target} is not in the view"));
    };
    let same = raw::text(object, "/metadata/uid") == seen.uid.as_str()
        && raw::text(object, "/metadata/resourceVersion") == seen.resource_version.as_str();
    ensure!(same, "{target} was not seen as {seen:?}");
    Ok(())
}

pub(super) fn leaves_the_terminating_alone(d: &Decided) -> Verdict {
    for (effect, _) in d.writes() {
        let target = effect.target().unwrap();
        let terminating = raw::target(d.before(), &target).is_some_and(raw::is_terminating);
        ensure!(!terminating, "{target} is being deleted, and is written");
    }
    Ok(())
}

/// Node ports that the resource states may be somebody else's, and a Service that goes slowly keeps its name.
pub(super) fn is_accepted(d: &Decided) -> Verdict {
    for (effect, outcome) in d.writes() {
        let target = effect.target().unwrap();
        let accepted = match outcome {
            Outcome::Written(_) | Outcome::Deleted => true,
            Outcome::Invalid(why) => why.contains("nodePort") && why.contains("provided port"),
            Outcome::AlreadyExists => {
                effect.reason().is_some_and(|r| r.cause == Cause::ReplacementApproved)
                    && d.left().adapters.values().flat_map(|o| &o.services).any(|s| s.terminating)
            }
            _ => false,
        };
        ensure!(accepted, "{target}: {outcome:?}\n{effect:?}");
    }
    Ok(())
}
