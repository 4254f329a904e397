//! The DittoFS client's transport, overheard: what was answered, and which secrets went by.

use std::sync::Arc;

use dittofs_core::session::answer::Outcome;
use dittofs_interpreters::dittofs::{Connect, Request, Transport, Trust, TrustError};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use secrecy::ExposeSecret as _;
use serde_json::Value;

use super::monitor::Monitor;
use super::process::Process;

/// Keys of what must be seen nowhere else.
const SECRET_KEYS: [&str; 5] = ["password", "new_password", "access_token", "refresh_token", "token"];

/// Makes transports that are overheard.
pub struct Overheard {
    pub inner: Arc<dyn Connect>,
    pub monitor: Monitor,
    pub process: Process,
}

struct Line {
    inner: Arc<dyn Transport>,
    monitor: Monitor,
    process: Process,
}

impl Connect for Overheard {
    fn connect(&self, trust: &Trust) -> Result<Arc<dyn Transport>, TrustError> {
        let inner = self.inner.connect(trust)?;
        Ok(Arc::new(Line { inner, monitor: self.monitor.clone(), process: self.process.clone() }))
    }
}

/// Counts as no answer when it is dropped without one: the client gave up.
struct Waiting(Option<Monitor>);

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some(monitor) = self.0.take() {
            monitor.answers().came(None);
        }
    }
}

impl Transport for Line {
    fn send(&self, request: Request) -> BoxFuture<'static, Outcome> {
        let (monitor, process) = (self.monitor.clone(), self.process.clone());
        let is_list = request.method == "GET" && request.url.ends_with("/api/v1/adapters");
        if let Some(bearer) = &request.bearer {
            monitor.secret(bearer.expose_secret());
        }
        if let Some(body) = &request.body {
            learn(&monitor, body.expose_secret().as_bytes());
        }
        let answer = self.inner.send(request);
        async move {
            if process.is_dead() {
                return std::future::pending().await;
            }
            let mut waiting = Waiting(is_list.then(|| monitor.clone()));
            let outcome = answer.await;
            if process.is_dead() {
                waiting.0 = None;
                return std::future::pending().await;
            }
            if waiting.0.take().is_some() {
                let answer = outcome.as_ref().ok();
                let parts = answer.map(|a| (a.status, a.content_type.as_deref(), a.body.as_slice()));
                monitor.answers().came(parts);
            } else if let Ok(answer) = &outcome {
                learn(&monitor, &answer.body);
            }
            outcome
        }
        .boxed()
    }
}

fn learn(monitor: &Monitor, body: &[u8]) {
    let Ok(Value::Object(fields)) = serde_json::from_slice(body) else { return };
    for secret in SECRET_KEYS.iter().filter_map(|key| fields.get(*key)?.as_str()) {
        monitor.secret(secret);
    }
}
