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

/// Before the OS is asked for randomness again.
const PAUSE: Duration = Duration::from_secs(10);

/// An answer on its way.
pub type Answer = BoxFuture<'static, Input>;

pub fn admin_secret(secrets: Arc<Secrets>, admin: AdminSecret) -> Answer {
    async move {
        let AdminSecret { name, key, username, source: _ } = admin;
        Input::AdminSecret(secrets.admin(&name, &key, &username).await)
    }
    .boxed()
}

pub fn credentials(secrets: Arc<Secrets>, connection: &Connection, owner: Option<Uid>) -> Answer {
    let name = connection.credentials_secret.clone();
    async move {
        let Some(owner) = owner else { return Input::Credentials(Read::Missing) };
        Input::Credentials(secrets.credentials(&name, &owner).await)
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
    async move { Input::Written(secrets.store(&name, &owner, &stored).await) }.boxed()
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
            tokio::time::sleep(PAUSE).await;
        }
    }
    .boxed()
}
