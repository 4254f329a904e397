//! What a session asks for, carried out. Each request that has an answer gets exactly one.

use std::sync::Arc;
use std::time::Duration;

use dittofs_core::connection::{AdminSecret, Connection};
use dittofs_core::effects::Uid;
use dittofs_core::session::credentials::{Read, Stored};
use dittofs_core::session::{Call, Input};
use dittofs_interpreters::kubernetes::Secrets;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;

use super::channel::Channel;
use crate::run::password::{Entropy, password};

/// How long the API server may take, as a session cannot wait for ever.
const TIMEOUT: Duration = Duration::from_secs(10);

/// An answer on its way.
pub type Answer = BoxFuture<'static, Input>;

pub fn admin_secret(secrets: Arc<Secrets>, admin: AdminSecret) -> Answer {
    async move {
        let AdminSecret { name, key, username, source: _ } = admin;
        let read = tokio::time::timeout(TIMEOUT, secrets.admin(&name, &key, &username)).await;
        Input::AdminSecret(read.unwrap_or_else(|_| late(&name)))
    }
    .boxed()
}

pub fn credentials(secrets: Arc<Secrets>, connection: &Connection, owner: Option<Uid>) -> Answer {
    let name = connection.credentials_secret.clone();
    async move {
        let Some(owner) = owner else { return Input::Credentials(Read::Missing) };
        let read = tokio::time::timeout(TIMEOUT, secrets.credentials(&name, &owner)).await;
        Input::Credentials(read.unwrap_or_else(|_| late(&name)))
    }
    .boxed()
}

pub fn store(
    secrets: Arc<Secrets>,
    connection: &Connection,
    owner: OwnerReference,
    stored: Stored,
) -> Answer {
    let name = connection.credentials_secret.clone();
    async move {
        let written = tokio::time::timeout(TIMEOUT, secrets.store(&name, &owner, &stored)).await;
        Input::Written(written.unwrap_or_else(|_| Err(no_answer(&name))))
    }
    .boxed()
}

pub fn call(channel: Arc<Channel>, call: Call) -> Answer {
    async move { Input::Answered(channel.call(&call).await) }.boxed()
}

pub fn make_password(entropy: Entropy) -> Answer {
    async move {
        loop {
            match password(entropy) {
                Ok(password) => return Input::Password(password),
                Err(error) => {
                    tracing::error!(%error, "the OS gives no randomness for a password; tried again");
                }
            }
            tokio::time::sleep(TIMEOUT).await;
        }
    }
    .boxed()
}

fn late<T>(name: &str) -> Read<T> {
    Read::Failed(no_answer(name))
}

fn no_answer(name: &str) -> String {
    format!("Secret {name}: the API server did not answer within {} s", TIMEOUT.as_secs())
}
