//! The end of a DittoServer.

use embedded_kubernetes::Kind;
use serde_json::{Value, json};

use crate::ground::{Ground, NAME};
use crate::scene::Scene;

scenarios!(
    the_account_goes_first_then_the_pod_and_the_policies_last,
    a_paused_server_is_not_cleaned_up_until_somebody_lets_it,
);

const POD: &str = "srv-0";

pub async fn until_nothing_is_left<G: Ground>(scene: &Scene<G>) {
    let kinds =
        [Kind::DittoServer, Kind::Service, Kind::NetworkPolicy, Kind::StatefulSet, Kind::Pod, Kind::Secret];
    for kind in kinds {
        scene.until(&format!("an end of every {kind:?}"), async || scene.list(kind).await.is_empty()).await;
    }
}

/// Keeps the pod, which is stopping by then, as containers do that take their time.
async fn hold_pod<G: Ground>(scene: &Scene<G>, finalizers: &Value) {
    scene.edit(Kind::Pod, POD, &|pod| pod["metadata"]["finalizers"] = finalizers.clone()).await;
}

async fn the_account_goes_first_then_the_pod_and_the_policies_last<G: Ground>(scenario: &str) {
    let scene = Scene::<G>::ready(scenario, &json!({})).await;
    hold_pod(&scene, &json!(["tests.dittofs.io/containers"])).await;
    scene.delete(Kind::DittoServer, NAME).await;
    scene.until("the end of the account", async || !scene.has_account().await).await;
    scene.until_gone(Kind::StatefulSet, NAME).await;
    let stops = async || {
        let pod = scene.get(Kind::Pod, POD).await.unwrap();
        pod["metadata"]["deletionTimestamp"].is_string()
    };
    scene.until("a pod that stops", stops).await;
    for _ in 0..10 {
        assert_eq!(scene.list(Kind::NetworkPolicy).await.len(), 3, "while the pod stops");
        tokio::time::sleep(G::STEP).await;
    }
    hold_pod(&scene, &json!([])).await;
    until_nothing_is_left(&scene).await;
}

async fn a_paused_server_is_not_cleaned_up_until_somebody_lets_it<G: Ground>(scenario: &str) {
    let scene = Scene::<G>::ready(scenario, &json!({})).await;
    scene.pause(true).await;
    scene.until_reason("Reconciling", "Paused").await;
    let promised = scene.promised().await;
    scene.delete(Kind::DittoServer, NAME).await;
    scene.stays(&promised).await;
    assert!(scene.has_account().await);
    scene.pause(false).await;
    until_nothing_is_left(&scene).await;
    assert!(!scene.has_account().await);
}
