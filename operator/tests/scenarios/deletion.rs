//! The end of a DittoServer.

use std::time::Duration;

use embedded_kubernetes::Kind;
use serde_json::json;

use crate::scene::{NAME, NAMESPACE, Scene};

fn is_gone(scene: &Scene) -> bool {
    let kinds =
        [Kind::DittoServer, Kind::Service, Kind::NetworkPolicy, Kind::StatefulSet, Kind::Pod, Kind::Secret];
    kinds.into_iter().all(|kind| scene.kubernetes().list(kind, Some(NAMESPACE)).is_empty())
}

#[tokio::test(start_paused = true)]
async fn the_account_goes_first_then_the_pod_and_the_policies_last() {
    let scene = Scene::ready(&json!({})).await;
    scene.kubernetes().delete(Kind::DittoServer, NAMESPACE, NAME);
    scene.until("the end of the account", |s| !s.dittofs.has_user("k8s-operator")).await;
    scene.until("the end of the StatefulSet", |s| !s.has(Kind::StatefulSet, NAME)).await;
    while scene.has(Kind::Pod, "srv-0") {
        assert_eq!(
            scene.kubernetes().list(Kind::NetworkPolicy, Some(NAMESPACE)).len(),
            3,
            "while the pod stops"
        );
        scene.pass(1).await;
    }
    let took = scene.until("the end of everything", is_gone).await;
    assert!(took < Duration::from_secs(10), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_down_does_not_keep_its_resource_for_ever() {
    let scene = Scene::ready(&json!({})).await;
    scene.dittofs.go_down();
    scene.pass(60).await;
    scene.kubernetes().delete(Kind::DittoServer, NAMESPACE, NAME);
    let took = scene.until("the end of everything", is_gone).await;
    // 60 s for the account, 105 s of grace, and some seconds between.
    assert!(took < Duration::from_secs(60 + 105 + 30), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_paused_server_is_not_cleaned_up_until_somebody_lets_it() {
    let scene = Scene::ready(&json!({})).await;
    scene.edit(Kind::DittoServer, NAME, |s| {
        s["metadata"]["annotations"] = json!({ "dittofs.io/paused": "true" });
    });
    scene.pass(5).await;
    scene.kubernetes().delete(Kind::DittoServer, NAMESPACE, NAME);
    scene.pass(600).await;
    assert!(scene.has(Kind::StatefulSet, NAME) && scene.dittofs.has_user("k8s-operator"));
    scene.edit(Kind::DittoServer, NAME, |s| s["metadata"]["annotations"] = json!({}));
    scene.until("the end of everything", is_gone).await;
}
