//! What a cluster has beside its control plane, played for one namespace: kubelets, which make pods ready and end them, and
//! a cloud, which gives load balancers their addresses.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::cluster::{Cluster, path};

/// How often it looks.
const PERIOD: Duration = Duration::from_millis(100);

/// Played until it is dropped.
pub struct Played(JoinHandle<()>);

impl Played {
    pub fn start(cluster: Cluster, namespace: String) -> Self {
        Self(tokio::spawn(async move {
            let (pods, services) = (path("pods", &namespace), path("services", &namespace));
            loop {
                for pod in cluster.list(&pods).await {
                    attend(&cluster, &namespace, &pods, &pod).await;
                }
                for (index, service) in cluster.list(&services).await.iter().enumerate() {
                    give_address(&cluster, &services, service, index).await;
                }
                tokio::time::sleep(PERIOD).await;
            }
        }))
    }
}

async fn attend(cluster: &Cluster, namespace: &str, pods: &str, pod: &Value) {
    let name = pod["metadata"]["name"].as_str().unwrap();
    let uri = format!("{pods}/{name}");
    if pod["metadata"]["deletionTimestamp"].is_string() {
        // Its containers have ended.
        let of_this_one = json!({ "uid": pod["metadata"]["uid"] });
        let end = json!({ "apiVersion": "v1", "kind": "DeleteOptions", "gracePeriodSeconds": 0,
            "preconditions": of_this_one });
        cluster.delete(&uri, &end).await;
        return;
    }
    if pod["spec"]["nodeName"].is_null() {
        cluster.bind(&uri, namespace, name).await;
    }
    let conditions = pod["status"]["conditions"].as_array();
    if !conditions.is_some_and(|all| all.iter().any(|c| c["type"] == "Ready" && c["status"] == "True")) {
        let ready = json!({ "phase": "Running", "conditions": [{ "type": "Ready", "status": "True" }] });
        cluster.patch_status(&uri, &ready).await;
    }
}

async fn give_address(cluster: &Cluster, services: &str, service: &Value, index: usize) {
    let has_none = service["status"]["loadBalancer"]["ingress"].is_null();
    if service["spec"]["type"] == "LoadBalancer" && has_none {
        let name = service["metadata"]["name"].as_str().unwrap();
        let address =
            json!({ "loadBalancer": { "ingress": [{ "ip": format!("198.51.100.{}", index + 1) }] } });
        cluster.patch_status(&format!("{services}/{name}"), &address).await;
    }
}

impl Drop for Played {
    fn drop(&mut self) {
        self.0.abort();
    }
}
