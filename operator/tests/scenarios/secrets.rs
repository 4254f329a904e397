//! No password and no token is anywhere but in Secrets.

use base64::Engine as _;
use embedded_kubernetes::Kind;
use serde_json::json;

use crate::log;
use crate::scene::{NAMESPACE, Scene, options};

/// Everything that was secret in this run.
fn secrets(scene: &Scene) -> Vec<String> {
    let decode = |text: &str| base64::engine::general_purpose::STANDARD.decode(text).ok();
    let mut found = vec!["admin-pass-1".to_owned()];
    for secret in scene.kubernetes().list(Kind::Secret, Some(NAMESPACE)) {
        for (key, value) in secret["data"].as_object().into_iter().flatten() {
            let bytes = value.as_str().and_then(decode).unwrap_or_default();
            let text = String::from_utf8(bytes).unwrap();
            if !["username", "server-url"].contains(&key.as_str()) {
                found.push(text);
                found.push(value.as_str().unwrap().to_owned());
            }
        }
    }
    found
}

#[tokio::test(start_paused = true)]
async fn no_secret_is_in_any_log_event_status_or_object_but_secrets() {
    log::take();
    let mut scene = Scene::fresh(&json!({}));
    scene.until("a ready server", Scene::is_ready).await;
    let mut canaries = secrets(&scene);
    // Through everything that is said about sessions.
    scene.dittofs.reset_password("k8s-operator", "somebody-else-s").unwrap();
    scene.dittofs.rotate_secret();
    scene.pass(60).await;
    canaries.extend(secrets(&scene));
    scene.dittofs.inject(embedded_dittofs::Fault::HtmlOk);
    scene.pass(1000).await;
    scene.dittofs.heal();
    scene.dittofs.disable_user("k8s-operator").unwrap();
    scene.pass(1000).await;
    canaries.extend(secrets(&scene));
    scene.restart(scene.stage.world(2), options());
    scene.pass(60).await;
    let log = log::taken();
    for place in
        ["TRACE kube_client", "the adapters cannot be read", "no session yet", "the caches are complete"]
    {
        assert!(log.contains(place), "the log was not taken: nothing of {place:?} in {} bytes", log.len());
    }
    let kinds = Kind::ALL.into_iter().filter(|kind| *kind != Kind::Secret);
    let objects: String =
        kinds.flat_map(|kind| scene.kubernetes().list(kind, None)).map(|object| object.to_string()).collect();
    assert!(canaries.len() > 10, "{canaries:?}");
    for canary in canaries.iter().filter(|canary| !canary.is_empty()) {
        assert!(!log.contains(canary), "in the log: {canary}");
        assert!(!objects.contains(canary), "in an object: {canary}");
    }
}
