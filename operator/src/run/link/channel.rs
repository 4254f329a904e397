//! The way to one server: its URL, and whom to trust there, read from its Secrets when first needed.

use std::sync::Arc;

use dittofs_core::connection::Connection;
use dittofs_core::session::answer::{Outcome, Tls, Transport};
use dittofs_core::session::{Bearer, Call};
use dittofs_interpreters::dittofs::{Client, Connect};
use dittofs_interpreters::kubernetes::Secrets;
use tokio::sync::Mutex;

use crate::trust::trust;

/// Sends requests to one server.
pub struct Channel {
    connect: Arc<dyn Connect>,
    secrets: Arc<Secrets>,
    connection: Connection,
    base: String,
    /// Made when needed, and again after the certificates did not do: they may have been renewed.
    client: Mutex<Option<Client>>,
}

impl Channel {
    /// The way to the server at this URL.
    pub fn new(
        connect: Arc<dyn Connect>,
        secrets: Arc<Secrets>,
        connection: Connection,
        base: String,
    ) -> Self {
        Self { connect, secrets, connection, base, client: Mutex::new(None) }
    }

    /// Whether it still leads to the server that is meant.
    pub fn leads_to(&self, connection: &Connection, base: &str) -> bool {
        let Connection { tls, cert_secret, client_cert_secret, admin: _, credentials_secret: _ } = connection;
        (*tls, cert_secret, client_cert_secret)
            == (self.connection.tls, &self.connection.cert_secret, &self.connection.client_cert_secret)
            && base == self.base
    }

    /// Carries out a request of the session.
    pub async fn call(&self, call: &Call) -> Outcome {
        let client = self.client().await?;
        let outcome = client.call(call).await;
        self.learn(&outcome).await;
        outcome
    }

    /// Asks which adapters run.
    pub async fn list(&self, bearer: &Bearer) -> Outcome {
        let client = self.client().await?;
        let outcome = client.list(bearer).await;
        self.learn(&outcome).await;
        outcome
    }

    async fn learn(&self, outcome: &Outcome) {
        if matches!(outcome, Err(Transport::Tls(_))) {
            *self.client.lock().await = None;
        }
    }

    async fn client(&self) -> Result<Client, Transport> {
        let mut made = self.client.lock().await;
        if let Some(client) = &*made {
            return Ok(client.clone());
        }
        let trust = trust(&self.secrets, &self.connection, &self.base).await;
        let unusable = |why: String| Transport::Tls(Tls::Unusable(why));
        let trust = trust.map_err(unusable)?;
        let transport = self.connect.connect(&trust).map_err(|error| unusable(error.to_string()))?;
        Ok(made.insert(Client::new(transport, self.base.clone())).clone())
    }
}
