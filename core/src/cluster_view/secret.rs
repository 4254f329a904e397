//! Secrets, as decisions see them: whose they are, and whether a value is another one than before. The values stay out.

use std::collections::BTreeMap;
use std::fmt;

use dittofs_effects::{ResourceVersion, Seen, Uid};
use k8s_openapi::api::core::v1::Secret;
use sha2::{Digest as _, Sha256};

use super::foreign;
use crate::server::ServerSpec;

/// The digest of a value. Not shown: that of a short one says what it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Digest([u8; 32]);

impl Digest {
    /// Of these bytes.
    pub fn of(value: &[u8]) -> Self {
        Self(Sha256::digest(value).into())
    }

    pub(crate) const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

/// A Secret that was looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretView {
    /// There is none.
    Missing,
    /// There is one.
    Found(FoundSecret),
}

/// A Secret that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundSecret {
    /// The digest of each value that is not empty, by key.
    pub values: BTreeMap<String, Digest>,
    /// Its identity, if the server controls it; a Secret of anybody else can only be read.
    pub ours: Option<Seen>,
    /// It is being deleted.
    pub terminating: bool,
}

impl SecretView {
    /// Takes the digests of a Secret, and whose it is.
    pub fn new(secret: &Secret, server: &ServerSpec) -> Self {
        let metadata = &secret.metadata;
        let values = secret.data.iter().flatten().filter(|(_, value)| !value.0.is_empty());
        let seen = || {
            Some(Seen {
                uid: Uid::new(metadata.uid.as_deref()?)?,
                resource_version: ResourceVersion::new(metadata.resource_version.as_deref()?)?,
            })
        };
        Self::Found(FoundSecret {
            values: values.map(|(key, value)| (key.clone(), Digest::of(&value.0))).collect(),
            ours: seen().filter(|_| foreign(metadata, server).is_none()),
            terminating: metadata.deletion_timestamp.is_some(),
        })
    }
}
