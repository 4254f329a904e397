//! The incidents of the field, by name: each ends held, not wiped (SAFE-06).

use embedded_dittofs::{Fault, Framing, Options};
use embedded_kubernetes::{Kind, Verb, What};
use serde_json::json;

use crate::scene::{LIST, Scene, adapter, options};

/// For half an hour the server does this; then everything is as it was, byte for byte.
async fn is_held(fault: Fault, condition: &str, reason: &str) {
    let scene = Scene::ready(&json!({})).await;
    let exposed = scene.exposed();
    scene.dittofs.inject(fault.on(LIST));
    scene.until_reason(condition, reason).await;
    scene.pass(1800).await;
    assert_eq!(scene.exposed(), exposed);
    assert!(!scene.is_ready());
    scene.dittofs.heal();
    scene.until("a ready server", Scene::is_ready).await;
    assert_eq!(scene.exposed(), exposed);
}

fn answer(content_type: &'static str, body: &'static str) -> Fault {
    Fault::Answer { status: 200, content_type: Some(content_type.into()), body: body.into() }
}

#[tokio::test(start_paused = true)]
async fn safe_06_an_empty_successful_list() {
    is_held(answer("application/json", "[]"), "AdaptersDiscovered", "EmptyList").await;
}

#[tokio::test(start_paused = true)]
async fn safe_06_null_for_a_list() {
    is_held(answer("application/json", "null"), "AdaptersDiscovered", "EmptyList").await;
}

#[tokio::test(start_paused = true)]
async fn safe_06_an_empty_body() {
    is_held(Fault::EmptyOk, "AdaptersDiscovered", "EmptyList").await;
}

#[tokio::test(start_paused = true)]
async fn safe_06_a_maintenance_page_with_status_200() {
    is_held(Fault::HtmlOk, "AdaptersDiscovered", "ApiUnavailable").await;
}

#[tokio::test(start_paused = true)]
async fn safe_06_a_failed_list_taken_for_an_empty_one() {
    is_held(Fault::ServerError(500), "AdaptersDiscovered", "ApiUnavailable").await;
}

#[tokio::test(start_paused = true)]
async fn safe_06_a_truncated_body() {
    is_held(Fault::Truncated(Framing::ContentLength), "AdaptersDiscovered", "ApiUnavailable").await;
    is_held(
        answer("application/json", r#"[{"type":"nfs","enabled":tr"#),
        "AdaptersDiscovered",
        "ApiUnavailable",
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn safe_06_another_server_at_the_same_address_refuses_our_token() {
    let scene = Scene::ready(&json!({})).await;
    let exposed = scene.exposed();
    let secret = b"another-secret-of-32-bytes-or-more".to_vec();
    scene.dittofs.replace(Options { secret, admin_password: "another".to_owned(), ..Options::default() });
    scene.until_reason("AdaptersDiscovered", "Unauthorized").await;
    scene.pass(1800).await;
    assert_eq!(scene.exposed(), exposed);
    assert_eq!(scene.condition("Authenticated").0, "False");
}

#[tokio::test(start_paused = true)]
async fn safe_06_a_list_from_a_server_that_is_shutting_down() {
    let scene = Scene::ready(&json!({})).await;
    let exposed = scene.exposed();
    // Enabled, and not running: for less than the grace period.
    scene.dittofs.shut_down(std::time::Duration::from_secs(40));
    scene.pass(40).await;
    assert_eq!(scene.exposed(), exposed);
    scene.pass(600).await;
    assert_eq!(scene.exposed(), exposed);
    scene.dittofs.restart();
    scene.until("a ready server", Scene::is_ready).await;
    assert_eq!(scene.exposed(), exposed);
}

#[tokio::test(start_paused = true)]
async fn safe_06_an_operator_restart_during_an_outage() {
    let mut scene = Scene::ready(&json!({})).await;
    let exposed = scene.exposed();
    scene.dittofs.go_down();
    scene.pass(120).await;
    for seed in 2..6 {
        scene.restart(scene.stage.world(seed), options());
        scene.pass(400).await;
        assert_eq!(scene.exposed(), exposed);
    }
    scene.dittofs.restart();
    scene.until("a ready server", Scene::is_ready).await;
    assert_eq!(scene.exposed(), exposed);
}

#[tokio::test(start_paused = true)]
async fn safe_04_an_adapter_that_rebinds_its_port_keeps_its_service() {
    let scene = Scene::ready(&json!({ "adapterDiscovery": { "pollingInterval": "5s" } })).await;
    let exposed = scene.exposed();
    scene.dittofs.not_running("nfs", true);
    scene.until_reason("AdaptersReady", "NotRunning").await;
    scene.pass(35).await;
    assert_eq!(scene.exposed(), exposed);
    scene.dittofs.not_running("nfs", false);
    scene.until("a ready server", Scene::is_ready).await;
    assert_eq!(scene.exposed(), exposed);
    scene.dittofs.not_running("nfs", true);
    let gone = |s: &Scene| !s.has(embedded_kubernetes::Kind::Service, "srv-adapter-nfs");
    let took = scene.until("a withdrawal when it lasts", gone).await;
    assert!(took.as_secs() >= 45 && took.as_secs() <= 56, "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn an_api_server_that_does_not_answer_is_asked_again() {
    for (verb, kind) in [
        (Verb::Create, Kind::Service),
        (Verb::Create, Kind::NetworkPolicy),
        (Verb::Patch, Kind::StatefulSet),
        (Verb::Patch, Kind::DittoServer),
        (Verb::Get, Kind::Secret),
        (Verb::Create, Kind::Secret),
    ] {
        let scene = Scene::fresh(&json!({}));
        let hangs = embedded_kubernetes::Fault::new(What::Slow(std::time::Duration::from_secs(100_000)));
        scene.kubernetes().inject(hangs.times(1).on_verb(verb).on_kind(kind));
        let took = scene.until("a ready server", Scene::is_ready).await;
        assert!(took.as_secs() < 60, "{verb:?} {kind:?}: {took:?}");
        assert!(scene.has(Kind::Service, &adapter("nfs")) && scene.has(Kind::Service, &adapter("smb")));
    }
}
