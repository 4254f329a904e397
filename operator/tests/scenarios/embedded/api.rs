//! An API server that fails, or has what it should not have.

use std::time::Duration;

use embedded_dittofs::Options;
use embedded_kubernetes::{Fault, Kind, Request, Verb, What};
use serde_json::{Value, json};

use crate::ground::{Embedded, Ground as _, NAME, spec};
use crate::scene::{FRESH, Scene, adapter};

scenarios_of!(
    embedded: an_api_server_that_does_not_answer_is_asked_again,
    auth_02_no_account_is_made_before_it_is_sure_to_be_taken_away,
    node_ports_that_are_exhausted_are_retried_slowly_and_said,
    safe_05_a_deletion_that_loses_to_a_writer_goes_by_uid_at_last,
    a_resource_that_does_not_parse_is_held_and_said_and_stops_nobody_else,
);

async fn an_api_server_that_does_not_answer_is_asked_again(scenario: &'static str) {
    for (verb, kind) in [
        (Verb::Create, Kind::Service),
        (Verb::Create, Kind::NetworkPolicy),
        (Verb::Patch, Kind::StatefulSet),
        (Verb::Patch, Kind::DittoServer),
        (Verb::Get, Kind::Secret),
        (Verb::Create, Kind::Secret),
    ] {
        let scene = Scene::<Embedded>::fresh(scenario, &json!({})).await;
        let hangs = Fault::new(What::Slow(Duration::from_secs(100_000)));
        scene.kubernetes().inject(hangs.times(1).on_verb(verb).on_kind(kind));
        let took = scene.until_ready().await;
        assert!(took.as_secs() < 60, "{verb:?} {kind:?}: {took:?}");
        scene.until_open(&FRESH).await;
    }
}

async fn auth_02_no_account_is_made_before_it_is_sure_to_be_taken_away(scenario: &'static str) {
    let scene = Scene::<Embedded>::fresh(scenario, &json!({})).await;
    let fails = Fault::new(What::InternalError).on_kind(Kind::DittoServer).on_verb(Verb::Patch).always();
    scene.kubernetes().inject(fails);
    scene.pass(120).await;
    assert_eq!(scene.asked_at_all(), 0, "the finalizer is not there yet");
    scene.kubernetes().heal_all();
    scene.until_ready().await;
}

async fn node_ports_that_are_exhausted_are_retried_slowly_and_said(scenario: &'static str) {
    let scene = Scene::<Embedded>::ready(scenario, &json!({})).await;
    scene.enable("smb", false).await;
    scene.until_open(&FRESH[..1]).await;
    scene.kubernetes().limit_node_ports(30_000..=30_000);
    scene.enable("smb", true).await;
    scene.until_reason("AdaptersReady", "NodePortsExhausted").await;
    scene.pass(10).await;
    scene.kubernetes().forget_requests();
    scene.pass(1500).await;
    let counts = scene.kubernetes().request_counts();
    let tries = counts.get(&(Verb::Create, Kind::Service, None)).copied().unwrap_or_default();
    assert!((3..=6).contains(&tries), "{counts:?}");
    scene.kubernetes().limit_node_ports(30_000..=32_767);
    scene.until_open(&FRESH).await;
}

async fn safe_05_a_deletion_that_loses_to_a_writer_goes_by_uid_at_last(scenario: &'static str) {
    let scene = Scene::<Embedded>::ready(scenario, &json!({})).await;
    let (cluster, namespace) = (scene.kubernetes().clone(), scene.namespace().to_owned());
    let writer = tokio::spawn(async move {
        for count in 0.. {
            let ingress = json!([{ "ip": format!("198.18.9.{}", count % 250) }]);
            let write = |service: &mut Value| service["status"]["loadBalancer"]["ingress"] = ingress;
            if cluster.edit_status(Kind::Service, &namespace, &adapter("smb"), write).is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    // What the watch shows is always older than what is there.
    let late = Fault::new(What::Slow(Duration::from_millis(50))).always().on_verb(Verb::Delete);
    scene.kubernetes().inject(late);
    scene.enable("smb", false).await;
    let took = scene.until_open(&FRESH[..1]).await;
    assert!(took < Duration::from_secs(90), "{took:?}");
    writer.abort();
}

async fn a_resource_that_does_not_parse_is_held_and_said_and_stops_nobody_else(scenario: &'static str) {
    let scene = Scene::<Embedded>::ready(scenario, &json!({})).await;
    let other = spec(&json!({}), Embedded::POLL);
    let other = scene.stage.add(scene.namespace(), "other", &other, Options::default()).unwrap();
    scene.pass(60).await;
    let promised = scene.promised().await;
    // As an older schema may have let it in.
    let mut broken = scene.get(Kind::DittoServer, NAME).await.unwrap();
    broken["spec"]["replicas"] = json!("one");
    broken["metadata"]["generation"] = json!(7);
    scene.kubernetes().put(broken).unwrap();
    other.stop_adapter("smb").unwrap();
    scene.until_gone(Kind::Service, "other-adapter-smb").await;
    scene.enable("smb", false).await;
    scene.pass(120).await;
    let now = scene.promised().await.len();
    assert_eq!(now, promised.len() - 2, "the other's two objects went, and nothing of the broken one");
    assert!(scene.has(Kind::Service, &adapter("smb")).await);
    // The embedded API checks the whole object, so it refuses the status; that it was tried is what can be seen.
    let is_said = |request: &Request| {
        let body = request.body.as_deref().unwrap_or_default();
        request.subresource == Some("status") && body.contains("InvalidSpec")
    };
    assert_eq!(scene.kubernetes().requests().iter().filter(|r| is_said(r)).count(), 1, "once");
}
