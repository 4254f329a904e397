//! The DittoFS client's transport without a network.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use dittofs_core::session::answer::{self, Outcome, Response};
use dittofs_interpreters::dittofs::{Connect, Request, Transport, Trust, TrustError};
use embedded_dittofs::DittoFs;
use futures::future::BoxFuture;
use futures::{FutureExt as _, StreamExt as _};
use secrecy::ExposeSecret as _;
use tower::ServiceExt as _;

/// Leads each URL to the server of its host.
#[derive(Clone)]
pub struct InProcess {
    servers: Arc<Mutex<HashMap<String, DittoFs>>>,
}

impl InProcess {
    pub fn new(servers: Arc<Mutex<HashMap<String, DittoFs>>>) -> Self {
        Self { servers }
    }

    fn server(&self, url: &str) -> Option<DittoFs> {
        let host = url.split("://").nth(1)?.split([':', '/']).next()?;
        self.servers.lock().unwrap_or_else(PoisonError::into_inner).get(host).cloned()
    }
}

impl Connect for InProcess {
    fn connect(&self, _: &Trust) -> Result<Arc<dyn Transport>, TrustError> {
        Ok(Arc::new(self.clone()))
    }
}

impl Transport for InProcess {
    fn send(&self, request: Request) -> BoxFuture<'static, Outcome> {
        let server = self.server(&request.url);
        async move {
            let Some(server) = server else {
                return Err(answer::Transport::Other("no such host".to_owned()));
            };
            fetch(server, request).await
        }
        .boxed()
    }
}

async fn fetch(server: DittoFs, request: Request) -> Outcome {
    let limit = request.limit;
    let broken = |error: &dyn std::fmt::Display| answer::Transport::Other(error.to_string());
    let request = http(request).map_err(|error| broken(&error))?;
    let response = server.service().oneshot(request).await.map_err(|_| answer::Transport::Refused)?;
    let status = response.status().as_u16();
    let content_type = response.headers().get(CONTENT_TYPE);
    let content_type = content_type.and_then(|value| value.to_str().ok()).map(str::to_owned);
    let mut pieces = response.into_body().into_data_stream();
    let mut body = Vec::new();
    while body.len() <= limit {
        let Some(piece) = pieces.next().await else { break };
        let piece = piece.map_err(|error| broken(&error))?;
        let room = limit + 1 - body.len();
        body.extend_from_slice(&piece[..piece.len().min(room)]);
    }
    Ok(Response { status, content_type, body })
}

fn http(request: Request) -> Result<axum::http::Request<Body>, axum::http::Error> {
    let Request { method, url, bearer, body, limit: _ } = request;
    let mut builder = axum::http::Request::builder().method(method).uri(url);
    if let Some(bearer) = bearer {
        builder = builder.header(AUTHORIZATION, format!("Bearer {}", bearer.expose_secret()));
    }
    let body = body.map_or_else(Body::empty, |body| Body::from(body.expose_secret().to_owned()));
    builder.body(body)
}
