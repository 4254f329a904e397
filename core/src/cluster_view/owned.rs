//! An object of the server, and its identity.

use dittofs_effects::{Kind, ResourceVersion, Seen, Uid};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::name_of;

/// An object that the server controls, with the identity that a write needs.
#[derive(Clone, Debug, PartialEq)]
pub struct Owned<T> {
    /// The object as it was seen.
    pub object: T,
    /// Its identity.
    pub seen: Seen,
    /// It has a deletion timestamp: it is never written again, and counts until it is gone.
    pub terminating: bool,
    /// Labels and selector are as they should be. They depend on nothing that changes between two decisions, so they are
    /// looked at once.
    pub(crate) in_shape: bool,
}

/// An object of ours without uid or resource version, which no write could name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind} {name} has no metadata.{field}, which a guarded write needs")]
pub struct MissingIdentity {
    /// Its kind.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// The field that is missing.
    pub field: &'static str,
}

impl<T> Owned<T> {
    /// Takes the identity out of the object.
    pub(super) fn new(
        kind: Kind,
        object: T,
        in_shape: bool,
        metadata: impl Fn(&T) -> &ObjectMeta,
    ) -> Result<Self, MissingIdentity> {
        let (seen, terminating) = identity(kind, metadata(&object))?;
        Ok(Self { object, seen, terminating, in_shape })
    }

    /// The same for an object whose metadata is not of its type.
    pub(super) fn raw(kind: Kind, object: T, metadata: &ObjectMeta) -> Result<Self, MissingIdentity> {
        let (seen, terminating) = identity(kind, metadata)?;
        Ok(Self { object, seen, terminating, in_shape: false })
    }
}

/// The identity, and whether the object is being deleted.
fn identity(kind: Kind, meta: &ObjectMeta) -> Result<(Seen, bool), MissingIdentity> {
    let missing = |field| MissingIdentity { kind: kind.as_str(), name: name_of(meta), field };
    let uid = meta.uid.as_deref().and_then(Uid::new).ok_or_else(|| missing("uid"))?;
    let version = meta.resource_version.as_deref().and_then(ResourceVersion::new);
    let resource_version = version.ok_or_else(|| missing("resourceVersion"))?;
    Ok((Seen { uid, resource_version }, meta.deletion_timestamp.is_some()))
}
