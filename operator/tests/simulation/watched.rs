//! The way to the API server, watched: every write is looked at before anything else can happen.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody, to_bytes};
use axum::http::{Method, Request, Response};
use embedded_kubernetes::{Cluster, ConnectionBroken, InProcess};
use tower::Service;

use super::monitor::{Monitor, Write};
use super::process::Process;
use super::scene::Scene;

/// A service for kube's client.
#[derive(Clone)]
pub struct Watched {
    pub cluster: Cluster,
    pub inner: InProcess,
    pub monitor: Monitor,
    pub process: Process,
}

impl<B> Service<Request<B>> for Watched
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Response = Response<Body>;
    type Error = ConnectionBroken;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, ConnectionBroken>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), ConnectionBroken>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let Self { cluster, monitor, process, .. } = self.clone();
        let mut inner = self.inner.clone();
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let is_write = method != Method::GET;
        let decides = is_write
            && ["/services", "/networkpolicies", "/statefulsets"].iter().any(|kind| path.contains(kind));
        Box::pin(async move {
            if process.is_dead() {
                return std::future::pending().await;
            }
            let (parts, body) = request.into_parts();
            let body = to_bytes(Body::new(body), usize::MAX).await.map_err(|_| ConnectionBroken)?;
            let mut answer = inner.call(Request::from_parts(parts, Body::from(body.clone())));
            let answered = if decides {
                // The server commits and answers in one breath: what differs then is what this write did.
                poll_fn(|context| {
                    cluster.now();
                    let before = Scene::now(&cluster);
                    let answered = answer.as_mut().poll(context);
                    let Poll::Ready(answered) = answered else { return Poll::Pending };
                    if let Some((before, after)) = before.zip(Scene::now(&cluster)) {
                        let status = answered.as_ref().ok().map(|answer| answer.status().as_u16());
                        let answer = status.map(|status| (status, cluster.resource_version().to_string()));
                        let (method, path, body) = (method.as_str(), path.as_str(), body.as_ref());
                        monitor.wrote(&Write { method, path, body, answer }, &before, &after);
                    }
                    Poll::Ready(answered)
                })
                .await
            } else {
                answer.await
            };
            if is_write && !process.is_dead() && monitor.is_last_write() {
                process.kill();
            }
            if process.is_dead() {
                return std::future::pending().await;
            }
            answered
        })
    }
}
