//! What kubectl shows.

use serde_json::json;

use crate::ground::{Ground as _, Real};
use crate::scene::Scene;

scenarios_of!(real: obsv_01_kubectl_shows_adapters_and_their_addresses);

async fn obsv_01_kubectl_shows_adapters_and_their_addresses(scenario: &'static str) {
    let scene = Scene::<Real>::ready(scenario, &json!({})).await;
    let printed = scene.kubernetes.kubectl(&["get", "dittoservers", "-n", scene.namespace()]).unwrap();
    assert!(printed.contains("nfs,smb") && printed.contains("198.51.100.1,198.51.100."), "{printed}");
}
