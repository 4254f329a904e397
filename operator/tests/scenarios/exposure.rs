//! What a resource asks for its Services, and what cannot be exposed.

use embedded_kubernetes::Kind;
use serde_json::{Value, json};

use crate::ground::{Ground, NAME};
use crate::judged;
use crate::scene::{FRESH, Scene, adapter};

scenarios!(
    srvc_06_a_service_changes_its_type_in_place,
    srvc_07_annotations_come_and_go_and_those_of_others_stay,
    conf_02_the_outer_port_is_another_and_the_inner_one_stays,
    conf_02_sources_are_limited_in_the_policy_too_where_their_addresses_arrive,
    conf_02_an_adapter_that_is_not_to_be_exposed_is_withdrawn,
    safe_05_a_service_of_another_name_waits_for_an_approval,
    an_adapter_on_a_port_that_is_not_free_is_held_and_the_other_stays,
    a_server_without_replicas_keeps_what_it_has,
);

async fn asks<G: Ground>(scene: &Scene<G>, services: Value) {
    scene.edit_spec(|spec| spec["adapterServices"] = services.clone()).await;
}

async fn service<G: Ground>(scene: &Scene<G>) -> Value {
    scene.get(Kind::Service, &adapter("nfs")).await.unwrap_or_default()
}

async fn srvc_06_a_service_changes_its_type_in_place<G: Ground>(scenario: &str) {
    let scene = Scene::<G>::ready(scenario, &json!({})).await;
    let (before, pod) = (service(&scene).await, scene.pod().await);
    for kind in ["NodePort", "ClusterIP", "LoadBalancer"] {
        asks(&scene, json!({ "type": kind })).await;
        let has = async || service(&scene).await["spec"]["type"] == kind;
        let took = scene.until(kind, has).await;
        assert!(took < G::PROMPT, "{took:?}");
        scene.until_open(&FRESH).await;
        scene.until_ready().await;
        let now = service(&scene).await;
        for field in ["/metadata/uid", "/spec/clusterIP"] {
            assert_eq!(now.pointer(field), before.pointer(field), "{kind}");
        }
        assert_eq!(now["spec"]["ports"][0]["nodePort"].is_u64(), kind != "ClusterIP");
    }
    scene.stays(&scene.promised().await).await;
    assert_eq!(scene.pod().await, pod);
}

async fn srvc_07_annotations_come_and_go_and_those_of_others_stay<G: Ground>(scenario: &str) {
    let scene = Scene::<G>::ready(scenario, &json!({})).await;
    let annotation = async |name: &str| {
        let service = service(&scene).await;
        service["metadata"]["annotations"][name].as_str().map(str::to_owned)
    };
    asks(&scene, json!({ "annotations": { "example.com/ours": "1" } })).await;
    scene.until("ours", async || annotation("example.com/ours").await.as_deref() == Some("1")).await;
    let theirs = |service: &mut Value| service["metadata"]["annotations"]["example.com/theirs"] = json!("2");
    scene.edit(Kind::Service, &adapter("nfs"), &theirs).await;
    let other = |service: &mut Value| service["metadata"]["annotations"]["example.com/ours"] = json!("3");
    scene.edit(Kind::Service, &adapter("nfs"), &other).await;
    scene.until("ours again", async || annotation("example.com/ours").await.as_deref() == Some("1")).await;
    asks(&scene, json!({})).await;
    scene.until("an end of ours", async || annotation("example.com/ours").await.is_none()).await;
    assert_eq!(annotation("example.com/theirs").await.as_deref(), Some("2"));
    scene.stays(&scene.promised().await).await;
}

async fn conf_02_the_outer_port_is_another_and_the_inner_one_stays<G: Ground>(scenario: &str) {
    let scene = Scene::<G>::ready(scenario, &json!({})).await;
    let uid = scene.uid(Kind::Service, &adapter("nfs")).await;
    let ports = async || {
        let service = service(&scene).await;
        let port = &service["spec"]["ports"][0];
        (port["port"].as_u64(), port["targetPort"].as_u64())
    };
    asks(&scene, json!({ "overrides": [{ "adapter": "nfs", "port": 2049 }] })).await;
    scene.until("port 2049", async || ports().await == (Some(2049), Some(12_049))).await;
    scene.is_open(&FRESH).await;
    scene.move_to("nfs", 13_049).await;
    scene.until("port 13049 behind it", async || ports().await == (Some(2049), Some(13_049))).await;
    scene.is_open(&[("nfs", 13_049), FRESH[1]]).await;
    asks(&scene, json!({})).await;
    scene.until_open(&[("nfs", 13_049), FRESH[1]]).await;
    assert_eq!(scene.uid(Kind::Service, &adapter("nfs")).await, uid);
}

async fn conf_02_sources_are_limited_in_the_policy_too_where_their_addresses_arrive<G: Ground>(
    scenario: &str,
) {
    let scene = Scene::<G>::ready(scenario, &json!({})).await;
    let limited = |policy: &str| {
        json!({ "overrides": [{
            "adapter": "nfs", "loadBalancerSourceRanges": ["192.0.2.0/24"], "externalTrafficPolicy": policy,
        }] })
    };
    let is_limited =
        async || service(&scene).await["spec"]["loadBalancerSourceRanges"] == json!(["192.0.2.0/24"]);
    asks(&scene, limited("Cluster")).await;
    scene.until("a limit at the load balancer", is_limited).await;
    scene.until_ready().await;
    scene.is_open(&FRESH).await;
    // Whoever tries is of another network.
    asks(&scene, limited("Local")).await;
    let closed = Some(scene.open(&FRESH[1..]));
    scene.until("a limit in the policy", async || judged::open_to_the_world(&scene).await == closed).await;
    scene.until_ready().await;
    scene.stays(&scene.promised().await).await;
    asks(&scene, json!({})).await;
    scene.until("no limit", async || !is_limited().await).await;
    scene.until_open(&FRESH).await;
}

async fn conf_02_an_adapter_that_is_not_to_be_exposed_is_withdrawn<G: Ground>(scenario: &str) {
    let scene = Scene::<G>::ready(scenario, &json!({})).await;
    asks(&scene, json!({ "overrides": [{ "adapter": "nfs", "expose": false }] })).await;
    scene.until_open(&FRESH[1..]).await;
    asks(&scene, json!({})).await;
    scene.until_open(&FRESH).await;
}

async fn safe_05_a_service_of_another_name_waits_for_an_approval<G: Ground>(scenario: &str) {
    let scene = Scene::<G>::ready(scenario, &json!({})).await;
    let promised = scene.promised().await;
    asks(&scene, json!({ "nameTemplate": "{name}-of-{type}" })).await;
    scene.until_reason("AdaptersReady", "ReplaceRequired").await;
    scene.stays(&promised).await;
    let approved = json!({ "dittofs.io/approve-replace": scene.uid(Kind::Service, &adapter("nfs")).await });
    scene.edit(Kind::DittoServer, NAME, &|server| server["metadata"]["annotations"] = approved.clone()).await;
    scene.until_gone(Kind::Service, &adapter("nfs")).await;
    assert!(scene.has(Kind::Service, "srv-of-nfs").await, "made before the old one goes");
    assert!(scene.has(Kind::Service, &adapter("smb")).await, "nobody approved of this one");
    scene.is_open(&FRESH).await;
    scene.stays(&scene.promised().await).await;
}

async fn an_adapter_on_a_port_that_is_not_free_is_held_and_the_other_stays<G: Ground>(scenario: &str) {
    let scene = Scene::<G>::ready(scenario, &json!({})).await;
    let promised = scene.promised().await;
    for (port, reason) in [(scene.api_port(), "ReservedPort"), (FRESH[0].1, "PortClash")] {
        scene.move_to("smb", port).await;
        scene.until_reason("AdaptersReady", reason).await;
        scene.stays(&promised).await;
    }
    scene.move_to("smb", 13_445).await;
    scene.until_open(&[FRESH[0], ("smb", 13_445)]).await;
}

async fn a_server_without_replicas_keeps_what_it_has<G: Ground>(scenario: &str) {
    let scene = Scene::<G>::ready(scenario, &json!({})).await;
    let promised = scene.promised().await;
    let replicas = async |replicas: u8| scene.edit_spec(|spec| spec["replicas"] = json!(replicas)).await;
    replicas(0).await;
    scene.until_reason("AdaptersReady", "ScaledToZero").await;
    scene.enable("smb", false).await;
    scene.stays(&promised).await;
    replicas(1).await;
    scene.until_open(&FRESH[..1]).await;
}
