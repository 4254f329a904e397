//! The two Secrets of a session: the administrator's, which is read, and ours, of which we are the one writer.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dittofs_core::effects::Uid;
use dittofs_core::session::Version;
use dittofs_core::session::credentials::{Credentials, Read, SecretData, Stored};
use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use kube::{Api, Client};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use super::api;
use super::in_time::in_time;

/// By it our Secrets are watched, and no others.
pub const CREDENTIALS_LABEL: (&str, &str) = ("dittofs.io/operator-credentials", "true");

/// Secrets of one namespace.
pub struct Secrets {
    api: Api<Secret>,
}

impl Secrets {
    /// Those of this namespace.
    pub fn new(client: Client, namespace: &str) -> Self {
        Self { api: Api::namespaced(client, namespace) }
    }

    /// The data of a Secret.
    pub async fn read(&self, name: &str) -> Read<SecretData> {
        match self.get(name).await {
            Ok(Some(secret)) => Read::Found(data(&secret)),
            Ok(None) => Read::Missing,
            Err(error) => Read::Failed(error),
        }
    }

    /// The administrator's name and password.
    pub async fn admin(&self, name: &str, key: &str, fallback: &str) -> Read<Credentials> {
        match self.read(name).await {
            Read::Found(data) => Credentials::of_admin(&data, key, fallback),
            Read::Missing => Read::Missing,
            Read::Failed(error) => Read::Failed(error),
        }
    }

    /// Our credentials, if this server controls the Secret. Somebody else's is a failure and not an absence: an account
    /// whose password cannot be stored must not be made.
    pub async fn credentials(&self, name: &str, owner: &Uid) -> Read<(Stored, Version)> {
        let secret = match self.get(name).await {
            Ok(Some(secret)) if is_controlled(&secret, owner.as_str()) => secret,
            Ok(Some(_)) => return Read::Failed(not_ours(name)),
            Ok(None) => return Read::Missing,
            Err(error) => return Read::Failed(error),
        };
        match Stored::read(&data(&secret)) {
            Read::Found(stored) => {
                Read::Found((stored, secret.metadata.resource_version.unwrap_or_default()))
            }
            Read::Missing => Read::Missing,
            Read::Failed(error) => Read::Failed(error),
        }
    }

    /// Writes our credentials: creates the Secret, or replaces the data of the one that this server controls.
    ///
    /// # Errors
    /// What the API server said, or whose the Secret is.
    pub async fn store(
        &self,
        name: &str,
        owner: &OwnerReference,
        stored: &Stored,
    ) -> Result<Version, String> {
        let written = match self.get(name).await? {
            None => {
                let secret = secret(name, owner, stored);
                in_time(self.api.create(&api::post(), &secret)).await
            }
            Some(found) if is_controlled(&found, &owner.uid) => {
                let patch = kube::api::Patch::Merge(replacement(&found, stored));
                in_time(self.api.patch(name, &api::patch(), &patch)).await
            }
            Some(_) => return Err(not_ours(name)),
        };
        let written = written.map_err(|error| error.to_string())?;
        Ok(written.metadata.resource_version.unwrap_or_default())
    }

    async fn get(&self, name: &str) -> Result<Option<Secret>, String> {
        in_time(self.api.get_opt(name)).await.map_err(|error| error.to_string())
    }
}

fn not_ours(name: &str) -> String {
    format!("Secret {name} is not controlled by this DittoServer, and is left alone: delete or rename it")
}

fn is_controlled(secret: &Secret, uid: &str) -> bool {
    let owners = secret.metadata.owner_references.iter().flatten();
    owners.into_iter().any(|o| o.controller == Some(true) && o.uid == uid)
}

fn data(secret: &Secret) -> SecretData {
    secret.data.iter().flatten().map(|(key, value)| (key.clone(), value.0.clone())).collect()
}

fn secret(name: &str, owner: &OwnerReference, stored: &Stored) -> Secret {
    let bytes = |text: &str| k8s_openapi::ByteString(text.as_bytes().to_vec());
    let mut secret = Secret::default();
    secret.metadata.name = Some(name.to_owned());
    secret.metadata.owner_references = Some(vec![owner.clone()]);
    secret.metadata.labels = Some(BTreeMap::from([label()]));
    secret.type_ = Some("Opaque".to_owned());
    let entries = stored.data().into_iter();
    secret.data = Some(entries.map(|(key, value)| (key.to_owned(), bytes(value.expose_secret()))).collect());
    secret
}

/// Our keys and our label over what is there, guarded by what was read.
fn replacement(found: &Secret, stored: &Stored) -> Value {
    let encoded = |text: &str| Value::String(STANDARD.encode(text));
    let entries = stored.data().into_iter();
    let data: serde_json::Map<String, Value> =
        entries.map(|(key, value)| (key.to_owned(), encoded(value.expose_secret()))).collect();
    let (key, value) = label();
    json!({
        "metadata": {
            "uid": found.metadata.uid,
            "resourceVersion": found.metadata.resource_version,
            "labels": { key: value },
        },
        "data": data,
    })
}

fn label() -> (String, String) {
    (CREDENTIALS_LABEL.0.to_owned(), CREDENTIALS_LABEL.1.to_owned())
}
