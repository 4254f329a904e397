//! One server.

use std::sync::Arc;
use std::time::Duration;

use dittofs_core::session::answer::{self, Outcome};
use dittofs_core::session::{Bearer, Call};
use dittofs_core::wire;

use super::transport::{Request, Transport};

/// How long an answer may take as a whole. DittoFS itself gives up at 10 s, and its list takes up to 5 s when an
/// adapter's health is slow to tell.
pub const TIMEOUT: Duration = Duration::from_secs(10);

/// Talks to one server.
#[derive(Clone)]
pub struct Client {
    transport: Arc<dyn Transport>,
    base: String,
}

impl Client {
    /// A client of the server at this base URL ([`super::Address::of`]).
    pub fn new(transport: Arc<dyn Transport>, base: String) -> Self {
        Self { transport, base }
    }

    /// Where the server is.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Carries out a request of the session.
    ///
    /// # Errors
    /// Why there is no answer.
    pub async fn call(&self, call: &Call) -> Outcome {
        let http = call.http();
        self.send(Request {
            method: http.method,
            url: format!("{}{}", self.base, http.path),
            bearer: http.bearer,
            body: http.body,
            limit: answer::BODY_LIMIT,
        })
        .await
    }

    /// Asks which adapters run (DISC-01).
    ///
    /// # Errors
    /// Why there is no answer.
    pub async fn list(&self, bearer: &Bearer) -> Outcome {
        self.send(Request {
            method: "GET",
            url: format!("{}/api/v1/adapters", self.base),
            bearer: Some(bearer.token.clone()),
            body: None,
            limit: wire::BODY_LIMIT,
        })
        .await
    }

    async fn send(&self, request: Request) -> Outcome {
        match tokio::time::timeout(TIMEOUT, self.transport.send(request)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(answer::Transport::TimedOut),
        }
    }
}
