//! The schema that scripts and saved plans rely on.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

mod given;

use dittofs_interpreters::plan::{Action, PlanDocument};
use given::Given;
use serde_json::{Value, json};

/// The keys at one depth, in the order in which they are written.
fn keys(json: &str, indent: usize) -> Vec<&str> {
    let start = format!("{}\"", " ".repeat(indent));
    let lines = json.lines().filter(|line| line.starts_with(&start));
    lines.filter_map(|line| line.trim().strip_prefix('"')?.split('"').next()).collect()
}

#[test]
fn plan_01_json_has_exactly_the_documented_keys_in_their_order() {
    let list = r#"[{"type":"nfs","enabled":false,"running":false,"port":1},{}]"#;
    let json = Given::settled().answered(200, list).plan().json().unwrap();
    let top = ["formatVersion", "server", "observation", "summary", "effects", "holds", "reachable"];
    assert_eq!(keys(&json, 2), top);
    let effect = [
        "action",
        "apiVersion",
        "kind",
        "namespace",
        "name",
        "adapter",
        "reason",
        "before",
        "after",
        "precondition",
        "guards",
    ];
    assert_eq!(keys(&json, 6)[..11], effect);
    let value: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(value["formatVersion"], "1.0");
    assert_eq!(value["server"], json!({"namespace": "dittofs", "name": "minimal"}));
    assert_eq!(value["observation"], "reported");
    assert_eq!(value["summary"], json!({"create": 0, "update": 1, "delete": 2, "hold": 2}));
    let hold = value["holds"][0].as_object().unwrap();
    assert_eq!(hold["code"], "UnnamedEntry");
    assert_eq!(hold.keys().collect::<Vec<_>>(), ["adapter", "code", "reason"]);
    let effect = &value["effects"][0];
    assert_eq!((&effect["action"], &effect["kind"]), (&json!("delete"), &json!("NetworkPolicy")));
    assert_eq!((&effect["after"], &effect["guards"]), (&Value::Null, &json!([])));
    let seen = &effect["before"]["metadata"];
    let precondition = json!({"uid": seen["uid"], "resourceVersion": seen["resourceVersion"]});
    assert_eq!(effect["precondition"], precondition);
    let port = json!({"port": 1445, "protocol": "TCP", "adapter": "smb", "from": ["anywhere"],
                      "policy": "minimal-adapter-smb", "ours": true});
    assert_eq!(value["reachable"]["before"]["ports"][0], port);
    assert_eq!(value["reachable"]["before"]["isolated"], true);
}

#[test]
fn plan_01_a_saved_plan_reads_back_and_yaml_says_the_same() {
    let plan = Given::takeover().plan();
    let mut read: PlanDocument = serde_json::from_str(&plan.json().unwrap()).unwrap();
    let from_yaml: PlanDocument = serde_yaml::from_str(&plan.yaml().unwrap()).unwrap();
    assert_eq!(read, from_yaml);
    assert_eq!((read.exit_code(), read.count_line()), (plan.exit_code(), plan.count_line()));
    // Sentences for people are no part of the schema.
    read.explanation = plan.explanation.clone();
    for (read, effect) in read.effects.iter_mut().zip(&plan.effects) {
        (read.cause, read.changes) = (effect.cause.clone(), effect.changes.clone());
    }
    assert_eq!(read, plan);
}

#[test]
fn plan_01_every_observation_has_its_word() {
    for (status, body, word) in
        [(200, "[]", "empty"), (200, "null", "empty"), (500, "", "unavailable"), (200, "{}", "unavailable")]
    {
        assert_eq!(Given::fresh().answered(status, body).plan().observation, word, "{status} {body}");
    }
    let mut given = Given::fresh();
    given.observation = dittofs_core::Observation::NotYetPolled;
    assert_eq!(given.plan().observation, "notPolled");
}

#[test]
fn plan_01_unknown_fields_survive_and_managed_fields_are_not_shown() {
    let plan = Given::settled()
        .edit("Service", "minimal-adapter-nfs", |service| {
            service["metadata"]["managedFields"] = json!([{"manager": "somebody"}]);
            service["spec"]["fieldOfTomorrow"] = json!(1);
        })
        .spec("adapterServices", json!({"annotations": {"a": "b"}}))
        .plan();
    let effect = &plan.effects[0];
    for object in [effect.before.as_ref().unwrap(), effect.after.as_ref().unwrap()] {
        assert_eq!(object["spec"]["fieldOfTomorrow"], 1);
        assert_eq!(object["metadata"].get("managedFields"), None);
    }
}

#[test]
fn plan_01_a_second_write_begins_where_the_first_ends_and_has_no_precondition() {
    let policies = ["minimal-baseline", "minimal-adapter-nfs", "minimal-adapter-smb"];
    let plan = policies.iter().fold(Given::settled(), |g, name| g.without("NetworkPolicy", name)).plan();
    let baseline: Vec<_> = plan.effects.iter().filter(|e| e.name == "minimal-baseline").collect();
    assert_eq!(baseline.iter().map(|e| e.action).collect::<Vec<_>>(), [Action::Create, Action::Update]);
    assert_eq!(baseline[0].before, None);
    assert_eq!(baseline[1].before, baseline[0].after);
    assert_eq!(baseline[1].precondition, None);
    assert_eq!(plan.explanation.warnings, Vec::<String>::new(), "the world accepts all of it");
}

#[test]
fn safe_03_a_restart_that_was_asked_for_is_guarded_by_the_pod() {
    let mut given = Given::takeover();
    let effects = given.effects();
    given.world.begin_plan();
    given.world.apply(&effects[0]);
    assert!(given.world.rollout_restart("dittofs", "minimal", "2026-01-02T00:00:00Z"));
    let plan = given.plan();
    let set = plan.effects.iter().find(|e| e.kind == "StatefulSet").unwrap();
    let guards = serde_json::to_value(&set.guards).unwrap();
    let pod = json!({"kind": "Pod", "name": "minimal-0", "uid": "f7ffca3a-8fbb-4cf1-aef2-c436dcadd108",
                     "revision": "minimal-d454dcf96"});
    assert_eq!(guards, json!([pod]), "{}", set.reason);
}
