//! What administrators and other people do.

use std::time::Duration;

use embedded_kubernetes::Kind;
use serde_json::json;

use crate::scene::{NAMESPACE, Scene, adapter};

#[tokio::test(start_paused = true)]
async fn srvc_03_secu_04_a_stopped_adapter_is_gone_within_one_cycle_and_the_other_stays() {
    let scene = Scene::ready(&json!({})).await;
    let nfs = scene.get(Kind::Service, &adapter("nfs"));
    scene.dittofs.stop_adapter("smb").unwrap();
    let gone =
        |s: &Scene| !s.has(Kind::Service, &adapter("smb")) && !s.has(Kind::NetworkPolicy, &adapter("smb"));
    let took = scene.until("the end of smb", gone).await;
    assert!(took <= Duration::from_secs(31), "{took:?}");
    assert_eq!(scene.get(Kind::Service, &adapter("nfs")), nfs);
    scene.dittofs.start_adapter("smb").unwrap();
    scene.until("smb again", |s| s.has(Kind::Service, &adapter("smb"))).await;
}

#[tokio::test(start_paused = true)]
async fn safe_03_starts_and_stops_never_restart_the_pod_and_a_requested_restart_does_once() {
    let scene = Scene::ready(&json!({ "adapterDiscovery": { "pollingInterval": "5s" } })).await;
    let pod = scene.uid(Kind::Pod, "srv-0");
    for _ in 0..3 {
        scene.dittofs.stop_adapter("smb").unwrap();
        scene.pass(20).await;
        scene.dittofs.start_adapter("smb").unwrap();
        scene.pass(20).await;
    }
    assert_eq!(scene.uid(Kind::Pod, "srv-0"), pod);
    scene.kubernetes().rollout_restart(NAMESPACE, "srv").unwrap();
    scene.pass(300).await;
    assert_ne!(scene.uid(Kind::Pod, "srv-0"), pod, "kubectl rollout restart works at any time");
    assert_eq!(scene.kubernetes().rolled_pods(NAMESPACE, "srv"), 1);
    scene.until("a ready server", Scene::is_ready).await;
}

#[tokio::test(start_paused = true)]
async fn a_service_that_somebody_deletes_or_edits_is_mended_without_a_poll() {
    let scene = Scene::ready(&json!({})).await;
    let polls = scene.polls();
    scene.kubernetes().delete(Kind::Service, NAMESPACE, &adapter("nfs"));
    scene.until("the Service again", |s| s.has(Kind::Service, &adapter("nfs"))).await;
    scene.edit(Kind::NetworkPolicy, &adapter("nfs"), |policy| {
        policy["spec"]["ingress"][0]["ports"]
            .as_array_mut()
            .unwrap()
            .push(json!({ "port": 22, "protocol": "TCP" }));
    });
    let mended = |s: &Scene| {
        let policy = s.get(Kind::NetworkPolicy, &adapter("nfs")).unwrap();
        policy["spec"]["ingress"][0]["ports"].as_array().unwrap().len() == 1
    };
    let took = scene.until("the policy as it was", mended).await;
    assert!(took < Duration::from_secs(2), "{took:?}");
    assert_eq!(scene.polls(), polls);
}

#[tokio::test(start_paused = true)]
async fn safe_02_a_foreign_object_in_the_way_is_reported_never_written_and_waited_for() {
    let scene = Scene::ready(&json!({})).await;
    scene.dittofs.stop_adapter("smb").unwrap();
    scene.until("the end of smb", |s| !s.has(Kind::Service, &adapter("smb"))).await;
    let foreign = json!({
        "apiVersion": "v1", "kind": "Service", "metadata": { "name": adapter("smb"), "namespace": NAMESPACE },
        "spec": { "ports": [{ "port": 80 }] },
    });
    let foreign = scene.kubernetes().create(foreign).unwrap();
    scene.dittofs.start_adapter("smb").unwrap();
    scene.until_reason("AdaptersReady", "NameTaken").await;
    scene.pass(1200).await;
    assert_eq!(scene.get(Kind::Service, &adapter("smb")), Some(foreign));
    assert!(!scene.has(Kind::NetworkPolicy, &adapter("smb")), "nor is its port opened");
    scene.kubernetes().delete(Kind::Service, NAMESPACE, &adapter("smb"));
    let took = scene.until("a ready server", Scene::is_ready).await;
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn node_ports_that_are_exhausted_are_retried_slowly_and_said() {
    let scene = Scene::ready(&json!({})).await;
    scene.dittofs.stop_adapter("smb").unwrap();
    scene.until("the end of smb", |s| !s.has(Kind::Service, &adapter("smb"))).await;
    scene.kubernetes().limit_node_ports(30_000..=30_000);
    scene.dittofs.start_adapter("smb").unwrap();
    scene.until_reason("AdaptersReady", "NodePortsExhausted").await;
    scene.pass(10).await;
    scene.kubernetes().forget_requests();
    scene.pass(1500).await;
    let counts = scene.kubernetes().request_counts();
    let tries =
        counts.get(&(embedded_kubernetes::Verb::Create, Kind::Service, None)).copied().unwrap_or_default();
    assert!((3..=6).contains(&tries), "{counts:?}");
    scene.kubernetes().limit_node_ports(30_000..=32_767);
    scene.until("a ready server", Scene::is_ready).await;
}

#[tokio::test(start_paused = true)]
async fn safe_05_a_deletion_that_loses_to_a_writer_goes_by_uid_at_last() {
    let scene = Scene::ready(&json!({})).await;
    let cluster = scene.kubernetes().clone();
    let writer = tokio::spawn(async move {
        for count in 0.. {
            let ingress = json!([{ "ip": format!("198.18.9.{}", count % 250) }]);
            let write =
                |service: &mut serde_json::Value| service["status"]["loadBalancer"]["ingress"] = ingress;
            if cluster.edit_status(Kind::Service, NAMESPACE, &adapter("smb"), write).is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    // What the watch shows is always older than what is there.
    scene.kubernetes().inject(
        embedded_kubernetes::Fault::new(embedded_kubernetes::What::Slow(Duration::from_millis(50)))
            .always()
            .on_verb(embedded_kubernetes::Verb::Delete),
    );
    scene.dittofs.stop_adapter("smb").unwrap();
    let took = scene.until("the end of smb", |s| !s.has(Kind::Service, &adapter("smb"))).await;
    assert!(took < Duration::from_secs(90), "{took:?}");
    writer.abort();
}
