//! What moves bytes to a server and back.

use std::fmt;
use std::sync::Arc;

use dittofs_core::session::answer::Outcome;
use futures::future::BoxFuture;
use secrecy::SecretString;

use super::tls::{Trust, TrustError};

/// One request, ready to be sent.
pub struct Request {
    /// The method.
    pub method: &'static str,
    /// The whole URL.
    pub url: String,
    /// For the header `Authorization: Bearer …`.
    pub bearer: Option<SecretString>,
    /// JSON.
    pub body: Option<SecretString>,
    /// How many bytes of the answer's body are read at most; one more says that there were more.
    pub limit: usize,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Request({} {})", self.method, self.url)
    }
}

/// Sends a request and waits for the whole answer, up to its limit. Follows no redirect, and repeats nothing that may
/// have been received.
pub trait Transport: Send + Sync {
    /// The answer, or why there is none. Dropping the future gives the request up.
    fn send(&self, request: Request) -> BoxFuture<'static, Outcome>;
}

/// Makes transports: servers that are trusted alike share one, and its connections.
pub trait Connect: Send + Sync {
    /// A transport for servers to be trusted in this way.
    ///
    /// # Errors
    /// [`TrustError`] when the certificates cannot be used.
    fn connect(&self, trust: &Trust) -> Result<Arc<dyn Transport>, TrustError>;
}
