//! Closing first, opening last.

use std::collections::BTreeSet;

use dittofs_effects::{Cause, Effect, Kind, Outcome};
use serde_json::Value;

use super::Verdict;
use crate::case::Decided;
use crate::raw;

pub(super) fn closes_first_and_opens_last(d: &Decided) -> Verdict {
    let mut stage = 0;
    for (index, (effect, outcome)) in d.writes().enumerate() {
        if !matches!(outcome, Outcome::Written(_) | Outcome::Deleted) {
            continue;
        }
        let stages = stages(d, index, effect);
        let next = stages.iter().find(|s| **s >= stage);
        ensure!(
            next.is_some(),
            "{:?} belongs to stage {stages:?}, and follows stage {stage}",
            effect.target()
        );
        stage = *next.unwrap();
    }
    let holds =
        d.effects.iter().skip_while(|e| matches!(e, Effect::Hold(_))).any(|e| matches!(e, Effect::Hold(_)));
    ensure!(!holds, "a hold stands among effects");
    Ok(())
}

/// The stages in which an effect may stand, in the order of `core`'s `order`.
fn stages(d: &Decided, index: usize, effect: &Effect) -> Vec<u8> {
    let target = effect.target().unwrap();
    let cause = effect.reason().map(|r| &r.cause);
    let goes = !matches!(cause, Some(Cause::ReplacementApproved | Cause::SurplusPolicy));
    match (target.kind, effect) {
        // The server's own objects: those that a pod stands on before it, the others last.
        (Kind::Service, Effect::Delete(_)) if effect.adapter().is_none() => vec![2],
        (Kind::ConfigMap | Kind::Secret | Kind::Service, _)
            if effect.adapter().is_none() && !matches!(effect, Effect::Delete(_)) =>
        {
            vec![3]
        }
        (Kind::ConfigMap | Kind::Secret, _) => vec![3, 9],
        (Kind::PersistentVolumeClaim | Kind::Pod | Kind::ServiceMonitor, _) => vec![2, 9],
        (Kind::StatefulSet, Effect::Delete(_)) => vec![1],
        (Kind::NetworkPolicy, Effect::Delete(_)) if goes => vec![1],
        (Kind::Service, Effect::Delete(_)) if goes => vec![2],
        (Kind::StatefulSet, _) => vec![4],
        (Kind::Service, _) => vec![6],
        (Kind::NetworkPolicy, Effect::Delete(_)) => vec![if effect.adapter().is_some() { 7 } else { 8 }],
        (Kind::NetworkPolicy, Effect::Create(_)) => vec![if effect.adapter().is_some() { 5 } else { 0 }],
        (Kind::NetworkPolicy, _) => {
            let before = raw::target(&d.worlds[index], &target);
            let after = raw::target(&d.worlds[index + 1], &target);
            let (opens, closes) = (opened(before, after), opened(after, before));
            let (first, last) = if effect.adapter().is_some() { (5, 7) } else { (0, 8) };
            match (opens, closes) {
                // A policy of an adapter is written once: what it closes is closed at its own place.
                (true, _) => vec![first],
                (false, true) if effect.adapter().is_none() => vec![last],
                (false, _) => vec![first, last],
            }
        }
    }
}

/// Whether the second one opens a port that the first one does not.
fn opened(before: Option<&Value>, after: Option<&Value>) -> bool {
    let ports = |policy: Option<&Value>| -> BTreeSet<String> {
        let rules = policy.map_or(&[][..], |p| raw::list(p, "/spec/ingress")).iter();
        let every = |r: &&Value| raw::list(r, "/ports").is_empty();
        let all = rules.clone().filter(every).map(|_| "every".to_owned());
        let port = |p: &Value| format!("{}/{:?}/{}", raw::protocol(p), p.get("port"), p["endPort"]);
        all.chain(rules.flat_map(|r| raw::list(r, "/ports")).map(port)).collect()
    };
    let (before, after) = (ports(before), ports(after));
    !before.contains("every") && after.difference(&before).next().is_some()
}
