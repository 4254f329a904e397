//! The Kubernetes API, in JSON.

use embedded_kubernetes::Kind;
use http::{Method, Request};
use kube::config::{KubeConfigOptions, Kubeconfig, KubeconfigError};
use kube::{Client, Config};
use serde_json::{Value, json};

const JSON: &str = "application/json";

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The kubeconfig cannot be used.
    #[error("the kubeconfig")]
    Kubeconfig(#[from] KubeconfigError),
    /// No client can be made of it.
    #[error("a client of the API server")]
    Client(#[from] kube::Error),
}

/// The API as one who may do everything sees it.
#[derive(Clone)]
pub struct Api(Client);

impl Api {
    /// With the account of this kubeconfig.
    ///
    /// # Errors
    /// When it cannot be used.
    pub async fn connect(kubeconfig: &str) -> Result<Self, ConnectError> {
        Ok(Self(client(kubeconfig).await?))
    }

    /// Sends a request; `null` is no body.
    ///
    /// # Errors
    /// What the API server has against it, or why there is no answer.
    pub async fn send(
        &self,
        method: Method,
        uri: &str,
        media: &str,
        body: &Value,
    ) -> Result<Value, kube::Error> {
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let request = Request::builder().method(method).uri(uri).header("content-type", media);
        self.0.request(request.body(body).map_err(kube::Error::HttpError)?).await
    }

    /// An object, if it is there.
    ///
    /// # Errors
    /// Those of [`Api::send`], but for 404.
    pub async fn get(&self, uri: &str) -> Result<Option<Value>, kube::Error> {
        found(self.send(Method::GET, uri, JSON, &Value::Null).await)
    }

    /// The objects at a path; none where the API server knows no such kind.
    ///
    /// # Errors
    /// As there.
    pub async fn list(&self, uri: &str) -> Result<Vec<Value>, kube::Error> {
        let list = self.get(uri).await?.unwrap_or_default();
        Ok(list["items"].as_array().cloned().unwrap_or_default())
    }

    /// Gives the object as it was made.
    ///
    /// # Errors
    /// Those of [`Api::send`].
    pub async fn create(&self, uri: &str, object: &Value) -> Result<Value, kube::Error> {
        self.send(Method::POST, uri, JSON, object).await
    }

    /// Gives whether there was something to delete.
    ///
    /// # Errors
    /// Those of [`Api::send`], but for 404.
    pub async fn delete(&self, uri: &str, options: &Value) -> Result<bool, kube::Error> {
        found(self.send(Method::DELETE, uri, JSON, options).await).map(|found| found.is_some())
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
        let _ = self.send(Method::POST, &format!("{uri}/binding"), JSON, &binding).await;
    }
}

/// A client with the account of this kubeconfig, which repeats nothing: as the operator's own.
///
/// # Errors
/// When the kubeconfig cannot be used.
pub async fn client(kubeconfig: &str) -> Result<Client, ConnectError> {
    let kubeconfig = Kubeconfig::from_yaml(kubeconfig)?;
    let mut config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await?;
    config.default_retry = false;
    Ok(Client::try_from(config)?)
}

fn found(answer: Result<Value, kube::Error>) -> Result<Option<Value>, kube::Error> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(kube::Error::Api(status)) if status.code == 404 => Ok(None),
        Err(error) => Err(error),
    }
}

/// Where the objects of a kind are in a namespace.
pub fn path(kind: Kind, namespace: &str) -> String {
    let (group, plural) = match kind {
        Kind::Namespace => return "/api/v1/namespaces".to_owned(),
        Kind::CustomResourceDefinition => {
            return "/apis/apiextensions.k8s.io/v1/customresourcedefinitions".to_owned();
        }
        Kind::Service => ("/api/v1", "services"),
        Kind::Secret => ("/api/v1", "secrets"),
        Kind::ConfigMap => ("/api/v1", "configmaps"),
        Kind::Pod => ("/api/v1", "pods"),
        Kind::PersistentVolumeClaim => ("/api/v1", "persistentvolumeclaims"),
        Kind::Event => ("/apis/events.k8s.io/v1", "events"),
        Kind::StatefulSet => ("/apis/apps/v1", "statefulsets"),
        Kind::ControllerRevision => ("/apis/apps/v1", "controllerrevisions"),
        Kind::NetworkPolicy => ("/apis/networking.k8s.io/v1", "networkpolicies"),
        Kind::Lease => ("/apis/coordination.k8s.io/v1", "leases"),
        Kind::DittoServer => ("/apis/dittofs.dittofs.com/v1alpha1", "dittoservers"),
    };
    format!("{group}/namespaces/{namespace}/{plural}")
}
