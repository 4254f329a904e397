//! DittoFS through the API server: a port-forward to its pod, one a request.
//!
//! No port is opened on this machine, so nobody else here can use what we may; and the name that a certificate is
//! checked against stays that of the API Service.

use std::sync::Arc;

use dittofs_core::session::answer::{self, Outcome, Response};
use dittofs_interpreters::dittofs::{Connect, Request, Transport, Trust, TrustError};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::StatusCode;
use http::header::{ACCEPT, AUTHORIZATION, CONNECTION, CONTENT_TYPE, HOST, HeaderValue};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::client::UpgradeConnectionError;
use secrecy::ExposeSecret as _;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

use super::error::LiveError;

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
    tls: Option<TlsConnector>,
}

impl Connect for Forward {
    fn connect(&self, trust: &Trust) -> Result<Arc<dyn Transport>, TrustError> {
        let tls = match trust {
            Trust::Plain => None,
            Trust::Tls { .. } => Some(TlsConnector::from(Arc::new(trust.client_config()?))),
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

async fn over(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    tls: Option<TlsConnector>,
    request: Request,
) -> Outcome {
    let broken = |error: &dyn std::fmt::Display| answer::Transport::Other(error.to_string());
    let uri: http::Uri = request.url.parse().map_err(|error| broken(&error))?;
    let Some(tls) = tls else { return fetch(stream, &uri, request).await };
    let host = uri.host().unwrap_or_default().to_owned();
    let untrusted = |error: &dyn std::fmt::Display| answer::Transport::Tls {
        expected: format!("a certificate for {host} (--cluster-domain says the end of that name)"),
        error: error.to_string(),
    };
    let name = ServerName::try_from(host.clone()).map_err(|error| untrusted(&error))?;
    let stream = tls.connect(name, stream).await.map_err(|error| untrusted(&error))?;
    fetch(stream, &uri, request).await
}

async fn fetch(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    uri: &http::Uri,
    request: Request,
) -> Outcome {
    let broken = |error: &dyn std::fmt::Display| answer::Transport::Other(error.to_string());
    let limit = request.limit;
    let request = message(uri, request).map_err(|error| broken(&error))?;
    let (mut sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(|error| broken(&error))?;
    let answered = async {
        let response = sender.send_request(request).await.map_err(|error| broken(&error))?;
        read(response, limit).await.map_err(|error| broken(&error))
    };
    let connection = async {
        // How it ends is of interest only as long as the answer is not complete, and then the answer says so too.
        let _ = connection.await;
        std::future::pending::<()>().await;
    };
    tokio::select! {
        outcome = answered => outcome,
        () = connection => Err(answer::Transport::Other("the connection ended".to_owned())),
    }
}

fn message(uri: &http::Uri, request: Request) -> Result<http::Request<Full<Bytes>>, http::Error> {
    let Request { method, url: _, bearer, body, limit: _ } = request;
    let path = uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    let host = uri.authority().map_or("", http::uri::Authority::as_str);
    let mut builder = http::Request::builder()
        .method(method)
        .uri(path)
        .header(HOST, host)
        .header(ACCEPT, "application/json")
        .header(CONNECTION, "close");
    // A token that no header can hold is sent as none, and is refused as one that is not good.
    if let Some(bearer) = bearer
        && let Ok(mut value) = HeaderValue::from_str(&format!("Bearer {}", bearer.expose_secret()))
    {
        value.set_sensitive(true);
        builder = builder.header(AUTHORIZATION, value);
    }
    if body.is_some() {
        builder = builder.header(CONTENT_TYPE, "application/json");
    }
    let body = body.map_or_else(Bytes::new, |body| Bytes::from(body.expose_secret().to_owned()));
    builder.body(Full::new(body))
}

async fn read(
    response: http::Response<hyper::body::Incoming>,
    limit: usize,
) -> Result<Response, hyper::Error> {
    let status = response.status().as_u16();
    let content_type = response.headers().get(CONTENT_TYPE);
    let content_type = content_type.and_then(|value| value.to_str().ok()).map(str::to_owned);
    let mut incoming = response.into_body();
    let mut body = Vec::new();
    while body.len() <= limit {
        let Some(frame) = incoming.frame().await else { break };
        let Ok(data) = frame?.into_data() else { continue };
        let room = limit + 1 - body.len();
        body.extend_from_slice(&data[..data.len().min(room)]);
    }
    Ok(Response { status, content_type, body })
}
