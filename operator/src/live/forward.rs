//! DittoFS through the API server: a port-forward to its pod, one a request.
//!
//! No port is opened on this machine, so nobody else here can use what we may; and the name that a certificate is
//! checked against stays that of the API Service.

use std::sync::Arc;

use dittofs_core::session::answer::{self, Outcome};
use dittofs_interpreters::dittofs::{Connect, Request, Transport, Trust, TrustError};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::StatusCode;
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::client::UpgradeConnectionError;
use tokio_rustls::TlsConnector;

use super::error::LiveError;
use super::stream::{Tls, over};

/// The way to one pod.
#[derive(Clone)]
pub struct Forward {
    /// Pods of its namespace.
    pub pods: Api<Pod>,
    /// The pod.
    pub pod: String,
    /// Its port.
    pub port: u16,
}

/// The same, with how the server is trusted.
#[derive(Clone)]
struct Trusted {
    forward: Forward,
    tls: Option<Tls>,
}

impl Connect for Forward {
    fn connect(&self, trust: &Trust) -> Result<Arc<dyn Transport>, TrustError> {
        let tls = match trust {
            Trust::Plain => None,
            Trust::Tls { .. } => Some(Tls {
                connector: TlsConnector::from(Arc::new(trust.client_config()?)),
                shown: trust.shown().map(str::to_owned),
            }),
        };
        Ok(Arc::new(Trusted { forward: self.clone(), tls }))
    }
}

impl Transport for Trusted {
    fn send(&self, request: Request) -> BoxFuture<'static, Outcome> {
        let this = self.clone();
        async move { this.exchange(request).await }.boxed()
    }
}

impl Trusted {
    async fn exchange(self, request: Request) -> Outcome {
        let Forward { pods, pod, port } = &self.forward;
        let broken = |why: &str| {
            answer::Transport::Other(format!("the port-forward to pod {pod}, port {port}: {why}"))
        };
        let mut forward = pods.portforward(pod, &[*port]).await.map_err(|error| broken(&said(&error)))?;
        let (Some(stream), Some(refused)) = (forward.take_stream(*port), forward.take_error(*port)) else {
            return Err(broken("it has no such port"));
        };
        let refused = async {
            match refused.await {
                Some(why) => why,
                None => std::future::pending().await,
            }
        };
        let outcome = tokio::select! {
            biased;
            why = refused => Err(broken(why.trim())),
            outcome = over(stream, self.tls, request) => outcome,
        };
        forward.abort();
        outcome
    }
}

/// What the API server says, else what broke; and what to do.
fn said(error: &kube::Error) -> String {
    let why = match error {
        kube::Error::Api(status) => status.message.clone(),
        kube::Error::UpgradeConnection(UpgradeConnectionError::ProtocolSwitch(StatusCode::FORBIDDEN)) => {
            "the right to create pods/portforward is missing".to_owned()
        }
        error => LiveError::innermost(error),
    };
    format!("{why} (--api-url says where DittoFS is instead)")
}
