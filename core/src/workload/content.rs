//! What the server reads at its start, and at its start alone: another content needs a restart (B-1, B-3, D-12).
//!
//! That is its configuration, and those Secrets that it does not read again. Left out are the resource's generation, the
//! certificate and the token of the metrics, which the server reads from their files, and the administrator's first
//! password, which it reads when it has no database yet.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use dittofs_effects::Change;
use sha2::{Digest as _, Sha256};

use crate::cluster_view::SecretView;
use crate::desired::SIGNING_KEY;
use crate::name;
use crate::server::{Credential, DatabaseSpec, SecretKey, ServerSpec, WorkloadSpec};

/// A content: one hash of everything, and one of the configuration, which tells what has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Content {
    all: String,
    config: String,
}

impl Content {
    /// The content of this configuration with these Secrets.
    ///
    /// # Errors
    /// What is missing, each in words. An unread Secret is not missing, so that the list may be empty.
    pub fn of(
        config: &str,
        server: &ServerSpec,
        workload: &WorkloadSpec,
        secrets: &BTreeMap<String, SecretView>,
    ) -> Result<Self, Vec<String>> {
        let config = hex(Sha256::digest(config));
        let mut hash = Sha256::new_with_prefix(&config);
        let (mut missing, mut unread) = (Vec::new(), false);
        for (key, optional) in needed(server, workload) {
            let SecretKey { secret, key } = &key;
            match secrets.get(secret) {
                None => unread = true,
                Some(SecretView::Missing) if optional => {}
                Some(SecretView::Missing) => missing.push(format!("there is no Secret {secret}")),
                Some(SecretView::Found(found)) => match found.values.get(key) {
                    Some(value) => {
                        for part in [secret, key] {
                            hash.update(part.len().to_be_bytes());
                            hash.update(part);
                        }
                        hash.update(value.bytes());
                    }
                    None if optional => {}
                    None => missing.push(format!("Secret {secret} has no key {key}")),
                },
            }
        }
        missing.dedup();
        if unread || !missing.is_empty() {
            return Err(missing);
        }
        Ok(Self { all: hex(hash.finalize()), config })
    }

    /// Of the configuration alone: what a template stands for while a Secret is not known.
    pub fn hash_of_config(config: &str) -> String {
        hex(Sha256::digest(config))
    }

    /// What stands in the template.
    pub fn hash(&self) -> &str {
        &self.all
    }

    /// What stands in the StatefulSet's annotations.
    pub fn written(&self) -> String {
        format!("{} {}", self.all, self.config)
    }

    /// What was written there; `None` where somebody damaged it.
    pub fn read(text: &str) -> Option<Self> {
        let (all, config) = text.split_once(' ')?;
        let is_hash = |text: &str| text.len() == 64 && text.chars().all(|c| c.is_ascii_hexdigit());
        (is_hash(all) && is_hash(config)).then(|| Self { all: all.to_owned(), config: config.to_owned() })
    }

    /// What is another one in `now`.
    pub fn change(&self, now: &Self) -> Change {
        if self.config == now.config { Change::SecretContent } else { Change::Configuration }
    }
}

/// Each key that the server reads, and whether it does without.
pub(super) fn needed(server: &ServerSpec, workload: &WorkloadSpec) -> Vec<(SecretKey, bool)> {
    let mut needed = vec![(signing_key(server, workload), false)];
    let ldap = workload.ldap.as_ref().and_then(|ldap| ldap.bind_password.as_ref());
    let kerberos = workload.kerberos.as_ref();
    let account = kerberos.and_then(|kerberos| kerberos.machine_account.as_ref());
    let more = [
        ldap,
        kerberos.and_then(|kerberos| kerberos.keytab.as_ref()),
        kerberos.and_then(|kerberos| kerberos.krb5_conf.as_ref()),
        account.and_then(|account| account.password.as_ref()),
        account.and_then(|account| account.keytab.as_ref()),
    ];
    needed.extend(more.into_iter().flatten().map(|key| (key.clone(), false)));
    if let DatabaseSpec::Postgres(secret) = &workload.database {
        let keys = [("host", false), ("database", false), ("user", false), ("password", false)];
        for (key, optional) in keys.into_iter().chain([("port", true), ("sslmode", true)]) {
            needed.push((SecretKey { secret: secret.clone(), key: key.to_owned() }, optional));
        }
    }
    needed
}

/// Where the key that signs tokens is.
pub(super) fn signing_key(server: &ServerSpec, workload: &WorkloadSpec) -> SecretKey {
    match &workload.signing_key {
        Credential::Managed => {
            SecretKey { secret: name::signing_key_secret(&server.name), key: SIGNING_KEY.to_owned() }
        }
        Credential::Provided(key) => key.clone(),
    }
}

fn hex(digest: impl IntoIterator<Item = u8>) -> String {
    digest.into_iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
