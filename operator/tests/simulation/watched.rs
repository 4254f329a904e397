//! The way to the API server, watched: every write is looked at before anything else can happen.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::http::{Method, Request, Response};
use embedded_kubernetes::{Cluster, ConnectionBroken, InProcess};
use tower::Service;

use super::monitor::Monitor;
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
        let what = format!("{} {}", request.method(), request.uri().path());
        let is_write = request.method() != Method::GET;
        let is_delete = request.method() == Method::DELETE;
        let decides = is_write
            && ["/services", "/networkpolicies", "/statefulsets"].iter().any(|kind| what.contains(kind));
        let mut answer = self.inner.call(request);
        Box::pin(async move {
            if process.is_dead() {
                return std::future::pending().await;
            }
            let answered = if decides {
                // The server commits and answers in one breath: what differs then is what this write did.
                poll_fn(|context| {
                    cluster.now();
                    let before = Scene::now(&cluster);
                    let answered = answer.as_mut().poll(context);
                    if answered.is_ready()
                        && let Some((before, after)) = before.zip(Scene::now(&cluster))
                    {
                        monitor.wrote(&what, is_delete, &before, &after);
                    }
                    answered
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
