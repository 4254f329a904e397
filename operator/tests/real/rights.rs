//! The rights of `deploy/rbac`, judged by the real authorizer: each rule is needed. That all together are enough is seen in
//! every other test.

use dittofs_testbed::dittofs;
use k8s_openapi::api::rbac::v1::{ClusterRole, PolicyRule};
use serde_json::{Value, json};

use crate::cluster::{SYSTEM, control_plane, until};
use crate::site::{NAME, Site};

fn rules() -> Vec<PolicyRule> {
    let role: ClusterRole =
        serde_yaml::from_str(include_str!("../../../deploy/rbac/cluster-role.yaml")).unwrap();
    role.rules.unwrap()
}

/// A service account with all rules but one, and its token.
fn without(kubernetes: &dittofs_testbed::Kubernetes, index: usize) -> String {
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
    let Some(kubernetes) = control_plane() else { return };
    let token = without(kubernetes, index);
    let namespace = format!("rights-{index}");
    let mut site = Site::open_for(kubernetes, &namespace, &token, dittofs::Options::default()).await;
    site.operator.start();
    let refused = async |site: &Site| site.operator.log().contains("forbidden").then_some(());
    let noticed_or_ready = until("a refusal or a ready server", async || match refused(&site).await {
        Some(()) => Some(true),
        None => (site.condition("Ready").await.0 == "True").then_some(false),
    });
    if !noticed_or_ready.await {
        // What is only needed to take something away.
        site.administrator.stop("smb").await;
        site.cluster.delete(&site.uri("dittoservers", NAME), &Value::Null).await;
        until(&format!("a refusal without {:?}", rules()[index]), async || refused(&site).await).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn auth_01_each_rule_of_the_role_is_needed() {
    for index in 0..rules().len() {
        is_noticed(index).await;
    }
}
