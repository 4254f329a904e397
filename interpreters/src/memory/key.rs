//! How an object is found, and what can be read off a raw one.

use std::fmt;

use dittofs_effects::{Kind, ObjectRef, ResourceVersion, Seen, Uid};
use serde_json::{Map, Value};

/// Kind, namespace and name of an object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObjectKey {
    /// The kind, with its API group where that is needed to tell it apart: `Service`, but
    /// `Service.serving.knative.dev`.
    pub kind: String,
    /// The namespace; empty where there is none.
    pub namespace: String,
    /// The name.
    pub name: String,
}

/// An object that cannot be found again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the object has no {field}")]
pub struct Unidentified {
    /// The field that is missing or no text.
    pub field: &'static str,
}

/// Kinds that go by their bare name, with their groups.
const BARE: [(&str, &str); 5] = [
    ("Service", ""),
    ("Pod", ""),
    ("NetworkPolicy", "networking.k8s.io"),
    ("StatefulSet", "apps"),
    ("ServiceMonitor", "monitoring.coreos.com"),
];

impl ObjectKey {
    /// The key of a raw object.
    ///
    /// # Errors
    /// [`Unidentified`] without apiVersion, kind or name.
    pub fn of(object: &Value) -> Result<Self, Unidentified> {
        let text = |pointer: &str, field| {
            let text = object.pointer(pointer).and_then(Value::as_str).filter(|t| !t.is_empty());
            text.ok_or(Unidentified { field })
        };
        let api_version = text("/apiVersion", "apiVersion")?;
        let kind = text("/kind", "kind")?;
        let name = text("/metadata/name", "metadata.name")?;
        let namespace = object.pointer("/metadata/namespace").and_then(Value::as_str).unwrap_or_default();
        Ok(Self { kind: qualified(api_version, kind), namespace: namespace.into(), name: name.into() })
    }

    /// The key of an object of a kind that goes by its bare name.
    pub fn new(kind: &str, namespace: &str, name: &str) -> Self {
        Self { kind: kind.to_owned(), namespace: namespace.to_owned(), name: name.to_owned() }
    }

    pub(super) fn is(&self, kind: Kind) -> bool {
        self.kind == kind.as_str()
    }
}

/// The kind with its group, or bare if nothing else goes by that.
fn qualified(api_version: &str, kind: &str) -> String {
    let group = api_version.rsplit_once('/').map_or("", |(group, _)| group);
    let bare = group.is_empty() || BARE.contains(&(kind, group));
    // A foreign group may have a kind of the same name, which must never be taken for ours.
    if bare { kind.to_owned() } else { format!("{kind}.{group}") }
}

impl From<&ObjectRef> for ObjectKey {
    fn from(reference: &ObjectRef) -> Self {
        Self::new(reference.kind.as_str(), &reference.namespace, &reference.name)
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}/{}", self.kind, self.namespace, self.name)
    }
}

pub(super) fn text<'a>(object: &'a Value, pointer: &str) -> Option<&'a str> {
    object.pointer(pointer).and_then(Value::as_str)
}

pub(super) fn uid(object: &Value) -> Option<&str> {
    text(object, "/metadata/uid")
}

pub(super) fn version(object: &Value) -> Option<&str> {
    text(object, "/metadata/resourceVersion")
}

pub(super) fn is_terminating(object: &Value) -> bool {
    text(object, "/metadata/deletionTimestamp").is_some()
}

/// The identity of an object, if it has one.
pub(super) fn seen(object: &Value) -> Option<Seen> {
    Some(Seen { uid: Uid::new(uid(object)?)?, resource_version: ResourceVersion::new(version(object)?)? })
}

/// Sets a field of the metadata.
pub(super) fn set_metadata(object: &mut Value, field: &str, value: Value) {
    set(object, &["metadata", field], value);
}

/// Sets the field at a path; whatever is in the way and no object becomes one.
pub(super) fn set(object: &mut Value, path: &[&str], value: Value) {
    let Some((field, rest)) = path.split_first() else {
        *object = value;
        return;
    };
    if !object.is_object() {
        *object = Value::Object(Map::new());
    }
    if let Some(fields) = object.as_object_mut() {
        set(fields.entry((*field).to_owned()).or_insert(Value::Null), rest, value);
    }
}
