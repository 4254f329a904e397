//! Modes that write less, and resources that cannot be read.

use embedded_kubernetes::{Fault, Kind, Verb, What};
use serde_json::{Value, json};

use crate::scene::{NAME, NAMESPACE, Scene, adapter, spec};

/// Nothing but the status is written, whatever happens; and it says what would be.
async fn only_shows(scene: &Scene, reason: &str) {
    let exposed = scene.exposed();
    scene.dittofs.stop_adapter("smb").unwrap();
    scene.pass(120).await;
    assert_eq!(scene.exposed(), exposed);
    assert_eq!(scene.condition("Reconciling").1, reason);
}

#[tokio::test(start_paused = true)]
async fn mode_01_observe_decides_and_reports_and_writes_nothing() {
    let scene = Scene::ready(&json!({})).await;
    scene.edit_spec(|spec| spec["adapterDiscovery"] = json!({ "mode": "Observe" }));
    only_shows(&scene, "Observe").await;
}

#[tokio::test(start_paused = true)]
async fn mode_01_observe_lives_on_the_credentials_that_are_there_and_makes_none() {
    let scene = Scene::fresh(&json!({ "adapterDiscovery": { "mode": "Observe" } }));
    scene.until_reason("Authenticated", "NoCredentials").await;
    scene.pass(3600).await;
    assert!(!scene.has(Kind::Secret, &format!("{NAME}-operator-credentials")));
    assert_eq!(scene.dittofs.requests().total(), 0, "nobody was asked for anything");
    let server = scene.get(Kind::DittoServer, NAME).unwrap();
    assert_eq!(server["metadata"]["finalizers"], Value::Null);
    // As soon as it may, it does.
    scene.edit_spec(|spec| spec["adapterDiscovery"] = json!({ "mode": "Sync" }));
    let took = scene.until("a ready server", Scene::is_ready).await;
    assert!(took.as_secs() < 10, "{took:?}");
    // What it has, it uses, and keeps to itself.
    scene.edit_spec(|spec| spec["adapterDiscovery"] = json!({ "mode": "Observe" }));
    scene.pass(60).await;
    let stored = scene.get(Kind::Secret, &format!("{NAME}-operator-credentials"));
    scene.pass(3 * 3600).await;
    assert_eq!(scene.condition("Authenticated").1, "Authenticated");
    assert_eq!(scene.get(Kind::Secret, &format!("{NAME}-operator-credentials")), stored);
}

#[tokio::test(start_paused = true)]
async fn auth_02_no_account_is_made_before_it_is_sure_to_be_taken_away() {
    let scene = Scene::fresh(&json!({}));
    let refused = Fault::new(What::Forbidden).on_kind(Kind::DittoServer).on_verb(Verb::Patch).always();
    scene.kubernetes().inject(refused);
    scene.pass(120).await;
    assert_eq!(scene.dittofs.requests().total(), 0, "the finalizer is not there yet");
    scene.kubernetes().heal_all();
    scene.until("a ready server", Scene::is_ready).await;
}

#[tokio::test(start_paused = true)]
async fn mode_01_a_pause_stops_everything_until_it_is_taken_away() {
    let scene = Scene::ready(&json!({})).await;
    let paused = |server: &mut Value| server["metadata"]["annotations"]["dittofs.io/paused"] = json!("true");
    scene.edit(Kind::DittoServer, NAME, paused);
    only_shows(&scene, "Paused").await;
    scene.edit(Kind::DittoServer, NAME, |server| server["metadata"]["annotations"] = json!({}));
    scene.until("the end of smb", |s| !s.has(Kind::Service, &adapter("smb"))).await;
}

#[tokio::test(start_paused = true)]
async fn mode_01_upsert_only_removes_nothing_and_still_adds() {
    let scene = Scene::ready(&json!({ "adapterDiscovery": { "mode": "UpsertOnly" } })).await;
    scene.dittofs.stop_adapter("smb").unwrap();
    scene.pass(120).await;
    assert!(scene.has(Kind::Service, &adapter("smb")));
    scene.kubernetes().delete(Kind::Service, NAMESPACE, &adapter("nfs"));
    scene.until("nfs again", |s| s.has(Kind::Service, &adapter("nfs"))).await;
}

#[tokio::test(start_paused = true)]
async fn a_resource_that_does_not_parse_is_held_and_said_and_stops_nobody_else() {
    let scene = Scene::ready(&json!({})).await;
    let other =
        scene.stage.add(NAMESPACE, "other", &spec(&json!({})), embedded_dittofs::Options::default()).unwrap();
    scene.pass(60).await;
    let exposed = scene.exposed();
    // As an older schema may have let it in.
    let mut broken = scene.get(Kind::DittoServer, NAME).unwrap();
    broken["spec"]["replicas"] = json!("one");
    broken["metadata"]["generation"] = json!(7);
    scene.kubernetes().put(broken).unwrap();
    other.stop_adapter("smb").unwrap();
    scene.until("the other's smb gone", |s| !s.has(Kind::Service, "other-adapter-smb")).await;
    scene.dittofs.stop_adapter("smb").unwrap();
    scene.pass(120).await;
    assert_eq!(
        scene.exposed().len(),
        exposed.len() - 2,
        "the other's two objects went, and nothing of the broken one"
    );
    assert!(scene.has(Kind::Service, &adapter("smb")));
    // The embedded API checks the whole object, so it refuses the status; that it was tried is what can be seen.
    let is_said = |request: &embedded_kubernetes::Request| {
        let body = request.body.as_deref().unwrap_or_default();
        request.subresource == Some("status") && body.contains("InvalidSpec")
    };
    assert_eq!(scene.kubernetes().requests().iter().filter(|r| is_said(r)).count(), 1, "once");
}
