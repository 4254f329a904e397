//! What a StatefulSet does with its pod (as measured on kube-controller-manager 1.35).

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

mod given;

use dittofs_interpreters::memory::World;
use given::{Given, NAME, NAMESPACE, key};
use serde_json::{Value, json};

fn world() -> World {
    Given::takeover().world
}

fn pod(world: &World) -> &Value {
    world.get(&key("Pod", "minimal-0")).unwrap()
}

fn set(world: &World) -> &Value {
    world.get(&key("StatefulSet", NAME)).unwrap()
}

fn revision(world: &World) -> &Value {
    &pod(world)["metadata"]["labels"]["controller-revision-hash"]
}

/// Changes the image, under this strategy.
fn roll(world: &mut World, image: &str, strategy: &Value) {
    assert!(world.edit(&key("StatefulSet", NAME), |set| {
        set["spec"]["template"]["spec"]["containers"][0]["image"] = json!(image);
        set["spec"]["updateStrategy"] = strategy.clone();
    }));
}

fn rolling() -> Value {
    json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 0}})
}

fn on_delete() -> Value {
    json!({"type": "OnDelete"})
}

fn image(world: &World) -> &Value {
    &pod(world)["spec"]["containers"][0]["image"]
}

#[test]
fn a_settled_cluster_stays_as_it_is() {
    let before = world();
    let mut after = before.clone();
    after.settle();
    assert!(before.iter().eq(after.iter()), "the names of revisions are those of the cluster");
    assert_eq!(after.restarts(NAMESPACE, NAME), 0);
}

#[test]
fn a_new_template_replaces_the_pod_under_rolling_update() {
    let mut world = world();
    roll(&mut world, "new", &rolling());
    assert_ne!(set(&world)["metadata"]["generation"], set(&world)["status"]["observedGeneration"], "it lags");
    world.settle();
    assert_eq!((image(&world), world.restarts(NAMESPACE, NAME)), (&json!("new"), 1));
    let status = &set(&world)["status"];
    assert_eq!(status["observedGeneration"], set(&world)["metadata"]["generation"]);
    assert_eq!(
        (&status["updatedReplicas"], &status["currentRevision"]),
        (&json!(1), &status["updateRevision"])
    );
    world.settle();
    assert_eq!(world.restarts(NAMESPACE, NAME), 1);
}

#[test]
fn safe_03_a_new_template_leaves_the_pod_under_on_delete() {
    let mut world = world();
    let (old, status) = (revision(&world).clone(), set(&world)["status"].clone());
    roll(&mut world, "new", &on_delete());
    world.settle();
    assert_eq!((revision(&world), world.restarts(NAMESPACE, NAME)), (&old, 0));
    assert_eq!(set(&world)["status"].get("updatedReplicas"), None, "none of them is up to date");
    assert_eq!(set(&world)["status"]["currentRevision"], status["currentRevision"]);
}

/// How a pod ends.
type End<'a> = (&'a str, &'a dyn Fn(&mut World));

#[test]
fn a_pod_that_is_deleted_fails_or_is_scaled_comes_back_from_the_newest_revision() {
    let scale = |world: &mut World, replicas: i32| {
        world.edit(&key("StatefulSet", NAME), |set| set["spec"]["replicas"] = json!(replicas));
        world.settle();
    };
    let ends: [End; 3] = [
        ("deleted", &|world| assert!(world.restart_pod(NAMESPACE, "minimal-0"))),
        ("failed", &|world| assert!(world.crash(NAMESPACE, "minimal-0"))),
        ("scaled", &|world| {
            scale(world, 0);
            assert_eq!(world.get(&key("Pod", "minimal-0")), None);
            scale(world, 1);
        }),
    ];
    for (name, end) in ends {
        let mut world = world();
        roll(&mut world, "new", &on_delete());
        world.settle();
        let current = set(&world)["status"]["currentRevision"].clone();
        end(&mut world);
        world.settle();
        assert_eq!((image(&world), world.restarts(NAMESPACE, NAME)), (&json!("new"), 0), "{name}");
        assert_eq!(set(&world)["status"]["updatedReplicas"], 1, "{name}");
        assert_eq!(set(&world)["status"]["currentRevision"], current, "{name}: it stays at the old one");
    }
}

#[test]
fn a_pod_that_is_going_away_is_neither_ready_nor_gone_until_the_world_settles() {
    let mut world = world();
    assert!(world.restart_pod(NAMESPACE, "minimal-0"));
    assert!(pod(&world)["metadata"]["deletionTimestamp"].is_string());
    assert_eq!(pod(&world)["status"]["conditions"][0]["status"], "False");
}

#[test]
fn a_pod_behind_a_partition_comes_back_from_the_old_revision() {
    let mut world = world();
    let old = image(&world).clone();
    roll(&mut world, "new", &json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 1}}));
    world.settle();
    world.restart_pod(NAMESPACE, "minimal-0");
    world.settle();
    assert_eq!(*image(&world), old);
}

#[test]
fn going_back_to_rolling_with_the_template_that_runs_restarts_nothing_and_with_another_one_does() {
    let back = |restart: bool| {
        let mut world = world();
        roll(&mut world, "new", &on_delete());
        world.settle();
        if restart {
            world.restart_pod(NAMESPACE, "minimal-0");
            world.settle();
        }
        assert!(world.edit(&key("StatefulSet", NAME), |set| set["spec"]["updateStrategy"] = rolling()));
        world.settle();
        world.restarts(NAMESPACE, NAME)
    };
    assert_eq!((back(true), back(false)), (0, 1));
}

#[test]
fn rollout_restart_works_under_rolling_update_and_does_nothing_under_on_delete() {
    let restarts = |strategy: Value| {
        let mut world = world();
        world.edit(&key("StatefulSet", NAME), |set| set["spec"]["updateStrategy"] = strategy);
        assert!(world.rollout_restart(NAMESPACE, NAME, "2026-01-02T00:00:00Z"));
        world.settle();
        world.restarts(NAMESPACE, NAME)
    };
    assert_eq!((restarts(rolling()), restarts(on_delete())), (1, 0));
}

#[test]
fn the_same_ports_in_another_order_are_a_new_revision() {
    let mut world = world();
    world.edit(&key("StatefulSet", NAME), |set| {
        let ports = set["spec"]["template"]["spec"]["containers"][0]["ports"].as_array_mut().unwrap();
        ports.reverse();
    });
    world.settle();
    assert_eq!(world.restarts(NAMESPACE, NAME), 1);
}

#[test]
fn a_broken_pod_is_never_replaced_until_somebody_deletes_it() {
    let mut world = world();
    assert!(world.set_pod_ready(NAMESPACE, "minimal-0", false));
    roll(&mut world, "good", &rolling());
    world.settle();
    assert_ne!(*image(&world), json!("good"));
    assert_eq!(set(&world)["status"].get("readyReplicas"), None);
    world.restart_pod(NAMESPACE, "minimal-0");
    world.settle();
    assert_eq!(*image(&world), json!("good"));
}

#[test]
fn without_its_stateful_set_a_pod_goes() {
    let mut world = world();
    assert!(world.delete_by_somebody(&key("StatefulSet", NAME)));
    world.settle();
    assert_eq!(world.get(&key("Pod", "minimal-0")), None);
}

#[test]
fn comp_01_safe_03_a_takeover_restarts_nothing() {
    let given = Given::settled();
    assert_eq!(given.world.restarts(NAMESPACE, NAME), 0);
    assert_eq!(revision(&given.world), revision(&world()));
}
