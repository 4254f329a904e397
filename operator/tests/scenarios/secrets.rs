//! No password and no token is anywhere but in Secrets.

use base64::Engine as _;
use embedded_dittofs::Fault;
use embedded_kubernetes::Kind;
use serde_json::json;

use crate::ground::{Account, Ground, Process, Wishes};
use crate::scene::Scene;

scenarios!(no_secret_is_in_any_log_event_status_or_object_but_secrets);

/// Everything that is secret now.
async fn secrets<G: Ground>(scene: &Scene<G>) -> Vec<String> {
    let decode = |text: &str| base64::engine::general_purpose::STANDARD.decode(text).ok();
    let mut found = vec!["admin-pass-1".to_owned()];
    for secret in scene.list(Kind::Secret).await {
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

async fn no_secret_is_in_any_log_event_status_or_object_but_secrets<G: Ground>(scenario: &str) {
    let access_token = Some(G::SHORT_LIFE);
    let wishes = Wishes { access_token, everything_logged: true, ..Wishes::default() };
    let scene = Scene::<G>::ready_with(scenario, &json!({}), wishes).await;
    let mut canaries = secrets(&scene).await;
    // Through everything that is said about sessions.
    scene.account(Account::Password("somebody-else-s")).await;
    scene.process(Process::ChangesItsKey).await;
    scene.pass(2).await;
    scene.until_ready().await;
    canaries.extend(secrets(&scene).await);
    scene.inject(Fault::HtmlOk);
    scene.until_reason("AdaptersDiscovered", "ApiUnavailable").await;
    scene.heal();
    scene.process(Process::Dies).await;
    tokio::time::sleep(G::SHORT_LIFE).await;
    scene.process(Process::Starts).await;
    scene.until_ready().await;
    scene.account(Account::Disabled).await;
    scene.until_reason("Authenticated", "AccountDisabled").await;
    canaries.extend(secrets(&scene).await);
    scene.restart_operator();
    scene.pass(5).await;
    let log = scene.log();
    for place in
        ["TRACE", "kube_runtime", "the adapters cannot be read", "no session yet", "the caches are complete"]
    {
        assert!(log.contains(place), "the log was not taken: nothing of {place:?} in {} bytes", log.len());
    }
    let mut objects = String::new();
    for kind in Kind::ALL.into_iter().filter(|kind| *kind != Kind::Secret) {
        for object in scene.list(kind).await {
            objects.push_str(&object.to_string());
        }
    }
    assert!(canaries.len() > 10, "{canaries:?}");
    for canary in canaries.iter().filter(|canary| !canary.is_empty()) {
        assert!(!log.contains(canary), "in the log: {canary}");
        assert!(!objects.contains(canary), "in an object: {canary}");
    }
}
