//! What administrators and other people do.

use embedded_kubernetes::Kind;
use serde_json::json;

use crate::ground::{Ground, LIST};
use crate::scene::{FRESH, Scene, adapter, foreign};

scenarios!(
    srvc_03_secu_04_a_stopped_adapter_is_gone_within_one_cycle_and_the_other_stays,
    srvc_03_secu_04_an_adapter_that_is_deleted_is_gone_within_one_cycle,
    srvc_02_an_adapter_that_moves_keeps_its_service,
    a_service_that_somebody_deletes_or_edits_is_mended_without_a_poll,
    safe_02_a_foreign_service_in_the_way_is_reported_never_written_and_waited_for,
    safe_02_a_foreign_policy_in_the_way_is_reported_never_written_and_waited_for,
    disc_02_a_changed_interval_takes_effect_at_once,
);

async fn srvc_03_secu_04_a_stopped_adapter_is_gone_within_one_cycle_and_the_other_stays<G: Ground>(
    scenario: &str,
) {
    let scene = Scene::<G>::ready(scenario, &json!({})).await;
    let nfs = scene.get(Kind::Service, &adapter("nfs")).await;
    scene.enable("smb", false).await;
    let took = scene.until_open(&FRESH[..1]).await;
    assert!(took <= G::CYCLE, "{took:?}");
    assert_eq!(scene.get(Kind::Service, &adapter("nfs")).await, nfs);
    scene.enable("smb", true).await;
    scene.until_open(&FRESH).await;
}

async fn srvc_03_secu_04_an_adapter_that_is_deleted_is_gone_within_one_cycle<G: Ground>(scenario: &str) {
    let scene = Scene::<G>::ready(scenario, &json!({})).await;
    let pod = scene.pod().await;
    scene.remove("smb").await;
    let took = scene.until_open(&FRESH[..1]).await;
    assert!(took <= G::CYCLE, "{took:?}");
    // The last one: an empty list says nothing.
    let promised = scene.promised().await;
    scene.remove("nfs").await;
    scene.until_reason("AdaptersDiscovered", "EmptyList").await;
    scene.stays(&promised).await;
    scene.make("smb", 13_445).await;
    scene.until_open(&[("smb", 13_445)]).await;
    scene.make("nfs", 12_049).await;
    scene.until_open(&[FRESH[0], ("smb", 13_445)]).await;
    assert_eq!(scene.pod().await, pod);
}

async fn srvc_02_an_adapter_that_moves_keeps_its_service<G: Ground>(scenario: &str) {
    let scene = Scene::<G>::ready(scenario, &json!({})).await;
    let before = (scene.uid(Kind::Service, &adapter("nfs")).await, scene.pod().await);
    scene.move_to("nfs", 13_049).await;
    let took = scene.until_open(&[("nfs", 13_049), FRESH[1]]).await;
    assert!(took <= G::CYCLE, "{took:?}");
    // Each to where the other was.
    scene.move_to("nfs", 13_050).await;
    scene.move_to("smb", 13_049).await;
    scene.until_open(&[("nfs", 13_050), ("smb", 13_049)]).await;
    assert_eq!((scene.uid(Kind::Service, &adapter("nfs")).await, scene.pod().await), before);
}

async fn a_service_that_somebody_deletes_or_edits_is_mended_without_a_poll<G: Ground>(scenario: &str) {
    let scene =
        Scene::<G>::ready(scenario, &json!({ "adapterDiscovery": { "pollingInterval": "10m" } })).await;
    let polls = scene.asked("GET", LIST, None);
    let pod = scene.pod().await;
    for kind in [Kind::Service, Kind::NetworkPolicy] {
        scene.delete(kind, &adapter("nfs")).await;
        let took = scene.until_open(&FRESH).await;
        assert!(took < G::PROMPT, "{took:?}");
    }
    let ssh = json!({ "port": 22, "protocol": "TCP" });
    scene
        .edit(Kind::NetworkPolicy, &adapter("nfs"), &|policy| {
            policy["spec"]["ingress"][0]["ports"].as_array_mut().unwrap().push(ssh.clone());
        })
        .await;
    let ports = async || {
        let policy = scene.get(Kind::NetworkPolicy, &adapter("nfs")).await.unwrap();
        policy["spec"]["ingress"][0]["ports"].as_array().unwrap().len()
    };
    let took = scene.until("the policy as it was", async || ports().await == 1).await;
    assert!(took < G::PROMPT, "{took:?}");
    scene.is_open(&FRESH).await;
    assert_eq!(scene.asked("GET", LIST, None), polls);
    assert_eq!(scene.pod().await, pod);
}

/// Somebody has the name of an object of smb, which is to start.
async fn in_the_way<G: Ground>(scenario: &str, kind: Kind) {
    let scene = Scene::<G>::ready(scenario, &json!({})).await;
    scene.enable("smb", false).await;
    scene.until_open(&FRESH[..1]).await;
    let foreign = scene.create(foreign(kind, &adapter("smb"))).await;
    let promised = scene.promised().await;
    scene.enable("smb", true).await;
    scene.until_reason("AdaptersReady", "NameTaken").await;
    // Nor is its port opened.
    scene.stays(&promised).await;
    assert_eq!(scene.uid(kind, &adapter("smb")).await.as_deref(), foreign["metadata"]["uid"].as_str());
    let other = if kind == Kind::Service { Kind::NetworkPolicy } else { Kind::Service };
    assert!(!scene.has(other, &adapter("smb")).await, "half of an adapter");
    scene.delete(kind, &adapter("smb")).await;
    let took = scene.until_open(&FRESH).await;
    assert!(took < G::PROMPT, "{took:?}");
}

async fn safe_02_a_foreign_service_in_the_way_is_reported_never_written_and_waited_for<G: Ground>(
    scenario: &str,
) {
    in_the_way::<G>(scenario, Kind::Service).await;
}

async fn safe_02_a_foreign_policy_in_the_way_is_reported_never_written_and_waited_for<G: Ground>(
    scenario: &str,
) {
    in_the_way::<G>(scenario, Kind::NetworkPolicy).await;
}

async fn disc_02_a_changed_interval_takes_effect_at_once<G: Ground>(scenario: &str) {
    let scene =
        Scene::<G>::ready(scenario, &json!({ "adapterDiscovery": { "pollingInterval": "10m" } })).await;
    let interval = async |interval: &str| {
        scene.edit_spec(|spec| spec["adapterDiscovery"]["pollingInterval"] = json!(interval)).await;
    };
    let polls = || scene.asked("GET", LIST, None);
    let before = polls();
    interval("1s").await;
    let more = scene.until("three polls", async || polls() >= before + 3).await;
    assert!(more < G::PROMPT, "a shorter one does not wait out the longer: {more:?}");
    interval("10m").await;
    scene.pass(2).await;
    let before = polls();
    scene.stays(&scene.promised().await).await;
    assert!(polls() - before <= 3, "{} polls", polls() - before);
}
