//! Container ports follow without a restart, and whatever restarts the pod brings them (SAFE-03): the table that
//! `core/src/rollout.rs` decides by, row by row, with the pod's uid and revision.
//!
//! Rows 1 and 2 do not come about yet. Row 1 is about templates that differ in more than ports, which the operator does not
//! write: the workload is the Go operator's. Row 2 is about ports that differ while no pod is wanted, and then every adapter is
//! held, its port too.

use std::collections::BTreeMap;

use embedded_kubernetes::Kind;
use serde_json::{Value, json};

use crate::ground::{Ground, NAME, Wishes};
use crate::scene::{FRESH, Pod, Scene};

scenarios!(
    safe_03_row_3_while_a_rolling_update_does_not_run_yet_ports_wait,
    safe_03_row_4_under_a_rolling_update_that_runs_ports_come_on_delete_and_the_pod_stays,
    safe_03_row_5_a_rolling_update_that_runs_what_is_wanted_is_left_alone,
    safe_03_row_6_a_requested_restart_restarts_once_and_brings_the_ports,
    safe_03_row_6_a_restart_requested_of_a_rolling_update_restarts_once,
    safe_03_row_7_on_delete_ports_follow_and_the_pod_stays,
    safe_03_row_8_a_pod_that_died_comes_back_with_the_ports_and_the_strategy_rolls_again,
    safe_03_row_9_what_waits_for_a_restart_is_left_alone,
    safe_03_a_pod_that_fails_comes_back_with_the_ports,
    safe_03_an_immediate_rollout_restarts_for_the_ports,
);

async fn set<G: Ground>(scene: &Scene<G>) -> Value {
    scene.get(Kind::StatefulSet, NAME).await.unwrap()
}

async fn strategy<G: Ground>(scene: &Scene<G>) -> String {
    set(scene).await["spec"]["updateStrategy"]["type"].as_str().unwrap().to_owned()
}

async fn until_strategy<G: Ground>(scene: &Scene<G>, wanted: &str) {
    scene.until(wanted, async || strategy(scene).await == wanted).await;
}

fn ports(adapters: &[(&str, u16)]) -> BTreeMap<String, u64> {
    adapters.iter().map(|(adapter, port)| ((*adapter).to_owned(), u64::from(*port))).collect()
}

/// For a long time the StatefulSet is not written, and this is the pod.
async fn nothing_happens<G: Ground>(scene: &Scene<G>, pod: &Pod) {
    let generation = set(scene).await["metadata"]["generation"].clone();
    scene.stays(&scene.promised().await).await;
    assert_eq!(set(scene).await["metadata"]["generation"], generation);
    assert_eq!(scene.pod().await, *pod);
}

/// Ports that no pod has yet: the state after a fresh server's first report. Gives the pod, which is from before.
async fn pending<G: Ground>(scenario: &str) -> (Scene<G>, Pod) {
    let scene = Scene::<G>::unattended(scenario, &json!({}), Wishes::default()).await;
    let pod = scene.pod().await;
    scene.start_operator();
    scene.until_open(&FRESH).await;
    scene.until_ready().await;
    assert_eq!(strategy(&scene).await, "OnDelete");
    (scene, pod)
}

/// The pod has what is wanted, and the strategy rolls. Gives the pod.
async fn rolling<G: Ground>(scenario: &str) -> (Scene<G>, Pod) {
    let (scene, pod) = pending::<G>(scenario).await;
    let pod = replaced(&scene, &pod).await;
    until_strategy(&scene, "RollingUpdate").await;
    scene.until_ready().await;
    (scene, pod)
}

/// The pod dies. Gives its successor, which is of another revision.
async fn replaced<G: Ground>(scene: &Scene<G>, pod: &Pod) -> Pod {
    scene.delete(Kind::Pod, &format!("{NAME}-0")).await;
    let next = scene.successor(pod).await;
    assert_ne!((&next.0, &next.1), (&pod.0, &pod.1));
    next
}

async fn safe_03_row_3_while_a_rolling_update_does_not_run_yet_ports_wait<G: Ground>(scenario: &str) {
    let (scene, pod) = rolling::<G>(scenario).await;
    // Somebody tries another image, on no pod yet.
    let partition = async |partition: u8| {
        scene
            .edit(Kind::StatefulSet, NAME, &|set| {
                set["spec"]["updateStrategy"]["rollingUpdate"] = json!({ "partition": partition });
                set["spec"]["template"]["spec"]["containers"][0]["image"] = json!("dittofs:y");
            })
            .await;
    };
    partition(1).await;
    let seen = async || {
        let set = set(&scene).await;
        set["status"]["observedGeneration"] == set["metadata"]["generation"]
    };
    scene.until("a controller that has seen it", seen).await;
    scene.enable("smb", false).await;
    scene
        .until("the end of smb's Service", async || {
            scene.exposed().await[..2] == [ports(&FRESH[..1]), ports(&FRESH[..1])]
        })
        .await;
    scene.is_open(&FRESH[..1]).await;
    nothing_happens(&scene, &pod).await;
    assert_eq!(scene.exposed().await[2], ports(&FRESH), "the template's port of smb waits");
    assert_eq!(scene.condition("Reconciling").await, ("True".to_owned(), "StatefulSetUpdating".to_owned()));
    // It goes on, for all pods: the restart that this somebody wanted, and no other.
    partition(0).await;
    let next = scene.successor(&pod).await;
    scene.until_open(&FRESH[..1]).await;
    scene.until_ready().await;
    nothing_happens(&scene, &next).await;
    assert_eq!(scene.pod_ports().await, ports(&FRESH), "it started before");
}

async fn safe_03_row_4_under_a_rolling_update_that_runs_ports_come_on_delete_and_the_pod_stays<G: Ground>(
    scenario: &str,
) {
    let scene = Scene::<G>::unattended(scenario, &json!({}), Wishes::default()).await;
    let first = scene.pod().await;
    assert_eq!(strategy(&scene).await, "RollingUpdate");
    scene.start_operator();
    scene.until_open(&FRESH).await;
    assert_eq!(strategy(&scene).await, "OnDelete");
    scene.until_ready().await;
    nothing_happens(&scene, &first).await;
    assert_eq!(scene.pod_ports().await, ports(&[]), "what runs is from before");
    // And from the rolling strategy that the operator itself wrote.
    let second = replaced(&scene, &first).await;
    until_strategy(&scene, "RollingUpdate").await;
    scene.move_to("nfs", 14_001).await;
    scene.until_open(&[("nfs", 14_001), FRESH[1]]).await;
    assert_eq!(strategy(&scene).await, "OnDelete");
    nothing_happens(&scene, &second).await;
    assert_eq!(scene.pod_ports().await, ports(&FRESH));
}

async fn safe_03_row_5_a_rolling_update_that_runs_what_is_wanted_is_left_alone<G: Ground>(scenario: &str) {
    let (scene, pod) = rolling::<G>(scenario).await;
    nothing_happens(&scene, &pod).await;
    assert_eq!(strategy(&scene).await, "RollingUpdate");
    scene.restart_operator();
    nothing_happens(&scene, &pod).await;
}

async fn safe_03_row_6_a_requested_restart_restarts_once_and_brings_the_ports<G: Ground>(scenario: &str) {
    let (scene, first) = pending::<G>(scenario).await;
    scene.move_to("nfs", 14_001).await;
    let wanted = [("nfs", 14_001), FRESH[1]];
    scene.until_open(&wanted).await;
    assert_eq!(scene.pod().await, first);
    scene.rollout_restart().await;
    let second = scene.successor(&first).await;
    assert_ne!(second.1, first.1, "of another revision");
    assert_eq!(scene.pod_ports().await, ports(&wanted));
    scene.until_open(&wanted).await;
    scene.until_ready().await;
    nothing_happens(&scene, &second).await;
    // Once: what comes after it is churn as before.
    scene.enable("smb", false).await;
    scene.until_open(&wanted[..1]).await;
    nothing_happens(&scene, &second).await;
    assert_eq!(strategy(&scene).await, "OnDelete");
}

async fn safe_03_row_6_a_restart_requested_of_a_rolling_update_restarts_once<G: Ground>(scenario: &str) {
    let (scene, pod) = rolling::<G>(scenario).await;
    scene.rollout_restart().await;
    let next = scene.successor(&pod).await;
    scene.until_ready().await;
    nothing_happens(&scene, &next).await;
    assert_eq!(scene.pod_ports().await, ports(&FRESH));
}

async fn safe_03_row_7_on_delete_ports_follow_and_the_pod_stays<G: Ground>(scenario: &str) {
    let (scene, pod) = pending::<G>(scenario).await;
    for port in [14_001, 14_002, 14_003] {
        scene.move_to("nfs", port).await;
        scene.until_open(&[("nfs", port), FRESH[1]]).await;
        assert_eq!((strategy(&scene).await.as_str(), scene.pod().await), ("OnDelete", pod.clone()));
    }
    scene.enable("smb", false).await;
    scene.until_open(&[("nfs", 14_003)]).await;
    scene.enable("smb", true).await;
    scene.until_open(&[("nfs", 14_003), FRESH[1]]).await;
    nothing_happens(&scene, &pod).await;
    assert_eq!(strategy(&scene).await, "OnDelete");
}

async fn safe_03_row_8_a_pod_that_died_comes_back_with_the_ports_and_the_strategy_rolls_again<G: Ground>(
    scenario: &str,
) {
    let (scene, first) = pending::<G>(scenario).await;
    let second = replaced(&scene, &first).await;
    assert_ne!(second.1, first.1, "of another revision");
    assert_eq!(scene.pod_ports().await, ports(&FRESH), "it came back with the ports");
    until_strategy(&scene, "RollingUpdate").await;
    nothing_happens(&scene, &second).await;
    scene.is_open(&FRESH).await;
    // Under the rolling strategy that the operator wrote a pod comes back from the same revision.
    let third = replaced(&scene, &second).await;
    assert_eq!(third.1, second.1);
    nothing_happens(&scene, &third).await;
}

async fn safe_03_row_9_what_waits_for_a_restart_is_left_alone<G: Ground>(scenario: &str) {
    let (scene, pod) = pending::<G>(scenario).await;
    nothing_happens(&scene, &pod).await;
    scene.restart_operator();
    nothing_happens(&scene, &pod).await;
    assert_eq!(strategy(&scene).await, "OnDelete");
    assert_eq!(scene.pod_ports().await, ports(&[]));
}

async fn safe_03_a_pod_that_fails_comes_back_with_the_ports<G: Ground>(scenario: &str) {
    let (scene, first) = pending::<G>(scenario).await;
    scene.crash().await;
    let second = scene.successor(&first).await;
    assert_ne!(second.1, first.1, "of another revision");
    assert_eq!(scene.pod_ports().await, ports(&FRESH));
    until_strategy(&scene, "RollingUpdate").await;
    scene.until_ready().await;
    scene.until_open(&FRESH).await;
}

async fn safe_03_an_immediate_rollout_restarts_for_the_ports<G: Ground>(scenario: &str) {
    let spec = json!({ "adapterServices": { "portRollout": "Immediate" } });
    let scene = Scene::<G>::unattended(scenario, &spec, Wishes::default()).await;
    let first = scene.pod().await;
    scene.start_operator();
    scene.until_open(&FRESH).await;
    let second = scene.successor(&first).await;
    assert_eq!(scene.pod_ports().await, ports(&FRESH));
    scene.until_ready().await;
    nothing_happens(&scene, &second).await;
    scene.enable("smb", false).await;
    scene.until_open(&FRESH[..1]).await;
    scene.successor(&second).await;
    assert_eq!(scene.pod_ports().await, ports(&FRESH[..1]));
    assert_eq!(strategy(&scene).await, "RollingUpdate");
}
