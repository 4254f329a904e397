//! How it comes by its session, and keeps it, whatever happens to account and Secrets.

use std::time::Duration;

use embedded_dittofs::Role;
use embedded_kubernetes::Kind;
use serde_json::{Value, json};

use crate::ground::{Account, Ground, LIST, Process, Wishes};
use crate::scene::{FRESH, Scene};

pub const SECRET: &str = "srv-operator-credentials";
const BOOTSTRAP: &str = "srv-admin-bootstrap-credentials";

scenarios!(
    auth_01_auth_02_auth_03_a_fresh_server_gets_an_account_of_least_privilege_which_is_proved,
    auth_01_an_account_with_too_much_privilege_is_said,
    auth_04_another_key_of_the_tokens_is_found_back_from,
    auth_04_another_password_is_found_back_from,
    auth_04_an_empty_database_is_found_back_from,
    auth_04_a_deleted_account_is_found_back_from,
    auth_04_a_deleted_secret_is_found_back_from,
    auth_04_a_role_that_may_not_read_the_list_is_said_and_takes_nothing_away,
    auth_05_a_token_is_renewed_before_it_dies_and_the_pod_stays,
    what_an_administrator_did_to_the_account_is_said_and_never_undone,
    auth_02_an_administrator_s_secret_that_comes_late_is_noticed_at_once,
    where_the_password_cannot_be_stored_no_account_is_touched,
);

async fn auth_01_auth_02_auth_03_a_fresh_server_gets_an_account_of_least_privilege_which_is_proved<
    G: Ground,
>(
    scenario: &str,
) {
    let scene = Scene::<G>::fresh(scenario, &json!({})).await;
    let took = scene.until_open(&FRESH).await;
    assert!(took < 2 * G::PROMPT, "{took:?}");
    assert!(scene.has_account().await);
    let secret = scene.get(Kind::Secret, SECRET).await.unwrap();
    assert_eq!(secret["metadata"]["ownerReferences"][0]["name"], "srv");
    let probe = format!("{LIST}/dittofs-adapters-privilege-probe");
    scene.until("the probe", async || scene.asked("DELETE", &probe, Some(403)) > 0).await;
    scene.stays(&scene.promised().await).await;
    assert_eq!(scene.asked("DELETE", &probe, None), 1, "once");
}

/// With tokens that a scenario sees die.
async fn short_lived<G: Ground>(scenario: &str) -> Scene<G> {
    let wishes = Wishes { access_token: Some(G::SHORT_LIFE), ..Wishes::default() };
    Scene::ready_with(scenario, &json!({}), wishes).await
}

async fn auth_01_an_account_with_too_much_privilege_is_said<G: Ground>(scenario: &str) {
    let scene = short_lived::<G>(scenario).await;
    scene.account(Account::Role(Role::Admin)).await;
    let took = scene.until_reason("Authenticated", "TooMuchPrivilege").await;
    assert!(took < G::SHORT_LIFE, "at the next refresh: {took:?}");
    assert!(scene.is_ready().await, "it still works");
    scene.is_open(&FRESH).await;
}

/// All is as it was, before long.
async fn recovers<G: Ground>(scene: &Scene<G>, promised: &[Value]) {
    scene.until_ready().await;
    scene.stays(promised).await;
    assert!(scene.is_ready().await && scene.has_account().await);
}

async fn auth_04_another_key_of_the_tokens_is_found_back_from<G: Ground>(scenario: &str) {
    let scene = Scene::<G>::ready(scenario, &json!({})).await;
    let promised = scene.promised().await;
    let logins = scene.asked("POST", "/api/v1/auth/login", Some(200));
    scene.process(Process::ChangesItsKey).await;
    scene.until("a login", async || scene.asked("POST", "/api/v1/auth/login", Some(200)) > logins).await;
    recovers(&scene, &promised).await;
}

async fn auth_04_another_password_is_found_back_from<G: Ground>(scenario: &str) {
    let scene = Scene::<G>::ready(scenario, &json!({})).await;
    let (promised, stored) = (scene.promised().await, scene.get(Kind::Secret, SECRET).await.unwrap());
    scene.account(Account::Password("somebody-else-s")).await;
    scene.process(Process::ChangesItsKey).await;
    let another = async || {
        let now = scene.get(Kind::Secret, SECRET).await.unwrap();
        now["data"]["password"] != stored["data"]["password"]
    };
    scene.until("another password", another).await;
    recovers(&scene, &promised).await;
}

async fn auth_04_an_empty_database_is_found_back_from<G: Ground>(scenario: &str) {
    let scene = short_lived::<G>(scenario).await;
    let promised = scene.promised().await;
    scene.process(Process::LosesItsDatabase).await;
    assert!(!scene.has_account().await);
    // At the latest when its token has to be renewed.
    let took = scene.until("an account", async || scene.has_account().await).await;
    assert!(took < G::SHORT_LIFE + G::CYCLE, "{took:?}");
    scene.until_reason("Authenticated", "Authenticated").await;
    recovers(&scene, &promised).await;
}

async fn auth_04_a_deleted_account_is_found_back_from<G: Ground>(scenario: &str) {
    let scene = short_lived::<G>(scenario).await;
    let promised = scene.promised().await;
    scene.account(Account::Deleted).await;
    let took = scene.until("an account", async || scene.has_account().await).await;
    assert!(took < G::SHORT_LIFE + G::CYCLE, "when its token has to be renewed: {took:?}");
    scene.until_reason("Authenticated", "Authenticated").await;
    recovers(&scene, &promised).await;
}

async fn auth_04_a_role_that_may_not_read_the_list_is_said_and_takes_nothing_away<G: Ground>(scenario: &str) {
    let scene = short_lived::<G>(scenario).await;
    let promised = scene.promised().await;
    scene.account(Account::Role(Role::User)).await;
    scene.until_reason("Authenticated", "AccountRoleWrong").await;
    scene.until_reason("AdaptersDiscovered", "Unauthorized").await;
    scene.stays(&promised).await;
    scene.account(Account::Role(Role::Operator)).await;
    // By itself it looks again in some minutes.
    scene.restart_operator();
    recovers(&scene, &promised).await;
}

async fn auth_04_a_deleted_secret_is_found_back_from<G: Ground>(scenario: &str) {
    let scene = Scene::<G>::ready(scenario, &json!({})).await;
    let promised = scene.promised().await;
    scene.delete(Kind::Secret, SECRET).await;
    scene.until("the Secret again", async || scene.has(Kind::Secret, SECRET).await).await;
    recovers(&scene, &promised).await;
}

async fn auth_05_a_token_is_renewed_before_it_dies_and_the_pod_stays<G: Ground>(scenario: &str) {
    let scene = short_lived::<G>(scenario).await;
    let promised = scene.promised().await;
    let refreshes = || scene.asked("POST", "/api/v1/auth/refresh", Some(200));
    let before = refreshes();
    scene.until("two refreshes", async || refreshes() >= before + 2).await;
    assert_eq!(scene.asked("GET", LIST, Some(401)), 0);
    assert_eq!(scene.promised().await, promised);
}

async fn what_an_administrator_did_to_the_account_is_said_and_never_undone<G: Ground>(scenario: &str) {
    let scene = short_lived::<G>(scenario).await;
    let promised = scene.promised().await;
    scene.account(Account::Disabled).await;
    let took = scene.until_reason("Authenticated", "AccountDisabled").await;
    assert!(took < G::SHORT_LIFE + G::CYCLE, "when the token dies at the latest: {took:?}");
    scene.until("a stall", async || scene.condition("Stalled").await.0 == "True").await;
    scene.stays(&promised).await;
    assert_eq!(scene.condition("Authenticated").await.1, "AccountDisabled");
    scene.account(Account::Enabled).await;
    // By itself it looks again in some minutes.
    scene.restart_operator();
    scene.until_ready().await;
    assert_eq!(scene.promised().await, promised);
}

async fn auth_02_an_administrator_s_secret_that_comes_late_is_noticed_at_once<G: Ground>(scenario: &str) {
    let scene = Scene::<G>::unattended(scenario, &json!({}), Wishes::default()).await;
    let mut secret = scene.get(Kind::Secret, BOOTSTRAP).await.unwrap();
    scene.delete(Kind::Secret, BOOTSTRAP).await;
    scene.start_operator();
    scene.until_reason("Authenticated", "AdminSecretMissing").await;
    scene.stays(&scene.promised().await).await;
    for given in ["resourceVersion", "uid", "creationTimestamp", "managedFields"] {
        secret["metadata"].as_object_mut().unwrap().remove(given);
    }
    scene.create(secret).await;
    let took = scene.until_open(&FRESH).await;
    assert!(took < 2 * G::PROMPT, "{took:?}");
}

async fn where_the_password_cannot_be_stored_no_account_is_touched<G: Ground>(scenario: &str) {
    let scene = Scene::<G>::unattended(scenario, &json!({}), Wishes::default()).await;
    let foreign = json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": { "name": SECRET },
        "stringData": { "username": "somebody", "password": "else-1234" },
    });
    scene.create(foreign).await;
    scene.start_operator();
    scene.until_reason("Authenticated", "SecretUnavailable").await;
    scene.stays(&scene.promised().await).await;
    assert_eq!(scene.asked_at_all(), 0, "nobody was asked to make an account, or to change it");
    scene.delete(Kind::Secret, SECRET).await;
    let took = scene.until_ready().await;
    assert!(took < Duration::from_secs(310), "{took:?}");
}
