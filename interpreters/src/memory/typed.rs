//! From raw objects to the ones that decisions are taken on.

use dittofs_core::{ClusterObject, OwnObject};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::de::{Deserialize, Deserializer};
use serde_json::Value;

use super::{ObjectKey, World};

/// Stands for a uid or resource version that an object in a file lacks. It matches nothing, so that an effect which
/// needs the real one is found out, and all others can be decided.
pub const MISSING_IDENTITY: &str = "(not in the file)";

/// An object whose fields do not have the types that the API gives them.
#[derive(Debug, thiserror::Error)]
#[error("reading {key}")]
pub struct Unreadable {
    /// Which object.
    pub key: ObjectKey,
    /// What is wrong with it.
    pub source: serde_json::Error,
}

/// Reads an object of this kind (see [`ObjectKey::kind`]); `None` for a kind that decides nothing. An identity that is
/// missing becomes [`MISSING_IDENTITY`].
///
/// From a value that it may take apart: each other kind of deserializer has the code that reads the kinds once more.
///
/// # Errors
/// Those of the deserializer, for a field of another type.
pub fn cluster_object<'de, D: Deserializer<'de>>(
    kind: &str,
    object: D,
) -> Result<Option<ClusterObject>, D::Error> {
    let mut object = match kind {
        "Service" => ClusterObject::Service(Box::deserialize(object)?),
        "NetworkPolicy" => ClusterObject::NetworkPolicy(Box::deserialize(object)?),
        "StatefulSet" => ClusterObject::StatefulSet(Box::deserialize(object)?),
        "Pod" => ClusterObject::Pod(Box::deserialize(object)?),
        _ => return Ok(None),
    };
    let metadata = metadata(&mut object);
    for field in [&mut metadata.uid, &mut metadata.resource_version] {
        if field.as_deref().is_none_or(str::is_empty) {
            *field = Some(MISSING_IDENTITY.to_owned());
        }
    }
    Ok(Some(object))
}

fn metadata(object: &mut ClusterObject) -> &mut ObjectMeta {
    match object {
        ClusterObject::Service(o) => &mut o.metadata,
        ClusterObject::NetworkPolicy(o) => &mut o.metadata,
        ClusterObject::StatefulSet(o) => &mut o.metadata,
        ClusterObject::Pod(o) => &mut o.metadata,
    }
}

impl World {
    /// The objects that decisions are taken on, in the order of keys.
    ///
    /// # Errors
    /// [`Unreadable`] for an object that is not what its kind says.
    pub fn objects(&self) -> Result<Vec<ClusterObject>, Unreadable> {
        let read = |(key, object): (&ObjectKey, &Value)| {
            cluster_object(&key.kind, object.clone())
                .map_err(|source| Unreadable { key: key.clone(), source })
                .transpose()
        };
        self.iter().filter_map(read).collect()
    }

    /// The objects that only a workload has, in the order of keys.
    ///
    /// # Errors
    /// [`Unreadable`] for an object that is not what its kind says.
    pub fn own_objects(&self) -> Result<Vec<OwnObject>, Unreadable> {
        let read = |(key, object): (&ObjectKey, &Value)| {
            OwnObject::from_json(object).map_err(|source| Unreadable { key: key.clone(), source }).transpose()
        };
        self.iter().filter_map(read).collect()
    }
}
