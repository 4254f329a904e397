//! One DittoServer in a namespace of its own, its DittoFS, and the operator that looks after it.

use std::collections::BTreeMap;

use dittofs_adapters::stage::objects;
use dittofs_adapters::stage::real::played::Played;
use dittofs_testbed::kubernetes::DumpOnPanic;
use dittofs_testbed::{DittoFs, Kubernetes, Tools, dittofs};
use serde_json::{Value, json};

use crate::administrator::Administrator;
use crate::cluster::{Cluster, SYSTEM, control_plane, path, until};
use crate::operator::Operator;

pub const NAME: &str = "srv";

pub struct Site {
    // Dropped in this order: who talks to whom goes first.
    pub operator: Operator,
    _played: Played,
    pub administrator: Administrator,
    pub dittofs: DittoFs,
    pub cluster: Cluster,
    pub kubernetes: &'static Kubernetes,
    pub namespace: String,
    _dumped: DumpOnPanic<'static>,
}

impl Site {
    /// With a fresh DittoFS, and an operator with the rights of `deploy/rbac` that is not started yet. `None` where there is
    /// no testbed.
    pub async fn open(namespace: &str, options: dittofs::Options) -> Option<Self> {
        let kubernetes = control_plane()?;
        let token = kubernetes.service_account_token(SYSTEM, "dittofs-adapters").unwrap();
        Some(Self::open_for(kubernetes, namespace, &token, options).await)
    }

    /// The same for an operator with this token.
    pub async fn open_for(
        kubernetes: &'static Kubernetes,
        namespace: &str,
        token: &str,
        options: dittofs::Options,
    ) -> Self {
        kubernetes.create_namespace(namespace).unwrap();
        let dumped = kubernetes.dump_on_panic(namespace);
        let dittofs = DittoFs::start(&Tools::find().unwrap(), options).unwrap();
        let cluster = Cluster::connect(kubernetes).await;
        let administrator = Administrator::of(&dittofs);
        let spec = json!({
            "image": "dittofs:v0.29.0", "storage": { "metadataSize": "1Gi", "controlPlaneSize": "1Gi" },
            "controlPlane": { "port": dittofs.port() }, "adapterDiscovery": { "pollingInterval": "1s" },
        });
        let server = objects::ditto_server(namespace, NAME, &spec);
        let server = cluster.create(&path("dittoservers", namespace), &server).await;
        for object in objects::left_by_go_operator(&server, dittofs.admin_password()) {
            let plural = format!("{}s", object["kind"].as_str().unwrap().to_lowercase());
            cluster.create(&path(&plural, namespace), &object).await;
        }
        Self {
            operator: Operator::of(kubernetes, namespace, token),
            _played: Played::start(cluster.api(), namespace.to_owned()),
            administrator,
            dittofs,
            cluster,
            kubernetes,
            namespace: namespace.to_owned(),
            _dumped: dumped,
        }
    }

    pub fn uri(&self, plural: &str, name: &str) -> String {
        format!("{}/{name}", path(plural, &self.namespace))
    }

    pub async fn get(&self, plural: &str, name: &str) -> Option<Value> {
        self.cluster.get(&self.uri(plural, name)).await
    }

    pub async fn server(&self) -> Option<Value> {
        self.get("dittoservers", NAME).await
    }

    /// Status and reason of a condition.
    pub async fn condition(&self, name: &str) -> (String, String) {
        let server = self.server().await.unwrap_or_default();
        let conditions = server["status"]["conditions"].as_array().cloned().unwrap_or_default();
        let found = conditions.into_iter().find(|c| c["type"] == name).unwrap_or_default();
        let text = |field: &str| found[field].as_str().unwrap_or_default().to_owned();
        (text("status"), text("reason"))
    }

    pub async fn until_condition(&self, name: &str, status: &str) {
        until(&format!("{name} {status}"), async || (self.condition(name).await.0 == status).then_some(()))
            .await;
    }

    /// The uid of each Service of an adapter, by name.
    pub async fn services(&self) -> BTreeMap<String, String> {
        let services = self.cluster.list(&path("services", &self.namespace)).await.into_iter();
        let named = services.map(|service| {
            let text = |field: &str| service["metadata"][field].as_str().unwrap().to_owned();
            (text("name"), text("uid"))
        });
        named.filter(|(name, _)| name.contains("-adapter-")).collect()
    }

    /// The port of an adapter's Service.
    pub async fn port(&self, adapter: &str) -> Option<u64> {
        let service = self.get("services", &format!("{NAME}-adapter-{adapter}")).await?;
        service["spec"]["ports"][0]["port"].as_u64()
    }

    pub async fn until_port(&self, adapter: &str, port: Option<u64>) {
        until(&format!("{adapter} on {port:?}"), async || (self.port(adapter).await == port).then_some(()))
            .await;
    }

    /// The container ports of a pod or of a template, by name.
    pub fn container_ports(pod: &Value) -> BTreeMap<String, u64> {
        let ports = pod["spec"]["containers"][0]["ports"].as_array().cloned().unwrap_or_default();
        let named = ports
            .iter()
            .map(|p| (p["name"].as_str().unwrap().to_owned(), p["containerPort"].as_u64().unwrap()));
        named.collect()
    }

    /// The pod's uid and revision, once there is one that is ready.
    pub async fn pod(&self) -> (String, String) {
        until("a pod", async || {
            let pod = self.get("pods", &format!("{NAME}-0")).await?;
            let is_going = pod["metadata"]["deletionTimestamp"].is_string();
            let uid = pod["metadata"]["uid"].as_str()?.to_owned();
            let revision = pod["metadata"]["labels"]["controller-revision-hash"].as_str()?.to_owned();
            let ready = pod["status"]["conditions"]
                .as_array()?
                .iter()
                .any(|c| c["type"] == "Ready" && c["status"] == "True");
            (!is_going && ready).then_some((uid, revision))
        })
        .await
    }

    /// What is promised to stay in times of doubt: Services, policies, the pod's template and the pod.
    pub async fn promised(&self) -> Vec<Value> {
        let mut promised = Vec::new();
        for plural in ["services", "networkpolicies"] {
            for object in self.cluster.list(&path(plural, &self.namespace)).await {
                promised.push(json!([object["metadata"]["name"], object["metadata"]["uid"], object["spec"]]));
            }
        }
        let set = self.get("statefulsets", NAME).await.unwrap_or_default();
        promised.push(set["spec"].clone());
        promised.push(json!(self.pod().await));
        promised
    }
}
