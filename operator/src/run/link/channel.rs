//! The way to one server: its URL, and whom to trust there, read from its Secrets when first needed.

use std::sync::Arc;

use dittofs_core::connection::{CA_KEY, CERTIFICATE_KEY, Connection, PRIVATE_KEY};
use dittofs_core::session::answer::{Outcome, Transport};
use dittofs_core::session::credentials::{Read, SecretData};
use dittofs_core::session::{Bearer, Call};
use dittofs_interpreters::dittofs::{Client, Connect, Identity, Trust};
use dittofs_interpreters::kubernetes::Secrets;
use tokio::sync::Mutex;

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
        if matches!(outcome, Err(Transport::Tls { .. })) {
            *self.client.lock().await = None;
        }
    }

    async fn client(&self) -> Result<Client, Transport> {
        let mut made = self.client.lock().await;
        if let Some(client) = &*made {
            return Ok(client.clone());
        }
        let trust = self.trust().await?;
        let transport = self.connect.connect(&trust).map_err(|error| Transport::Tls {
            expected: "usable certificates".to_owned(),
            error: error.to_string(),
        })?;
        Ok(made.insert(Client::new(transport, self.base.clone())).clone())
    }

    async fn trust(&self) -> Result<Trust, Transport> {
        if !self.base.starts_with("https://") {
            return Ok(Trust::Plain);
        }
        let authority = match &self.connection.cert_secret {
            None => None,
            Some(name) => {
                let data = self.read(name).await?;
                data.get(CA_KEY).map(|pem| (pem.clone(), format!("Secret {name}, key {CA_KEY}")))
            }
        };
        let identity = match &self.connection.client_cert_secret {
            None => None,
            Some(name) => Some(identity(name, self.read(name).await?)?),
        };
        Ok(Trust::Tls { authority, identity })
    }

    async fn read(&self, name: &str) -> Result<SecretData, Transport> {
        let unusable =
            |error: String| Transport::Tls { expected: format!("Secret {name} with certificates"), error };
        match self.secrets.read(name).await {
            Read::Found(data) => Ok(data),
            Read::Missing => Err(unusable("there is no such Secret".to_owned())),
            Read::Failed(error) => Err(unusable(format!("it cannot be read: {error}"))),
        }
    }
}

fn identity(name: &str, mut data: SecretData) -> Result<Identity, Transport> {
    match (data.remove(CERTIFICATE_KEY), data.remove(PRIVATE_KEY)) {
        (Some(certificates), Some(key)) => {
            Ok(Identity { certificates, key: key.into(), source: format!("Secret {name}") })
        }
        _ => Err(Transport::Tls {
            expected: format!("a certificate to show, in Secret {name}"),
            error: format!("it lacks {CERTIFICATE_KEY} or {PRIVATE_KEY}"),
        }),
    }
}
