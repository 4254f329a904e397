//! The incidents of the field, by name: each ends held, not wiped (SAFE-06).

use std::time::Duration;

use embedded_dittofs::{Fault, Framing};
use embedded_kubernetes::Kind;
use serde_json::{Value, json};

use crate::ground::{Ground, Process};
use crate::scene::{FRESH, Scene, adapter};

scenarios!(
    safe_06_an_empty_successful_list,
    safe_06_null_for_a_list,
    safe_06_an_empty_body,
    safe_06_a_maintenance_page_with_status_200,
    safe_06_a_failed_list_taken_for_an_empty_one,
    safe_06_a_body_that_is_shorter_than_it_says,
    safe_06_a_body_without_its_last_chunk,
    safe_06_a_body_that_ends_in_the_middle_of_an_entry,
    safe_06_another_server_at_the_same_address_refuses_our_token,
    safe_06_a_list_from_a_server_that_is_shutting_down,
    safe_04_an_adapter_that_rebinds_its_port_keeps_its_service_until_that_lasts,
    safe_06_an_operator_restart_during_an_outage,
    auth_04_a_server_that_hangs_and_one_that_is_gone_take_nothing_away,
    disc_03_an_empty_list_that_the_resource_trusts_withdraws_everybody,
);

/// For a long time the list is answered so; then everything is as it was, byte for byte.
async fn is_held<G: Ground>(scenario: &str, fault: Fault, reason: &str) {
    let scene = Scene::<G>::ready(scenario, &json!({})).await;
    let promised = scene.promised().await;
    scene.inject(fault);
    scene.until_reason("AdaptersDiscovered", reason).await;
    scene.stays(&promised).await;
    assert!(!scene.is_ready().await);
    scene.heal();
    scene.until_ready().await;
    assert_eq!(scene.promised().await, promised);
}

fn answer(body: impl Into<String>) -> Fault {
    let content_type = Some("application/json".into());
    Fault::Answer { status: 200, content_type, body: body.into().into() }
}

async fn safe_06_an_empty_successful_list<G: Ground>(scenario: &str) {
    is_held::<G>(scenario, answer("[]"), "EmptyList").await;
}

async fn safe_06_null_for_a_list<G: Ground>(scenario: &str) {
    is_held::<G>(scenario, answer("null"), "EmptyList").await;
}

async fn safe_06_an_empty_body<G: Ground>(scenario: &str) {
    is_held::<G>(scenario, Fault::EmptyOk, "EmptyList").await;
}

async fn safe_06_a_maintenance_page_with_status_200<G: Ground>(scenario: &str) {
    is_held::<G>(scenario, Fault::HtmlOk, "ApiUnavailable").await;
}

async fn safe_06_a_failed_list_taken_for_an_empty_one<G: Ground>(scenario: &str) {
    is_held::<G>(scenario, Fault::ServerError(500), "ApiUnavailable").await;
}

async fn safe_06_a_body_that_is_shorter_than_it_says<G: Ground>(scenario: &str) {
    is_held::<G>(scenario, Fault::Truncated(Framing::ContentLength), "ApiUnavailable").await;
}

async fn safe_06_a_body_without_its_last_chunk<G: Ground>(scenario: &str) {
    is_held::<G>(scenario, Fault::Truncated(Framing::Chunked), "ApiUnavailable").await;
}

async fn safe_06_a_body_that_ends_in_the_middle_of_an_entry<G: Ground>(scenario: &str) {
    is_held::<G>(scenario, answer(r#"[{"type":"nfs","enabled":tr"#), "ApiUnavailable").await;
}

async fn safe_06_another_server_at_the_same_address_refuses_our_token<G: Ground>(scenario: &str) {
    let scene = Scene::<G>::ready(scenario, &json!({})).await;
    let promised = scene.promised().await;
    scene.process(Process::IsReplaced).await;
    scene.until_reason("AdaptersDiscovered", "Unauthorized").await;
    scene.stays(&promised).await;
    assert_eq!(scene.condition("Authenticated").await.0, "False");
}

/// A list of the two adapters, of which these run.
fn running(which: [bool; 2]) -> Fault {
    let entries = FRESH.iter().zip(which).map(|((adapter, port), running)| {
        json!({ "type": adapter, "port": port, "enabled": true, "running": running })
    });
    answer(entries.collect::<Value>().to_string())
}

const GRACE: Duration = Duration::from_secs(6);

/// A server of which the scenario sees the grace period pass.
async fn with_grace<G: Ground>(scenario: &str) -> Scene<G> {
    let discovery =
        json!({ "pollingInterval": "1s", "notRunningGracePeriod": format!("{}s", GRACE.as_secs()) });
    Scene::ready(scenario, &json!({ "adapterDiscovery": discovery })).await
}

async fn safe_06_a_list_from_a_server_that_is_shutting_down<G: Ground>(scenario: &str) {
    let scene = with_grace::<G>(scenario).await;
    let promised = scene.promised().await;
    scene.inject(running([false, false]));
    scene.until_reason("AdaptersReady", "NotRunning").await;
    scene.process(Process::Dies).await;
    scene.heal();
    scene.until_reason("AdaptersDiscovered", "ApiUnavailable").await;
    scene.stays(&promised).await;
    scene.process(Process::Starts).await;
    scene.until_ready().await;
    assert_eq!(scene.promised().await, promised);
}

async fn safe_04_an_adapter_that_rebinds_its_port_keeps_its_service_until_that_lasts<G: Ground>(
    scenario: &str,
) {
    let scene = with_grace::<G>(scenario).await;
    let promised = scene.promised().await;
    scene.inject(running([false, true]));
    scene.until_reason("AdaptersReady", "NotRunning").await;
    scene.heal();
    scene.until_ready().await;
    assert_eq!(scene.promised().await, promised);
    scene.inject(running([false, true]));
    scene.until_reason("AdaptersReady", "NotRunning").await;
    let took = scene.until_gone(Kind::Service, &adapter("nfs")).await;
    assert!(took + Duration::from_secs(2) >= GRACE && took <= GRACE + G::CYCLE, "{took:?}");
    scene.until_open(&[("smb", 1445)]).await;
}

async fn safe_06_an_operator_restart_during_an_outage<G: Ground>(scenario: &str) {
    let scene = Scene::<G>::ready(scenario, &json!({})).await;
    let promised = scene.promised().await;
    scene.process(Process::Dies).await;
    scene.until_reason("AdaptersDiscovered", "ApiUnavailable").await;
    for _ in 0..3 {
        scene.restart_operator();
        scene.stays(&promised).await;
    }
    scene.process(Process::Starts).await;
    scene.until_ready().await;
    assert_eq!(scene.promised().await, promised);
}

async fn auth_04_a_server_that_hangs_and_one_that_is_gone_take_nothing_away<G: Ground>(scenario: &str) {
    let scene = Scene::<G>::ready(scenario, &json!({})).await;
    let promised = scene.promised().await;
    for (ill, well) in [(Process::Halts, Process::GoesOn), (Process::Dies, Process::Starts)] {
        scene.process(ill).await;
        scene.until_reason("AdaptersDiscovered", "ApiUnavailable").await;
        scene.stays(&promised).await;
        scene.process(well).await;
        scene.until_ready().await;
        assert_eq!(scene.promised().await, promised, "{well:?}");
    }
}

async fn disc_03_an_empty_list_that_the_resource_trusts_withdraws_everybody<G: Ground>(scenario: &str) {
    let scene = Scene::<G>::ready(scenario, &json!({ "adapterDiscovery": { "emptyList": "Trust" } })).await;
    let pod = scene.pod().await;
    // No body is no list, whatever is trusted.
    scene.inject(Fault::EmptyOk);
    scene.until_reason("AdaptersDiscovered", "EmptyList").await;
    scene.is_open(&FRESH).await;
    scene.heal();
    scene.inject(answer("[]"));
    scene.until_open(&[]).await;
    scene.heal();
    scene.until_open(&FRESH).await;
    assert_eq!(scene.pod().await, pod);
}
