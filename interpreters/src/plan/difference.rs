//! Where two plans of one server are not the same: a saved one and one of now, a recorded one and one decided again.
//!
//! Compared is what is done, to which objects, as they were. Versions of objects and sentences for people are not: the
//! one changes with every write of a status, the other with every release.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{EffectEntry, HoldEntry, PlanDocument};

/// One thing that is not the same.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// What it is about, such as `Service files/srv-adapter-nfs`.
    pub subject: String,
    /// Which part of it: `effects`, `hold`, or a field such as `before.spec.type`.
    pub field: String,
    /// What it was; `null` for nothing.
    pub then: Value,
    /// What it is now.
    pub now: Value,
}

impl PlanDocument {
    /// What is done otherwise than in an earlier plan, by object.
    pub fn effects_unlike(&self, then: &Self) -> Vec<Difference> {
        let objects = unique(then.effects.iter().chain(&self.effects).map(subject));
        let of = |plan: &Self, object: &str| {
            plan.effects.iter().filter(|effect| subject(effect) == object).cloned().collect::<Vec<_>>()
        };
        let differences: Vec<_> = objects
            .iter()
            .flat_map(|object| of_object(object, &of(then, object), &of(self, object)))
            .collect();
        if differences.is_empty() { order(then, self) } else { differences }
    }

    /// What is held otherwise than in an earlier plan, by adapter.
    pub fn holds_unlike(&self, then: &Self) -> Vec<Difference> {
        let whose = |hold: &HoldEntry| hold.adapter.clone().unwrap_or_default();
        let codes = |plan: &Self, who: &str| -> BTreeSet<String> {
            plan.holds.iter().filter(|hold| whose(hold) == who).map(|hold| hold.code.clone()).collect()
        };
        let differs = |who: &String| {
            let (then, now) = (codes(then, who), codes(self, who));
            let subject =
                if who.is_empty() { "the whole server".to_owned() } else { format!("adapter {who}") };
            (then != now).then(|| Difference {
                subject,
                field: "hold".to_owned(),
                then: json!(then),
                now: json!(now),
            })
        };
        unique(then.holds.iter().chain(&self.holds).map(whose)).iter().filter_map(differs).collect()
    }
}

fn subject(effect: &EffectEntry) -> String {
    format!("{} {}/{}", effect.kind, effect.namespace, effect.name)
}

/// Each once, in the order of the first.
fn unique(all: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    all.filter(|one| seen.insert(one.clone())).collect()
}

/// An object may be written twice in a plan.
fn of_object(object: &str, then: &[EffectEntry], now: &[EffectEntry]) -> Vec<Difference> {
    let actions = |effects: &[EffectEntry]| -> Vec<_> { effects.iter().map(|e| e.action.as_str()).collect() };
    let difference = |field: &str, then: Value, now: Value| Difference {
        subject: object.to_owned(),
        field: field.to_owned(),
        then,
        now,
    };
    if actions(then) != actions(now) {
        return vec![difference("effects", json!(actions(then)), json!(actions(now)))];
    }
    let mut differences = Vec::new();
    for (then, now) in then.iter().zip(now) {
        let mut found = Vec::new();
        unlike("before", &state(then.before.as_ref()), &state(now.before.as_ref()), &mut found);
        if found.is_empty() {
            // What follows from another state of the object is no news of its own.
            unlike("after", &state(then.after.as_ref()), &state(now.after.as_ref()), &mut found);
            unlike("adapter", &json!(then.adapter), &json!(now.adapter), &mut found);
            unlike("guards", &json!(then.guards), &json!(now.guards), &mut found);
        }
        differences.extend(found.into_iter().map(|(field, then, now)| difference(&field, then, now)));
    }
    differences
}

fn order(then: &PlanDocument, now: &PlanDocument) -> Vec<Difference> {
    let order = |plan: &PlanDocument| -> Vec<_> { plan.effects.iter().map(subject).collect() };
    let (then, now) = (order(then), order(now));
    if then == now {
        return Vec::new();
    }
    vec![Difference {
        subject: "the plan".to_owned(),
        field: "order".to_owned(),
        then: json!(then),
        now: json!(now),
    }]
}

/// An object, without what changes while nobody changes it.
fn state(object: Option<&Value>) -> Value {
    let mut object = object.cloned().unwrap_or_default();
    if let Some(fields) = object.as_object_mut() {
        fields.remove("status");
    }
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
        metadata.remove("resourceVersion");
    }
    object
}

type Found = Vec<(String, Value, Value)>;

/// The smallest fields that differ, with their paths.
fn unlike(path: &str, then: &Value, now: &Value, found: &mut Found) {
    match (then, now) {
        (Value::Object(then), Value::Object(now)) => {
            for key in then.keys().chain(now.keys().filter(|key| !then.contains_key(*key))) {
                unlike(&format!("{path}.{key}"), field(then, key), field(now, key), found);
            }
        }
        (Value::Array(then), Value::Array(now)) if then.len() == now.len() => {
            for (index, (then, now)) in then.iter().zip(now).enumerate() {
                unlike(&format!("{path}[{index}]"), then, now, found);
            }
        }
        (then, now) if then == now => {}
        // Fields of an object that one of them lacks are named one by one.
        (Value::Null, Value::Object(_)) => unlike(path, &Value::Object(Map::new()), now, found),
        (Value::Object(_), Value::Null) => unlike(path, then, &Value::Object(Map::new()), found),
        (then, now) => found.push((path.to_owned(), then.clone(), now.clone())),
    }
}

fn field<'a>(object: &'a Map<String, Value>, key: &str) -> &'a Value {
    object.get(key).unwrap_or(&Value::Null)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Action, Explanation, ReachabilityEntry, ReachableEntry, ServerEntry, SummaryEntry};

    fn effect(action: Action, name: &str, before: Value, after: Value) -> EffectEntry {
        EffectEntry {
            action,
            api_version: "v1".to_owned(),
            kind: "Service".to_owned(),
            namespace: "n".to_owned(),
            name: name.to_owned(),
            adapter: None,
            reason: String::new(),
            restart: None,
            before: Some(before),
            after: Some(after),
            precondition: None,
            guards: Vec::new(),
            cause: String::new(),
            changes: Vec::new(),
        }
    }

    fn plan(effects: Vec<EffectEntry>) -> PlanDocument {
        let nothing = || ReachabilityEntry { isolated: false, ports: Vec::new() };
        PlanDocument {
            format_version: "1.0".to_owned(),
            server: ServerEntry { namespace: "n".to_owned(), name: "s".to_owned() },
            observation: "reported".to_owned(),
            summary: SummaryEntry::default(),
            effects,
            holds: Vec::new(),
            reachable: ReachableEntry { before: nothing(), after: nothing() },
            explanation: Explanation::default(),
        }
    }

    fn object(version: &str, port: u16) -> Value {
        json!({
            "metadata": { "resourceVersion": version, "managedFields": version },
            "spec": { "ports": [{ "port": port }] }, "status": { "at": version },
        })
    }

    #[test]
    fn plan_01_a_version_and_a_status_are_no_difference_and_a_field_is_named() {
        let one = |version, port| plan(vec![effect(Action::Update, "a", object(version, port), json!({}))]);
        assert_eq!(one("2", 1).effects_unlike(&one("1", 1)), []);
        let found = one("1", 2).effects_unlike(&one("1", 1));
        let [Difference { subject, field, then, now }] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!((subject.as_str(), field.as_str()), ("Service n/a", "before.spec.ports[0].port"));
        assert_eq!((then, now), (&json!(1), &json!(2)));
    }

    #[test]
    fn plan_01_an_effect_more_or_less_or_another_order_is_a_difference() {
        let [a, b] = ["a", "b"].map(|name| effect(Action::Delete, name, json!({}), json!({})));
        let both = plan(vec![a.clone(), b.clone()]);
        let found = plan(vec![a.clone()]).effects_unlike(&both);
        assert_eq!((found[0].subject.as_str(), &found[0].now), ("Service n/b", &json!([])));
        assert_eq!(both.effects_unlike(&plan(vec![a.clone()]))[0].then, json!([]));
        assert_eq!(plan(vec![b, a]).effects_unlike(&both)[0].field, "order");
        assert_eq!(both.effects_unlike(&both), []);
    }

    #[test]
    fn holds_differ_by_code_and_not_by_words() {
        let held = |code: &str, reason: &str| {
            let mut plan = plan(Vec::new());
            plan.holds = vec![HoldEntry { adapter: None, code: code.to_owned(), reason: reason.to_owned() }];
            plan
        };
        assert_eq!(held("EmptyList", "a").holds_unlike(&held("EmptyList", "b")), []);
        assert_eq!(held("EmptyList", "a").holds_unlike(&held("Paused", "a")).len(), 1);
        assert_eq!(plan(Vec::new()).holds_unlike(&held("Paused", "a"))[0].subject, "the whole server");
    }
}
