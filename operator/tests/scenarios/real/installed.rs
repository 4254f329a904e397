//! What `deploy/` installs, on the real API server.

use std::process::Command;

use dittofs_testbed::kubernetes::KubectlError;
use embedded_kubernetes::Kind;
use serde_json::{Value, json};

use crate::deletion::until_nothing_is_left;
use crate::ground::{BINARY, Ground as _, NAME, Real, SYSTEM, Wishes, control_plane, spec};
use crate::scene::Scene;

scenarios_of!(real:
    secu_01_a_role_in_its_namespace_is_all_that_an_operator_of_one_namespace_needs,
    the_manifests_are_taken_and_their_pod_is_one_of_a_restricted_namespace,
);

const ROLE: &str = include_str!("../../../../deploy/namespaced/role.yaml");

async fn secu_01_a_role_in_its_namespace_is_all_that_an_operator_of_one_namespace_needs(
    scenario: &'static str,
) {
    let (kubernetes, account) = (control_plane(), "of-one-namespace");
    kubernetes.kubectl(&["create", "serviceaccount", account, "-n", SYSTEM]).unwrap();
    let token = kubernetes.service_account_token(SYSTEM, account).unwrap();
    let ground = Real::empty_for(&token, scenario, NAME, Wishes::default()).await;
    let namespace = ground.namespace().to_owned();
    kubernetes.kubectl_with(&["create", "-n", &namespace, "-f", "-"], ROLE).unwrap();
    let bound = format!("--serviceaccount={SYSTEM}:{account}");
    let role = "--role=dittofs-adapters";
    kubernetes.kubectl(&["create", "rolebinding", account, role, &bound, "-n", &namespace]).unwrap();
    ground.furnish(spec(&json!({}), Real::POLL)).await;
    // That nothing is refused is seen at its end, as in each scenario.
    let scene = Scene::from(ground);
    scene.start_operator();
    scene.until_ready().await;
    scene.enable("smb", false).await;
    scene.until_gone(Kind::Service, "srv-adapter-smb").await;
    scene.delete(Kind::DittoServer, NAME).await;
    until_nothing_is_left(&scene).await;
}

async fn the_manifests_are_taken_and_their_pod_is_one_of_a_restricted_namespace(_: &'static str) {
    let printed = Command::new(BINARY).arg("manifests").output().unwrap();
    let manifests = String::from_utf8(printed.stdout).unwrap();
    let kubernetes = control_plane();
    let apply = ["apply", "--server-side", "--force-conflicts", "-f", "-"];
    let applied = kubernetes.kubectl_with(&apply, &manifests).unwrap();
    assert!(applied.contains("deployment.apps/dittofs-adapters serverside-applied"), "{applied}");

    let found =
        kubernetes.kubectl(&["get", "deployment", "dittofs-adapters", "-n", SYSTEM, "-o", "json"]).unwrap();
    let template = serde_json::from_str::<Value>(&found).unwrap()["spec"]["template"].clone();
    pod(&template).unwrap();
    let mut privileged = template;
    privileged["spec"]["containers"][0]["securityContext"]["allowPrivilegeEscalation"] = json!(true);
    let refusal = pod(&privileged).unwrap_err().to_string();
    assert!(refusal.contains("PodSecurity") && refusal.contains("restricted"), "{refusal}");
}

/// The API server's word on a pod of this template.
fn pod(template: &Value) -> Result<String, KubectlError> {
    let mut pod = template.clone();
    pod["apiVersion"] = json!("v1");
    pod["kind"] = json!("Pod");
    pod["metadata"] = json!({ "name": "judged", "namespace": SYSTEM });
    control_plane().kubectl_with(&["create", "--dry-run=server", "-f", "-"], &pod.to_string())
}
