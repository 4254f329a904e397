//! What a cluster has beside its control plane, played for one namespace: kubelets, which make pods ready and end them, and
//! a cloud, which gives load balancers their addresses.

use std::time::Duration;

use embedded_kubernetes::Kind;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::api::{Api, path};

/// How often it looks.
const PERIOD: Duration = Duration::from_millis(100);

/// Played until it is dropped.
pub struct Played(JoinHandle<()>);

impl Played {
    /// Begins. What the API server does not answer now is looked at again.
    pub fn start(api: Api, namespace: String) -> Self {
        Self(tokio::spawn(async move {
            let mut cloud = Cloud { given: 0 };
            loop {
                attend(&api, &namespace).await;
                cloud.serve(&api, &path(Kind::Service, &namespace)).await;
                tokio::time::sleep(PERIOD).await;
            }
        }))
    }
}

async fn attend(api: &Api, namespace: &str) {
    let pods = path(Kind::Pod, namespace);
    for pod in api.list(&pods).await.unwrap_or_default() {
        let name = name(&pod);
        let uri = format!("{pods}/{name}");
        if pod["metadata"]["deletionTimestamp"].is_string() {
            end(api, &uri, &pod).await;
            continue;
        }
        if pod["spec"]["nodeName"].is_null() {
            api.bind(&uri, namespace, name).await;
        }
        let conditions = pod["status"]["conditions"].as_array();
        if !conditions.is_some_and(|all| all.iter().any(|c| c["type"] == "Ready" && c["status"] == "True")) {
            let ready = json!({ "phase": "Running", "conditions": [{ "type": "Ready", "status": "True" }] });
            api.patch_status(&uri, &ready).await;
        }
    }
}

/// Its containers have ended.
async fn end(api: &Api, uri: &str, pod: &Value) {
    let of_this_one = json!({ "uid": pod["metadata"]["uid"] });
    let options = json!({
        "apiVersion": "v1", "kind": "DeleteOptions", "gracePeriodSeconds": 0, "preconditions": of_this_one,
    });
    // Another pod of that name is none of this one's, and is looked at next time.
    let _ = api.delete(uri, &options).await;
}

/// Gives each address once, as a cloud rarely gives the same one again.
struct Cloud {
    given: u8,
}

impl Cloud {
    async fn serve(&mut self, api: &Api, services: &str) {
        for service in api.list(services).await.unwrap_or_default() {
            let has_none = service["status"]["loadBalancer"]["ingress"].is_null();
            if service["spec"]["type"] == "LoadBalancer" && has_none {
                self.given = self.given % 254 + 1;
                let ip = format!("198.51.100.{}", self.given);
                let address = json!({ "loadBalancer": { "ingress": [{ "ip": ip }] } });
                api.patch_status(&format!("{services}/{}", name(&service)), &address).await;
            }
        }
    }
}

fn name(object: &Value) -> &str {
    object["metadata"]["name"].as_str().unwrap_or_default()
}

impl Drop for Played {
    fn drop(&mut self) {
        self.0.abort();
    }
}
