//! Lives: account, exposure, churn, restarts of either side, and the end.

use std::time::Duration;

use embedded_kubernetes::Kind;
use serde_json::json;

use crate::deletion::until_nothing_is_left;
use crate::ground::{Ground, NAME, Process};
use crate::scene::{FRESH, Scene, adapter};

scenarios!(
    srvc_01_srvc_03_auth_02_from_a_fresh_server_to_nothing_left,
    safe_06_restarts_of_the_server_under_polls_change_nothing,
    auth_05_an_operator_that_is_killed_at_any_point_converges_when_it_is_started_again,
);

async fn srvc_01_srvc_03_auth_02_from_a_fresh_server_to_nothing_left<G: Ground>(scenario: &str) {
    let scene = Scene::<G>::ready(scenario, &json!({})).await;
    let (nfs, pod) = (scene.uid(Kind::Service, &adapter("nfs")).await, scene.pod().await);
    scene.enable("smb", false).await;
    scene.until_open(&[("nfs", 12_049)]).await;
    scene.move_to("smb", 13_445).await;
    scene.until_open(&[("nfs", 12_049), ("smb", 13_445)]).await;
    scene.move_to("nfs", 13_049).await;
    scene.until_open(&[("nfs", 13_049), ("smb", 13_445)]).await;
    assert_eq!(scene.uid(Kind::Service, &adapter("nfs")).await, nfs, "moved in place");
    assert_eq!(scene.pod().await, pod, "SAFE-03");
    scene.delete(Kind::DittoServer, NAME).await;
    until_nothing_is_left(&scene).await;
    assert!(!scene.has_account().await, "the account is removed");
}

async fn safe_06_restarts_of_the_server_under_polls_change_nothing<G: Ground>(scenario: &str) {
    let scene =
        Scene::<G>::ready(scenario, &json!({ "adapterDiscovery": { "pollingInterval": "1s" } })).await;
    let promised = scene.promised().await;
    for round in 0..6 {
        if round % 2 == 0 {
            scene.process(Process::Restarts).await;
        } else {
            scene.process(Process::Dies).await;
            scene.pass(1).await;
            scene.process(Process::Starts).await;
        }
        assert_eq!(scene.promised().await, promised, "restart {round}");
    }
    scene.until_ready().await;
    assert_eq!(scene.promised().await, promised);
    scene.is_open(&FRESH).await;
}

async fn auth_05_an_operator_that_is_killed_at_any_point_converges_when_it_is_started_again<G: Ground>(
    scenario: &str,
) {
    let scene =
        Scene::<G>::ready(scenario, &json!({ "adapterDiscovery": { "pollingInterval": "1s" } })).await;
    let mut dice = fastrand::Rng::with_seed(7);
    let (nfs, pod) = (scene.uid(Kind::Service, &adapter("nfs")).await, scene.pod().await);
    for round in 0..10_u16 {
        scene.restart_operator();
        let port = 13_500 + round;
        scene.move_to("nfs", port).await;
        if round % 2 == 0 {
            scene.enable("smb", false).await;
        } else {
            scene.move_to("smb", port + 100).await;
        }
        // Anywhere between before its first watch and after its last write.
        tokio::time::sleep(Duration::from_millis(dice.u64(0..2500))).await;
        scene.kill_operator();
    }
    scene.start_operator();
    scene.until_open(&[("nfs", 13_509), ("smb", 13_609)]).await;
    scene.until_ready().await;
    assert_eq!(scene.uid(Kind::Service, &adapter("nfs")).await, nfs, "never recreated");
    assert_eq!(scene.pod().await, pod, "never restarted");
}
