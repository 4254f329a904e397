//! Creations, guarded updates, guarded deletions (as measured on kube-apiserver 1.35).

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

mod given;

use dittofs_effects::{
    AdapterType, Cause, Create, Delete, Effect, Guard, Hold, HoldCode, Kind, Object, ObjectRef, Outcome,
    Precondition, Reason, ResourceVersion, Seen, Uid, Update,
};
use dittofs_interpreters::memory::{Fault, FaultPlan, ObjectKey, World};
use given::key;
use serde_json::{Value, json};

const NAME: &str = "srv";

fn create(port: u16) -> Effect {
    let object = json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
        "metadata": {"name": NAME, "namespace": "dittofs"},
        "spec": {"ingress": [{"ports": [{"port": port}]}], "podSelector": {}},
    });
    Effect::Create(Create {
        object: Object::NetworkPolicy(serde_json::from_value(object).unwrap()),
        adapter: AdapterType::sanitise("nfs").ok(),
        reason: Reason::from(Cause::Absent),
    })
}

fn target() -> ObjectRef {
    ObjectRef { kind: Kind::NetworkPolicy, namespace: "dittofs".to_owned(), name: NAME.to_owned() }
}

fn patch(patch: Value, precondition: Precondition, guards: Vec<Guard>) -> Effect {
    Effect::Update(Update {
        target: target(),
        adapter: None,
        reason: Reason::from(Cause::Absent),
        precondition,
        guards,
        patch: serde_json::from_value(patch).unwrap(),
    })
}

fn set_port(port: u16, precondition: Precondition, guards: Vec<Guard>) -> Effect {
    let path = "/spec/ingress/0/ports/0/port";
    patch(json!([{"op": "replace", "path": path, "value": port}]), precondition, guards)
}

fn delete(seen: &Seen) -> Effect {
    let (target, reason) = (target(), Reason::from(Cause::Absent));
    Effect::Delete(Delete { target, adapter: None, reason, precondition: seen.clone() })
}

fn seen(uid: &str, version: &str) -> Seen {
    Seen { uid: Uid::new(uid).unwrap(), resource_version: ResourceVersion::new(version).unwrap() }
}

/// A world with the policy, and its identity.
fn world() -> (World, Seen) {
    let mut world = World::default();
    match world.apply(&create(1)) {
        Outcome::Written(seen) => (world, seen),
        other => panic!("{other:?}"),
    }
}

fn the_policy() -> ObjectKey {
    key("NetworkPolicy", NAME)
}

#[test]
fn a_creation_gets_an_identity_and_the_defaults_of_the_api() {
    let (world, seen) = world();
    let policy = world.get(&the_policy()).unwrap();
    assert_eq!(policy["metadata"]["uid"], seen.uid.as_str());
    assert_eq!(policy["metadata"]["resourceVersion"], seen.resource_version.as_str());
    assert_eq!(policy["metadata"]["generation"], 1);
    assert_eq!(policy["spec"]["policyTypes"], json!(["Ingress"]));
    assert_eq!(policy["spec"]["ingress"][0]["ports"][0]["protocol"], "TCP");
}

#[test]
fn safe_02_a_name_that_is_taken_is_refused_also_while_its_object_is_going_away() {
    let (mut world, _) = world();
    let before = world.clone();
    assert_eq!(world.apply(&create(2)), Outcome::AlreadyExists);
    assert_eq!(world.get(&the_policy()), before.get(&the_policy()));
    world.edit(&the_policy(), |policy| policy["metadata"]["finalizers"] = json!(["example.com/wait"]));
    assert!(world.delete_by_somebody(&the_policy()));
    assert_eq!(world.apply(&create(2)), Outcome::AlreadyExists);
    assert!(world.finish_deletion(&the_policy()));
    assert!(matches!(world.apply(&create(2)), Outcome::Written(_)));
}

#[test]
fn an_update_needs_the_identity_that_was_seen() {
    let (mut world, first) = world();
    let other = seen("other", first.resource_version.as_str());
    assert_eq!(world.apply(&set_port(2, Precondition::Seen(other), vec![])), Outcome::Conflict);
    let Outcome::Written(second) = world.apply(&set_port(2, Precondition::Seen(first.clone()), vec![]))
    else {
        panic!("not written")
    };
    assert_ne!(second.resource_version, first.resource_version);
    let policy = world.get(&the_policy()).unwrap();
    assert_eq!(policy["metadata"]["generation"], 2);
    assert_eq!(policy["spec"]["ingress"][0]["ports"][0]["port"], 2);
    assert_eq!(world.apply(&set_port(3, Precondition::Seen(first), vec![])), Outcome::Conflict, "stale");
    assert!(world.delete_by_somebody(&the_policy()));
    assert_eq!(world.apply(&set_port(3, Precondition::Seen(second), vec![])), Outcome::NotFound);
}

#[test]
fn an_update_that_changes_nothing_makes_no_version() {
    let (mut world, first) = world();
    let same = set_port(1, Precondition::Seen(first.clone()), vec![]);
    assert_eq!(world.apply(&same), Outcome::Written(first));
}

#[test]
fn a_second_write_goes_by_the_version_of_the_first() {
    let (mut world, _) = world();
    let later = |port| set_port(port, Precondition::AfterEarlierWrite, vec![]);
    assert!(matches!(world.apply(&later(2)), Outcome::Written(_)), "after the creation");
    assert!(matches!(world.apply(&later(3)), Outcome::Written(_)));
    assert!(world.touch(&the_policy()));
    assert_eq!(world.apply(&later(4)), Outcome::Conflict, "somebody else wrote in between");
    let (mut world, _) = self::world();
    world.begin_plan();
    assert_eq!(world.apply(&later(2)), Outcome::Conflict, "an earlier plan's write is none of this one");
}

#[test]
fn a_second_write_after_a_lost_answer_conflicts() {
    let mut world = World::default();
    world.schedule(FaultPlan::next(Fault::AnswerLost));
    assert!(matches!(world.apply(&create(1)), Outcome::Unavailable(_)));
    assert!(world.get(&the_policy()).is_some(), "it was carried out all the same");
    assert_eq!(world.apply(&set_port(2, Precondition::AfterEarlierWrite, vec![])), Outcome::Conflict);
}

#[test]
fn guards_are_checked() {
    let (mut world, first) = world();
    let pod = json!({"apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "srv-0", "namespace": "dittofs", "uid": "pod", "resourceVersion": "1",
                     "labels": {"controller-revision-hash": "srv-1"}}});
    world.insert(pod).unwrap();
    let guard = |name: &str, uid: &str, revision: &str| {
        vec![Guard { name: name.to_owned(), uid: Uid::new(uid).unwrap(), revision: revision.to_owned() }]
    };
    let mut write = |guards| world.apply(&set_port(2, Precondition::Seen(first.clone()), guards));
    assert_eq!(write(guard("srv-1", "pod", "srv-1")), Outcome::Conflict);
    assert_eq!(write(guard("srv-0", "other", "srv-1")), Outcome::Conflict);
    assert_eq!(write(guard("srv-0", "pod", "srv-2")), Outcome::Conflict);
    assert!(matches!(write(guard("srv-0", "pod", "srv-1")), Outcome::Written(_)));
}

#[test]
fn a_patch_that_does_not_fit_changes_nothing() {
    let (mut world, first) = world();
    let before = world.clone();
    let half = json!([
        {"op": "replace", "path": "/spec/podSelector", "value": 1},
        {"op": "remove", "path": "/spec/nowhere"},
    ]);
    let renamed = json!([{"op": "replace", "path": "/metadata/uid", "value": "x"}]);
    for bad in [half, renamed] {
        let update = patch(bad, Precondition::Seen(first.clone()), vec![]);
        assert!(matches!(world.apply(&update), Outcome::Invalid(_)));
        assert_eq!(world.get(&the_policy()), before.get(&the_policy()));
    }
}

#[test]
fn a_deletion_needs_the_identity_that_was_seen() {
    let (mut world, first) = world();
    assert!(world.touch(&the_policy()));
    assert_eq!(world.apply(&delete(&first)), Outcome::Conflict, "after a status-only write too");
    let (mut world, first) = self::world();
    assert_eq!(world.apply(&delete(&first)), Outcome::Deleted);
    assert_eq!(world.apply(&delete(&first)), Outcome::NotFound);
}

#[test]
fn an_object_with_finalizers_stays_until_they_are_done() {
    let (mut world, _) = world();
    world.edit(&the_policy(), |policy| policy["metadata"]["finalizers"] = json!(["example.com/wait"]));
    let identity = |world: &World| {
        let metadata = &world.get(&the_policy()).unwrap()["metadata"];
        seen(metadata["uid"].as_str().unwrap(), metadata["resourceVersion"].as_str().unwrap())
    };
    let now = identity(&world);
    assert_eq!(world.apply(&delete(&now)), Outcome::Deleted);
    let terminating = world.clone();
    let now = identity(&world);
    assert_eq!(world.apply(&delete(&now)), Outcome::Deleted, "a second time");
    assert_eq!(world.get(&the_policy()), terminating.get(&the_policy()), "and nothing happens");
    assert!(world.finish_deletion(&the_policy()));
    assert_eq!(world.get(&the_policy()), None);
}

#[test]
fn faults_come_when_they_are_scheduled_and_a_hold_is_no_call() {
    let hold = Effect::Hold(Hold { adapter: None, code: HoldCode::Observe, reason: String::new() });
    let mut world = World::default();
    world.schedule((0..).zip(Fault::ALL).collect());
    assert_eq!(world.apply(&hold), Outcome::Held);
    let answers: Vec<_> = Fault::ALL.iter().map(|_| world.apply(&create(1))).collect();
    assert_eq!((&answers[0], &answers[3]), (&Outcome::Conflict, &Outcome::NodePortsExhausted));
    assert!(matches!(answers[1], Outcome::Forbidden(_)) && matches!(answers[2], Outcome::Unavailable(_)));
    assert_eq!(world.apply(&create(1)), Outcome::AlreadyExists, "the last one only lost its answer");
}

#[test]
fn the_same_calls_give_the_same_world() {
    assert_eq!(world(), world());
    assert_eq!(given::Given::settled().world, given::Given::settled().world);
}
