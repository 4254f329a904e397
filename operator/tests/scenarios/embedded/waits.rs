//! What takes minutes.

use std::time::Duration;

use embedded_kubernetes::Kind;
use serde_json::json;
use tokio::time::Instant;

use crate::deletion::until_nothing_is_left;
use crate::ground::{Account, Embedded, Ground as _, NAME, Process};
use crate::scene::Scene;

scenarios_of!(
    embedded: a_server_that_is_down_does_not_keep_its_resource_for_ever,
    an_account_that_is_enabled_again_is_noticed_in_five_minutes,
    obsv_03_a_pod_that_becomes_ready_ends_the_waiting_at_once,
);

async fn a_server_that_is_down_does_not_keep_its_resource_for_ever(scenario: &'static str) {
    let scene = Scene::<Embedded>::ready(scenario, &json!({})).await;
    scene.process(Process::Dies).await;
    scene.pass(60).await;
    let start = Instant::now();
    scene.delete(Kind::DittoServer, NAME).await;
    until_nothing_is_left(&scene).await;
    // 60 s for the account, 105 s of grace, and some seconds between.
    assert!(start.elapsed() < Duration::from_secs(60 + 105 + 30), "{:?}", start.elapsed());
}

async fn an_account_that_is_enabled_again_is_noticed_in_five_minutes(scenario: &'static str) {
    let scene = Scene::<Embedded>::ready(scenario, &json!({})).await;
    let promised = scene.promised().await;
    scene.account(Account::Disabled).await;
    scene.until_reason("Authenticated", "AccountDisabled").await;
    scene.pass(3600).await;
    assert_eq!(scene.promised().await, promised);
    scene.account(Account::Enabled).await;
    let took = scene.until_ready().await;
    assert!(took < Duration::from_secs(310), "{took:?}");
}

async fn obsv_03_a_pod_that_becomes_ready_ends_the_waiting_at_once(scenario: &'static str) {
    let scene = Scene::<Embedded>::ready(scenario, &json!({})).await;
    scene.process(Process::Dies).await;
    scene.pass(1800).await;
    scene.kubernetes().set_pod_ready(scene.namespace(), "srv-0", false);
    scene.pass(1).await;
    scene.process(Process::Starts).await;
    scene.kubernetes().set_pod_ready(scene.namespace(), "srv-0", true);
    let took = scene.until_ready().await;
    assert!(took < Duration::from_secs(3), "{took:?}");
}
