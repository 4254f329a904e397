//! Modes that write less.

use std::time::Duration;

use embedded_kubernetes::Kind;
use serde_json::{Value, json};

use crate::ground::{Ground, NAME, Wishes};
use crate::scene::{FRESH, Scene, adapter};
use crate::sessions::SECRET;

scenarios!(
    mode_01_observe_decides_and_reports_and_writes_nothing,
    mode_01_observe_makes_no_account_until_it_may,
    mode_01_observe_lives_on_the_credentials_that_are_there_and_keeps_its_tokens_to_itself,
    mode_01_a_pause_stops_everything_until_it_is_taken_away,
    mode_01_upsert_only_removes_nothing_and_still_adds,
);

/// Nothing but the status is written, whatever happens; and it says what would be.
async fn only_shows<G: Ground>(scene: &Scene<G>, reason: &str) {
    let promised = scene.promised().await;
    scene.until_reason("Reconciling", reason).await;
    scene.enable("smb", false).await;
    scene.move_to("nfs", 13_049).await;
    scene.delete(Kind::NetworkPolicy, &adapter("smb")).await;
    let promised: Vec<Value> = promised
        .into_iter()
        .filter(|o| o["kind"] != "NetworkPolicy" || o["metadata"]["name"] != adapter("smb"))
        .collect();
    scene.stays(&promised).await;
    assert_eq!(scene.condition("Reconciling").await.1, reason);
}

async fn mode_01_observe_decides_and_reports_and_writes_nothing<G: Ground>(scenario: &str) {
    let scene = Scene::<G>::ready(scenario, &json!({})).await;
    mode(&scene, "Observe").await;
    only_shows(&scene, "Observe").await;
    mode(&scene, "Sync").await;
    scene.until_open(&[("nfs", 13_049)]).await;
}

async fn mode<G: Ground>(scene: &Scene<G>, mode: &str) {
    scene.edit_spec(|spec| spec["adapterDiscovery"]["mode"] = json!(mode)).await;
}

async fn mode_01_observe_makes_no_account_until_it_may<G: Ground>(scenario: &str) {
    let scene = Scene::<G>::fresh(scenario, &json!({ "adapterDiscovery": { "mode": "Observe" } })).await;
    scene.until_reason("Authenticated", "NoCredentials").await;
    scene.stays(&scene.promised().await).await;
    assert!(!scene.has(Kind::Secret, SECRET).await);
    assert_eq!(scene.asked_at_all(), 0, "nobody was asked for anything");
    let server = scene.get(Kind::DittoServer, NAME).await.unwrap();
    assert_eq!(server["metadata"]["finalizers"], Value::Null);
    mode(&scene, "Sync").await;
    let took = scene.until_open(&FRESH).await;
    assert!(took < 2 * G::PROMPT, "{took:?}");
}

async fn mode_01_observe_lives_on_the_credentials_that_are_there_and_keeps_its_tokens_to_itself<G: Ground>(
    scenario: &str,
) {
    let wishes = Wishes { access_token: Some(G::SHORT_LIFE), ..Wishes::default() };
    let scene = Scene::<G>::ready_with(scenario, &json!({}), wishes).await;
    mode(&scene, "Observe").await;
    scene.until_reason("Reconciling", "Observe").await;
    let stored = scene.get(Kind::Secret, SECRET).await;
    tokio::time::sleep(G::SHORT_LIFE + Duration::from_secs(2)).await;
    assert_eq!(scene.condition("Authenticated").await.1, "Authenticated");
    assert_eq!(scene.get(Kind::Secret, SECRET).await, stored);
    assert!(scene.asked("POST", "/api/v1/auth/refresh", Some(200)) > 0);
}

async fn mode_01_a_pause_stops_everything_until_it_is_taken_away<G: Ground>(scenario: &str) {
    let scene = Scene::<G>::ready(scenario, &json!({})).await;
    scene.pause(true).await;
    only_shows(&scene, "Paused").await;
    scene.pause(false).await;
    scene.until_open(&[("nfs", 13_049)]).await;
}

async fn mode_01_upsert_only_removes_nothing_and_still_adds<G: Ground>(scenario: &str) {
    let scene = Scene::<G>::ready(scenario, &json!({ "adapterDiscovery": { "mode": "UpsertOnly" } })).await;
    let promised = scene.promised().await;
    scene.enable("smb", false).await;
    scene.stays(&promised).await;
    scene.delete(Kind::Service, &adapter("nfs")).await;
    scene.until_open(&FRESH).await;
}
