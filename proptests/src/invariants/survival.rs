//! What stays the same: the second decision, the decision on another order, the fields that we do not know.

use std::collections::BTreeMap;

use dittofs_core::{Observation, decide};
use dittofs_effects::{Effect, HoldCode, Kind, Outcome};
use serde_json::Value;

use super::Verdict;
use crate::case::{Decided, view_of};
use crate::raw;

/// Labels of ours, and annotations that a resource asks for.
const OURS: [&str; 5] = ["app", "instance", "team", "tier", "kept"];

/// Prefix of fields that no version of Kubernetes has.
pub const UNKNOWN: &str = "x-unknown";

/// A pod that lost an annotation looks as if a restart had been asked for, which `RollingUpdate` never looks at: what is
/// decided under `OnDelete` is then the restart.
pub(super) fn is_idempotent(d: &Decided) -> Verdict {
    // Without the pod that a broken rollout left behind, a server in a file is ready, and its report counts.
    let pod_gone =
        d.effects.iter().any(|e| matches!(e, Effect::Delete(delete) if delete.target.kind == Kind::Pod));
    if !d.went_well() || d.server.deleting || pod_gone {
        return Ok(());
    }
    let again = d.again(d.after());
    let restart = |e: &Effect| e.target().is_some_and(|t| t.kind == Kind::StatefulSet);
    let more: Vec<_> = again.iter().filter(|e| !matches!(e, Effect::Hold(_)) && !restart(e)).collect();
    ensure!(more.is_empty(), "decided again: {more:?}");
    let mut world = d.after().clone();
    let mut rounds = 0;
    loop {
        let again =
            Decided::new(crate::case::Case { world: world.clone(), ..d.case.clone() }, d.server.clone());
        if again.writes().next().is_none() {
            return Ok(());
        }
        if again.outcomes.iter().any(|o| !matches!(o, Outcome::Written(_) | Outcome::Deleted)) {
            return Ok(());
        }
        rounds += 1;
        ensure!(rounds <= 6, "no rest after {rounds} rounds: {:?}", again.effects);
        world = again.after().clone();
        world.settle();
    }
}

/// What is decided. The sentence about entries without a name says where they stand.
fn shape(effects: &[Effect]) -> Vec<Effect> {
    let mut shape = effects.to_vec();
    for effect in &mut shape {
        if let Effect::Hold(hold) = effect
            && hold.code == HoldCode::UnnamedEntry
        {
            hold.reason.clear();
        }
    }
    shape
}

pub(super) fn is_deterministic(d: &Decided) -> Verdict {
    ensure!(d.again(d.before()) == d.effects, "two decisions on one input differ");
    let mut objects = d.before().objects().unwrap();
    objects.reverse();
    for turn in [0, objects.len() / 2] {
        let mut turned = objects.clone();
        turned.rotate_left(turn);
        let view = view_of(&d.case, d.before(), turned, &d.server);
        ensure!(decide(&d.observed, &view, &d.server) == d.effects, "the order of objects decides");
    }
    // An answer that is no report is quoted.
    let reported = matches!(d.observed, Observation::Reported(_));
    if let Some(answer) = d.case.answer.reversed().filter(|_| reported) {
        let mut case = d.case.clone();
        case.answer = answer;
        let reversed = decide(&case.observed(), d.seen(), &d.server);
        ensure!(shape(&reversed) == shape(&d.effects), "the order of the list decides: {reversed:?}");
    }
    Ok(())
}

pub(super) fn unknown_fields_survive(d: &Decided) -> Verdict {
    for (effect, _) in d.writes() {
        let target = effect.target().unwrap();
        let (Effect::Update(_), Some(before), Some(after)) =
            (effect, raw::target(d.before(), &target), raw::target(d.after(), &target))
        else {
            continue;
        };
        let lost = others(before).into_iter().find(|(pointer, value)| after.pointer(pointer) != Some(value));
        ensure!(lost.is_none(), "{target} loses {lost:?}, which somebody else put there");
        let (before, after) = (unknown(before), unknown(after));
        let lost = before.iter().find(|(place, value)| after.get(*place) != Some(*value));
        // An element of a list may go as a whole; what is left of the list is named by its elements.
        let lost = lost.filter(|(place, _)| !place.contains('[') || after_has_element(d, effect, place));
        ensure!(lost.is_none(), "{target} loses {lost:?}");
    }
    Ok(())
}

/// Labels and annotations that are neither ours nor asked for, by pointer.
fn others(object: &Value) -> Vec<(String, Value)> {
    let book = raw::text(object, "/metadata/annotations/dittofs.io~1managed-annotations");
    let is_ours = |key: &str| {
        key.starts_with("dittofs.io/") || book.split(',').any(|name| name == key) || OURS.contains(&key)
    };
    let of = |map: &str| -> Vec<(String, Value)> {
        let entries =
            object.pointer(&format!("/metadata/{map}")).and_then(Value::as_object).into_iter().flatten();
        let others = entries.filter(|(key, _)| !is_ours(key));
        others.map(|(key, v)| (format!("/metadata/{map}/{}", key.replace('/', "~1")), v.clone())).collect()
    };
    [of("labels"), of("annotations")].concat()
}

fn after_has_element(d: &Decided, effect: &Effect, place: &str) -> bool {
    let element = &place[..=place.rfind(']').unwrap()];
    let after = raw::target(d.after(), &effect.target().unwrap()).unwrap();
    places(after).iter().any(|p| p.starts_with(element))
}

/// Fields nobody knows, by place; elements of lists go by what tells them apart.
fn unknown(object: &Value) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    walk(object, "", &mut |place, value| {
        if place.rsplit('/').next().is_some_and(|field| field.starts_with(UNKNOWN)) {
            found.insert(place.to_owned(), value.clone());
        }
    });
    found
}

fn places(object: &Value) -> Vec<String> {
    let mut found = Vec::new();
    walk(object, "", &mut |place, _| found.push(place.to_owned()));
    found
}

fn walk(value: &Value, place: &str, visit: &mut impl FnMut(&str, &Value)) {
    visit(place, value);
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                walk(field, &format!("{place}/{name}"), visit);
            }
        }
        Value::Array(elements) => {
            for element in elements {
                let key = |field: &str| element.get(field).map(Value::to_string);
                let port = || Some(format!("{}-{:?}/{:?}", key("port")?, key("endPort"), key("protocol")));
                let named = key("name").or_else(port).or_else(|| key("ipBlock")).unwrap_or_default();
                walk(element, &format!("{place}[{named}]"), visit);
            }
        }
        _ => {}
    }
}
