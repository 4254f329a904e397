//! The rights of `deploy/rbac`, judged by the real authorizer: each rule is needed. That all together are enough every
//! scenario sees.

use dittofs_testbed::Kubernetes;
use embedded_kubernetes::Kind;
use libtest_mimic::Trial;
use serde_json::json;

use crate::ground::{Ground, NAME, Real, SYSTEM, Wishes, control_plane, rules, spec};
use crate::runner;
use crate::scene::Scene;

/// A service account with all rules but one, and its token.
fn without(kubernetes: &Kubernetes, index: usize) -> String {
    let name = format!("without-{index}");
    let mut rules = rules();
    rules.remove(index);
    let role = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": { "name": name },
        "rules": rules,
    });
    kubernetes.kubectl_with(&["create", "-f", "-"], &role.to_string()).unwrap();
    kubernetes.kubectl(&["create", "serviceaccount", &name, "-n", SYSTEM]).unwrap();
    let account = format!("--serviceaccount={SYSTEM}:{name}");
    let role = format!("--clusterrole={name}");
    kubernetes.kubectl(&["create", "clusterrolebinding", &name, &role, &account]).unwrap();
    kubernetes.service_account_token(SYSTEM, &name).unwrap()
}

/// Lives with a rule less, until the log says that something was refused.
async fn is_noticed(index: usize) {
    let token = without(control_plane(), index);
    let ground = Real::empty_for(&token, "rights", NAME, Wishes::default()).await;
    ground.furnish(spec(&json!({}), Real::POLL)).await;
    let scene = Scene::from(ground).with_refusals();
    scene.start_operator();
    let is_refused = || scene.log().contains("forbidden");
    scene.until("a refusal or a ready server", async || is_refused() || scene.is_ready().await).await;
    if !is_refused() {
        // What is only needed to take something away.
        scene.enable("smb", false).await;
        scene.delete(Kind::DittoServer, NAME).await;
        scene.until(&format!("a refusal without {:?}", rules()[index]), async || is_refused()).await;
    }
}

pub fn trials() -> Vec<Trial> {
    let trial = |index| {
        let name = format!("auth_01_rule_{index}_of_the_role_is_needed");
        runner::real(module_path!(), &name, move || is_noticed(index))
    };
    (0..rules().len()).map(trial).collect()
}
