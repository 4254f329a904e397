//! How the state of a StatefulSet and its pod is read, for the table of rollouts.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may give up as tests do")]

use dittofs_core::effects::{Effect, Update};
use dittofs_core::testing::{Given, set};
use serde_json::{Value, json};

const NOTHING: [&str; 0] = [];

/// A settled server on which smb has come to run, so that the ports differ.
fn ports_differ() -> Given {
    let given = Given::default().settled(&[("nfs", 12049)]);
    let mut given = given.running(&[("nfs", 12049), ("smb", 1445)]);
    given.objects.push(dittofs_core::testing::service("smb", 1445));
    given.objects.push(dittofs_core::testing::policy("smb", 1445));
    given
}

fn same_ports() -> Given {
    Given::default().settled(&[("nfs", 12049)]).running(&[("nfs", 12049)])
}

fn with(mut given: Given, kind: &str, changes: &[(&str, Value)]) -> Given {
    let object = given.objects.iter_mut().find(|o| o["kind"] == kind).unwrap();
    for (pointer, value) in changes {
        set(object, pointer, value.clone());
    }
    given
}

fn on_delete(given: Given) -> Given {
    with(given, "StatefulSet", &[("/spec/updateStrategy", json!({ "type": "OnDelete" }))])
}

fn update(given: &Given) -> Update {
    let mut updates =
        given.effects().into_iter().filter_map(|e| if let Effect::Update(u) = e { Some(u) } else { None });
    let update = updates.next().unwrap_or_else(|| panic!("no update in {:?}", given.decided()));
    assert_eq!(update.target.kind.as_str(), "StatefulSet");
    update
}

fn strategy(given: &Given) -> String {
    let after = given.settled_by_effects();
    after.find("StatefulSet", "srv")["spec"]["updateStrategy"]["type"].as_str().unwrap().to_owned()
}

fn declares_smb(given: &Given) -> bool {
    let after = given.settled_by_effects();
    let ports = &after.find("StatefulSet", "srv")["spec"]["template"]["spec"]["containers"][0]["ports"];
    ports.as_array().unwrap().iter().any(|p| p["name"] == "adapter-smb")
}

#[test]
fn safe_03_ports_are_written_under_on_delete() {
    let given = ports_differ();
    assert_eq!((strategy(&given).as_str(), declares_smb(&given)), ("OnDelete", true));
    assert_eq!(
        given.settled_by_effects().decided(),
        NOTHING,
        "the pod has not been replaced, and need not be"
    );
    // An absent strategy, as in a file without defaults, is RollingUpdate.
    let given = with(ports_differ(), "StatefulSet", &[("/spec/updateStrategy", Value::Null)]);
    assert_eq!((strategy(&given).as_str(), declares_smb(&given)), ("OnDelete", true));
}

#[test]
fn safe_03_ports_wait_for_a_rollout_under_way() {
    for changes in [
        ("/status/updatedReplicas", json!(0)),
        ("/status/updatedReplicas", Value::Null),
        ("/status/observedGeneration", json!(2)),
        ("/status/observedGeneration", Value::Null),
        ("/metadata/generation", Value::Null),
        ("/status", Value::Null),
    ] {
        let given = with(ports_differ(), "StatefulSet", std::slice::from_ref(&changes));
        assert_eq!(given.decided(), ["! * RolloutInProgress"], "{changes:?}");
        assert_eq!(with(same_ports(), "StatefulSet", &[changes]).decided(), NOTHING);
    }
}

#[test]
fn safe_03_a_template_runs_when_every_replica_has_it() {
    let set = |replicas: Value, updated: Value| {
        let changes = [("/spec/replicas", replicas), ("/status/updatedReplicas", updated)];
        with(ports_differ(), "StatefulSet", &changes).decided()
    };
    let written = ["~ StatefulSet srv"];
    assert_eq!(set(Value::Null, json!(1)), written, "one replica is the default");
    assert_eq!(set(json!(2), json!(1)), ["! * RolloutInProgress"]);
    assert_eq!(set(json!(2), json!(2)), written);
    assert_eq!(set(json!(0), Value::Null), written);
    let scaled =
        with(ports_differ(), "StatefulSet", &[("/spec/replicas", json!(0)), ("/status", Value::Null)]);
    assert_eq!(
        (strategy(&scaled).as_str(), declares_smb(&scaled)),
        ("RollingUpdate", true),
        "nothing to restart"
    );
}

#[test]
fn safe_03_once_the_pod_runs_the_template_rolling_updates_are_back() {
    let given = on_delete(same_ports());
    assert_eq!(strategy(&given), "RollingUpdate");
    assert!(update(&given).guards.is_empty());
    let not_yet = with(given, "StatefulSet", &[("/status/observedGeneration", json!(2))]);
    assert_eq!(not_yet.decided(), NOTHING);
}

#[test]
fn safe_03_a_strategy_is_written_with_all_that_the_api_server_would_not_fill_in() {
    let written = |given: &Given| serde_json::to_value(&update(given).patch).unwrap().to_string();
    let rolling = written(&on_delete(same_ports()));
    assert!(rolling.contains(r#""rollingUpdate":{"partition":0}"#), "{rolling}");
    let waiting = written(&ports_differ());
    assert!(waiting.contains("OnDelete") && !waiting.contains("rollingUpdate"), "{waiting}");
}

#[test]
fn safe_03_a_rollout_restart_is_carried_out_under_on_delete() {
    let restarted = "/spec/template/metadata/annotations/kubectl.kubernetes.io~1restartedAt";
    for (given, in_pod) in [(same_ports(), None), (ports_differ(), None), (ports_differ(), Some("before"))] {
        let mut given = with(on_delete(given), "StatefulSet", &[(restarted, json!("now"))]);
        if let Some(value) = in_pod {
            given = with(
                given,
                "Pod",
                &[("/metadata/annotations/kubectl.kubernetes.io~1restartedAt", json!(value))],
            );
        }
        assert_eq!(strategy(&given), "RollingUpdate");
        assert!(!declares_smb(&given), "the ports are untouched in this write");
        let guard = &update(&given).guards[0];
        assert_eq!(
            (guard.name.as_str(), guard.uid.as_str(), guard.revision.as_str()),
            ("srv-0", "pod", "srv-1")
        );
        // A pod that is going already will come back with the newest template by itself.
        let going = with(given, "Pod", &[("/metadata/deletionTimestamp", json!("2026-01-01T00:00:00Z"))]);
        assert!(going.effects().iter().all(|e| !matches!(e, Effect::Update(u) if !u.guards.is_empty())));
    }
    // From a file without a pod this never fits.
    let mut bare = with(on_delete(ports_differ()), "StatefulSet", &[(restarted, json!("now"))]);
    bare.objects.retain(|o| o["kind"] != "Pod");
    assert_eq!((strategy(&bare).as_str(), declares_smb(&bare)), ("OnDelete", true));
}

#[test]
fn a_stateful_set_that_is_going_is_left_alone() {
    let going = [("/metadata/deletionTimestamp", json!("2026-01-01T00:00:00Z"))];
    assert_eq!(with(ports_differ(), "StatefulSet", &going).decided(), NOTHING);
}

#[test]
fn safe_03_immediate_restarts_because_the_resource_says_so() {
    let immediate = |given: Given| given.with("/spec/adapterServices", json!({ "portRollout": "Immediate" }));
    for given in [immediate(ports_differ()), immediate(on_delete(ports_differ()))] {
        assert_eq!((strategy(&given).as_str(), declares_smb(&given)), ("RollingUpdate", true));
    }
}

#[test]
fn srvc_05_other_ports_and_their_order_are_left_alone() {
    let given = with(
        ports_differ(),
        "StatefulSet",
        &[(
            "/spec/template/spec/containers/0/ports",
            json!([
                { "name": "adapter-old", "containerPort": 7, "protocol": "TCP" },
                { "name": "theirs", "containerPort": 9, "protocol": "TCP" },
                { "name": "adapter-nfs", "containerPort": 12048, "protocol": "TCP", "hostPort": 12049 },
                { "containerPort": 11 },
                { "name": "api", "containerPort": 8080, "protocol": "TCP" },
            ]),
        )],
    );
    let after = given.settled_by_effects();
    assert_eq!(
        after.find("StatefulSet", "srv")["spec"]["template"]["spec"]["containers"][0]["ports"],
        json!([
            { "name": "theirs", "containerPort": 9, "protocol": "TCP" },
            { "name": "adapter-nfs", "containerPort": 12049, "protocol": "TCP", "hostPort": 12049 },
            { "containerPort": 11 },
            { "name": "api", "containerPort": 8080, "protocol": "TCP" },
            { "name": "adapter-smb", "containerPort": 1445, "protocol": "TCP" },
        ])
    );
}

#[test]
fn srvc_05_another_order_of_the_same_ports_is_no_change() {
    let swapped = json!([
        { "name": "adapter-smb", "containerPort": 1445, "protocol": "TCP" },
        { "name": "api", "containerPort": 8080, "protocol": "TCP" },
        { "name": "adapter-nfs", "containerPort": 12049 },
    ]);
    let given = with(ports_differ(), "StatefulSet", &[("/spec/template/spec/containers/0/ports", swapped)]);
    assert_eq!(given.decided(), NOTHING);
}

#[test]
fn srvc_05_only_the_server_s_own_container_is_looked_at() {
    let sidecar = json!([{ "name": "sidecar", "ports": [{ "name": "adapter-x", "containerPort": 1 }] },
                         { "name": "dittofs", "image": "x" }]);
    let given = with(ports_differ(), "StatefulSet", &[("/spec/template/spec/containers", sidecar)]);
    let after = given.settled_by_effects();
    let containers = &after.find("StatefulSet", "srv")["spec"]["template"]["spec"]["containers"];
    assert_eq!(containers[0]["ports"].as_array().unwrap().len(), 1);
    assert_eq!(containers[1]["ports"].as_array().unwrap().len(), 2, "ports are made where there were none");
    let none =
        with(ports_differ(), "StatefulSet", &[("/spec/template/spec/containers", json!([{ "name": "x" }]))]);
    assert_eq!(none.decided(), NOTHING);
}

#[test]
fn safe_04_held_adapters_keep_their_container_ports() {
    let given = with(
        ports_differ(),
        "StatefulSet",
        &[(
            "/spec/template/spec/containers/0/ports",
            json!([
                { "name": "adapter-nfs", "containerPort": 12049, "protocol": "TCP" },
                { "name": "adapter-nfs-pm", "containerPort": 10111, "protocol": "TCP" },
                { "name": "adapter-mdns", "containerPort": 5353, "protocol": "UDP" },
                { "name": "adapter-wsd", "containerPort": 3702, "protocol": "UDP" },
                { "name": "adapter-smb", "containerPort": 1445, "protocol": "TCP" },
            ]),
        )],
    );
    let body = r#"[{"type":"nfs","enabled":true,"running":false},{"type":"smb","enabled":true,"running":true,"port":1445}]"#;
    let after = given.answer(body).settled_by_effects();
    let ports = &after.find("StatefulSet", "srv")["spec"]["template"]["spec"]["containers"][0]["ports"];
    let names: Vec<_> = ports.as_array().unwrap().iter().map(|p| p["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["adapter-nfs", "adapter-nfs-pm", "adapter-mdns", "adapter-smb"]);
}
