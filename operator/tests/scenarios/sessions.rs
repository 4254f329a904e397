//! How it comes by its session, and keeps it, whatever happens to account and Secrets.

use std::time::Duration;

use embedded_dittofs::{Outcome, Role};
use embedded_kubernetes::Kind;
use serde_json::json;

use crate::scene::{LIST, NAMESPACE, Scene};

const SECRET: &str = "srv-operator-credentials";

#[tokio::test(start_paused = true)]
async fn auth_01_auth_02_auth_03_a_fresh_server_gets_an_account_of_least_privilege_which_is_proved() {
    let scene = Scene::fresh(&json!({}));
    let took = scene.until("a ready server", Scene::is_ready).await;
    assert!(took < Duration::from_secs(10), "{took:?}");
    let secret = scene.get(Kind::Secret, SECRET).unwrap();
    assert_eq!(secret["metadata"]["ownerReferences"][0]["name"], "srv");
    let probe = format!("{LIST}/dittofs-adapters-privilege-probe");
    assert_eq!(scene.dittofs.requests().count_with("DELETE", &probe, Outcome::Status(403)), 1);
}

#[tokio::test(start_paused = true)]
async fn auth_01_an_account_with_too_much_privilege_is_said() {
    let scene = Scene::ready(&json!({})).await;
    scene.dittofs.set_role("k8s-operator", Role::Admin).unwrap();
    let took = scene.until_reason("Authenticated", "TooMuchPrivilege").await;
    assert!(took < Duration::from_secs(900), "at the next refresh: {took:?}");
    assert!(scene.is_ready(), "it still works");
}

#[tokio::test(start_paused = true)]
async fn auth_04_whatever_happens_to_tokens_and_accounts_it_finds_back() {
    let scene = Scene::ready(&json!({})).await;
    let exposed = scene.exposed();
    let recovers = async |what: &str| {
        scene.pass(40).await;
        let took = scene.until(&format!("recovery from {what}"), Scene::is_ready).await;
        assert!(took < Duration::from_secs(120), "{what}: {took:?}");
        assert_eq!(scene.exposed(), exposed, "{what}");
    };
    scene.dittofs.rotate_secret();
    recovers("a rotated token secret").await;
    scene.dittofs.reset_password("k8s-operator", "somebody-else-s").unwrap();
    scene.dittofs.rotate_secret();
    recovers("another password").await;
    scene.dittofs.reset_database();
    scene.dittofs.rotate_secret();
    recovers("an empty database").await;
    scene.kubernetes().delete(Kind::Secret, NAMESPACE, SECRET);
    scene.until("the Secret again", |s| s.has(Kind::Secret, SECRET)).await;
    recovers("a deleted Secret").await;
}

#[tokio::test(start_paused = true)]
async fn what_an_administrator_did_to_the_account_is_said_and_never_undone() {
    let scene = Scene::ready(&json!({})).await;
    let exposed = scene.exposed();
    scene.dittofs.disable_user("k8s-operator").unwrap();
    let took = scene.until_reason("Authenticated", "AccountDisabled").await;
    assert!(took < Duration::from_secs(1000), "when the token dies at the latest: {took:?}");
    scene.pass(3600).await;
    assert_eq!(scene.exposed(), exposed);
    assert_eq!(scene.condition("Stalled").0, "True");
    scene.dittofs.set_user_enabled("k8s-operator", true).unwrap();
    let took = scene.until("a ready server", Scene::is_ready).await;
    assert!(took < Duration::from_secs(310), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn auth_02_an_administrator_s_secret_that_comes_late_is_noticed_at_once() {
    let scene = Scene::fresh(&json!({}));
    let bootstrap = "srv-admin-bootstrap-credentials";
    let secret = scene.get(Kind::Secret, bootstrap).unwrap();
    scene.kubernetes().delete(Kind::Secret, NAMESPACE, bootstrap);
    scene.until_reason("Authenticated", "AdminSecretMissing").await;
    scene.pass(1000).await;
    let mut again = secret;
    again["metadata"]["resourceVersion"].take();
    scene.kubernetes().put(again).unwrap();
    let took = scene.until("a ready server", Scene::is_ready).await;
    assert!(took < Duration::from_secs(10), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn where_the_password_cannot_be_stored_no_account_is_touched() {
    let scene = Scene::fresh(&json!({}));
    let foreign = json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": { "name": SECRET, "namespace": NAMESPACE },
        "stringData": { "username": "somebody", "password": "else-1234" },
    });
    scene.kubernetes().put(foreign).unwrap();
    scene.until_reason("Authenticated", "SecretUnavailable").await;
    scene.pass(600).await;
    assert_eq!(scene.dittofs.requests().total(), 0, "nobody was asked to make an account, or to change it");
    scene.kubernetes().delete(Kind::Secret, NAMESPACE, SECRET);
    let took = scene.until("a ready server", Scene::is_ready).await;
    assert!(took < Duration::from_secs(310), "{took:?}");
}
