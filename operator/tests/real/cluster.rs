//! One control plane for all tests of this binary; each has namespaces of its own.

use std::fmt::Write as _;
use std::sync::OnceLock;
use std::time::Duration;

use dittofs_adapters::stage::real::api::Api;
use dittofs_adapters::stage::real::{ACCOUNT, ADMISSION, DEFINITION, RIGHTS};
use dittofs_testbed::kubernetes::Options;
use dittofs_testbed::{Kubernetes, tools_or_skip};
use http::Method;
use serde_json::Value;
use tokio::time::Instant;

/// Where the operator's service account is.
pub const SYSTEM: &str = ACCOUNT.0;
const DEADLINE: Duration = Duration::from_secs(60);

/// The control plane, with our resource definition and the rights of `deploy/rbac`; none where the testbed is not built.
pub fn control_plane() -> Option<&'static Kubernetes> {
    static SHARED: OnceLock<Option<Kubernetes>> = OnceLock::new();
    SHARED.get_or_init(start).as_ref()
}

fn start() -> Option<Kubernetes> {
    let tools = tools_or_skip("the operator on the real Kubernetes and DittoFS")?;
    let options = Options { api_server_flags: vec![ADMISSION.to_owned()], ..Options::default() };
    let mut kubernetes = Kubernetes::start(&tools, options).unwrap();
    kubernetes.kubectl_with(&["create", "-f", "-"], DEFINITION).unwrap();
    let established = "crd/dittoservers.dittofs.dittofs.com";
    kubernetes.kubectl(&["wait", "--for=condition=Established", established, "--timeout=60s"]).unwrap();
    // Their garbage collector knows of a new kind at once only when it starts.
    kubernetes.restart_controllers().unwrap();
    kubernetes.create_namespace(SYSTEM).unwrap();
    for manifest in RIGHTS {
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
pub struct Cluster(Api);

impl Cluster {
    pub async fn connect(kubernetes: &Kubernetes) -> Self {
        Self(Api::connect(&kubernetes.kubeconfig(kubernetes.admin_token())).await.unwrap())
    }

    pub fn api(&self) -> Api {
        self.0.clone()
    }

    pub async fn get(&self, uri: &str) -> Option<Value> {
        self.0.get(uri).await.unwrap_or_else(|error| panic!("GET {uri}: {error}"))
    }

    pub async fn list(&self, uri: &str) -> Vec<Value> {
        self.0.list(uri).await.unwrap_or_else(|error| panic!("GET {uri}: {error}"))
    }

    #[track_caller]
    pub fn create(&self, uri: &str, object: &Value) -> impl Future<Output = Value> + use<> {
        let (api, uri, object) = (self.api(), uri.to_owned(), object.clone());
        async move {
            let made = api.create(&uri, &object).await;
            made.unwrap_or_else(|error| panic!("POST {uri}: {error}: {object}"))
        }
    }

    /// Creates or replaces without storing anything, to be judged.
    pub async fn judge(&self, method: Method, uri: &str, object: &Value) -> Result<Value, Refusal> {
        match self.0.send(method, &format!("{uri}?dryRun=All"), "application/json", object).await {
            Ok(value) => Ok(value),
            Err(kube::Error::Api(status)) => Err(Refusal { code: status.code, message: status.message }),
            Err(error) => panic!("{uri}: {error}"),
        }
    }

    /// Gives whether there was something to delete.
    pub async fn delete(&self, uri: &str, options: &Value) -> bool {
        self.0.delete(uri, options).await.unwrap_or_else(|error| panic!("DELETE {uri}: {error}"))
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
