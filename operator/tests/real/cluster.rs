//! One control plane for all tests of this binary; each has namespaces of its own.

use std::fmt::Write as _;
use std::sync::OnceLock;
use std::time::Duration;

use dittofs_testbed::kubernetes::Options;
use dittofs_testbed::{Kubernetes, tools_or_skip};
use http::{Method, Request};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use serde_json::{Value, json};
use tokio::time::Instant;

/// Where the operator's service account is.
pub const SYSTEM: &str = "dittofs-system";
const DEADLINE: Duration = Duration::from_secs(60);

/// The control plane, with our resource definition and the rights of `deploy/rbac`; none where the testbed is not built.
pub fn control_plane() -> Option<&'static Kubernetes> {
    static SHARED: OnceLock<Option<Kubernetes>> = OnceLock::new();
    SHARED.get_or_init(start).as_ref()
}

fn start() -> Option<Kubernetes> {
    let tools = tools_or_skip("the operator on the real Kubernetes and DittoFS")?;
    // Who makes an object that blocks the deletion of its owner must have the right to.
    let plugins = "--enable-admission-plugins=OwnerReferencesPermissionEnforcement".to_owned();
    let options = Options { api_server_flags: vec![plugins], ..Options::default() };
    let mut kubernetes = Kubernetes::start(&tools, options).unwrap();
    let definition = include_str!("../../../deploy/crd/dittoservers.yaml");
    kubernetes.kubectl_with(&["create", "-f", "-"], definition).unwrap();
    let established = "crd/dittoservers.dittofs.dittofs.com";
    kubernetes.kubectl(&["wait", "--for=condition=Established", established, "--timeout=60s"]).unwrap();
    // Their garbage collector knows of a new kind at once only when it starts.
    kubernetes.restart_controllers().unwrap();
    kubernetes.create_namespace(SYSTEM).unwrap();
    for manifest in [
        include_str!("../../../deploy/rbac/service-account.yaml"),
        include_str!("../../../deploy/rbac/cluster-role.yaml"),
        include_str!("../../../deploy/rbac/cluster-role-binding.yaml"),
    ] {
        kubernetes.kubectl_with(&["create", "-f", "-"], manifest).unwrap();
    }
    Some(kubernetes)
}

/// What the API server has against a request.
#[derive(Clone, Debug)]
pub struct Refusal {
    pub code: u16,
    pub message: String,
}

/// The API as an administrator sees it.
#[derive(Clone)]
pub struct Cluster(Client);

impl Cluster {
    pub async fn connect(kubernetes: &Kubernetes) -> Self {
        let kubeconfig = Kubeconfig::from_yaml(&kubernetes.kubeconfig(kubernetes.admin_token())).unwrap();
        let options = KubeConfigOptions::default();
        let config = Config::from_custom_kubeconfig(kubeconfig, &options).await.unwrap();
        Self(Client::try_from(config).unwrap())
    }

    async fn send(&self, method: Method, uri: &str, media: &str, body: &Value) -> Result<Value, Refusal> {
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let request = Request::builder().method(method).uri(uri).header("content-type", media);
        match self.0.request::<Value>(request.body(body).unwrap()).await {
            Ok(value) => Ok(value),
            Err(kube::Error::Api(status)) => Err(Refusal { code: status.code, message: status.message }),
            Err(error) => panic!("{uri}: {error}"),
        }
    }

    pub async fn get(&self, uri: &str) -> Option<Value> {
        match self.send(Method::GET, uri, "application/json", &Value::Null).await {
            Ok(value) => Some(value),
            Err(refusal) if refusal.code == 404 => None,
            Err(refusal) => panic!("GET {uri}: {refusal:?}"),
        }
    }

    pub async fn list(&self, uri: &str) -> Vec<Value> {
        let list = self.get(uri).await.unwrap_or_default();
        list["items"].as_array().cloned().unwrap_or_default()
    }

    #[track_caller]
    pub fn create(&self, uri: &str, object: &Value) -> impl Future<Output = Value> + use<> {
        let (this, uri, object) = (self.clone(), uri.to_owned(), object.clone());
        async move {
            let made = this.send(Method::POST, &uri, "application/json", &object).await;
            made.unwrap_or_else(|refusal| panic!("POST {uri}: {refusal:?}: {object}"))
        }
    }

    /// Creates or replaces without storing anything, to be judged.
    pub async fn judge(&self, method: Method, uri: &str, object: &Value) -> Result<Value, Refusal> {
        self.send(method, &format!("{uri}?dryRun=All"), "application/json", object).await
    }

    /// Gives whether there was something to delete.
    pub async fn delete(&self, uri: &str, options: &Value) -> bool {
        match self.send(Method::DELETE, uri, "application/json", options).await {
            Ok(_) => true,
            Err(refusal) if refusal.code == 404 => false,
            Err(refusal) => panic!("DELETE {uri}: {refusal:?}"),
        }
    }

    /// Lays this over the status of an object, if it is still there.
    pub async fn patch_status(&self, uri: &str, status: &Value) {
        let (uri, patch) = (format!("{uri}/status"), json!({ "status": status }));
        let _ = self.send(Method::PATCH, &uri, "application/merge-patch+json", &patch).await;
    }

    /// Gives a pod to a node, if it is still there.
    pub async fn bind(&self, uri: &str, namespace: &str, name: &str) {
        let binding = json!({
            "apiVersion": "v1", "kind": "Binding", "metadata": { "name": name, "namespace": namespace },
            "target": { "apiVersion": "v1", "kind": "Node", "name": "node-1" },
        });
        let _ = self.send(Method::POST, &format!("{uri}/binding"), "application/json", &binding).await;
    }
}

/// The path of the objects of a kind in a namespace.
pub fn path(plural: &str, namespace: &str) -> String {
    let group = match plural {
        "services" | "secrets" | "pods" | "configmaps" | "persistentvolumeclaims" => "/api/v1",
        "statefulsets" | "controllerrevisions" => "/apis/apps/v1",
        "networkpolicies" => "/apis/networking.k8s.io/v1",
        "dittoservers" => "/apis/dittofs.dittofs.com/v1alpha1",
        "events" => "/apis/events.k8s.io/v1",
        other => panic!("where is {other}?"),
    };
    let mut path = group.to_owned();
    write!(path, "/namespaces/{namespace}/{plural}").unwrap();
    path
}

/// Waits until something is there.
pub async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + DEADLINE;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < deadline, "{what} did not come about");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
