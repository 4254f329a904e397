//! What the operator asks DittoFS, heard on the way.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use dittofs_core::session::answer::Outcome;
use dittofs_interpreters::dittofs::{Connect, Http, Request, Transport, Trust, TrustError};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use tokio::sync::{RwLock, RwLockWriteGuard};

/// Makes transports over the network that are heard.
#[derive(Clone, Default)]
pub struct Heard(Arc<Notes>);

#[derive(Default)]
struct Notes {
    http: Http,
    asked: AtomicU64,
    refused_a_deletion: AtomicBool,
    /// Read by each request: who writes, is alone with DittoFS.
    way: RwLock<()>,
}

impl Heard {
    /// How many requests there were.
    pub fn asked(&self) -> u64 {
        self.0.asked.load(Ordering::Relaxed)
    }

    /// Whether DittoFS has answered a DELETE with 403.
    pub fn refused_a_deletion(&self) -> bool {
        self.0.refused_a_deletion.load(Ordering::Relaxed)
    }

    /// Holds the operator's requests back, so that it sees what takes several steps as if it were one.
    pub async fn alone(&self) -> RwLockWriteGuard<'_, ()> {
        self.0.way.write().await
    }
}

impl Connect for Heard {
    fn connect(&self, trust: &Trust) -> Result<Arc<dyn Transport>, TrustError> {
        Ok(Arc::new(Listening { to: self.0.http.connect(trust)?, notes: self.0.clone() }))
    }
}

struct Listening {
    to: Arc<dyn Transport>,
    notes: Arc<Notes>,
}

impl Transport for Listening {
    fn send(&self, request: Request) -> BoxFuture<'static, Outcome> {
        let (to, notes) = (self.to.clone(), self.notes.clone());
        async move {
            let _on_the_way = notes.way.read().await;
            notes.asked.fetch_add(1, Ordering::Relaxed);
            let deletes = request.method == "DELETE";
            let outcome = to.send(request).await;
            if deletes && outcome.as_ref().is_ok_and(|response| response.status == 403) {
                notes.refused_a_deletion.store(true, Ordering::Relaxed);
            }
            outcome
        }
        .boxed()
    }
}
