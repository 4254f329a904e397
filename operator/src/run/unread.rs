//! DittoServers as they are kept: as JSON, read when one is looked at.
//!
//! Read, one takes five times as much, most of it empty. And one that does not parse keeps nobody from reading the others:
//! what is wrong with it is found out when it is looked at.

use std::borrow::Cow;

use dittofs_core::api::DittoServer;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::Resource;
use kube::core::NamespaceResourceScope;
use serde::{Deserialize, Deserializer, de};
use serde_json::Value;

use super::compact::Compact;

/// A DittoServer that nobody has read yet.
#[derive(Clone, Debug)]
pub struct Unread {
    /// What it is found by; nothing else of it.
    metadata: ObjectMeta,
    json: Compact,
}

impl Unread {
    /// The resource.
    ///
    /// # Errors
    /// What is wrong with it, and in which field.
    pub fn read(&self) -> Result<DittoServer, String> {
        let json: Value = serde_json::from_slice(&self.json.json()).map_err(|error| error.to_string())?;
        serde_path_to_error::deserialize(json).map_err(|error| error.to_string())
    }
}

impl<'de> Deserialize<'de> for Unread {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut object = Value::deserialize(deserializer)?;
        let Some(whole) = object.get_mut("metadata").and_then(Value::as_object_mut) else {
            return Err(de::Error::missing_field("metadata"));
        };
        whole.remove("managedFields");
        let text = |field: &str| whole.get(field).and_then(Value::as_str).map(str::to_owned);
        let metadata = ObjectMeta {
            name: text("name"),
            namespace: text("namespace"),
            uid: text("uid"),
            resource_version: text("resourceVersion"),
            ..ObjectMeta::default()
        };
        let json = serde_json::to_vec(&object).map_err(de::Error::custom)?;
        Ok(Self { metadata, json: Compact::new(&json) })
    }
}

impl Resource for Unread {
    type DynamicType = ();
    type Scope = NamespaceResourceScope;

    fn kind((): &()) -> Cow<'_, str> {
        DittoServer::kind(&())
    }

    fn group((): &()) -> Cow<'_, str> {
        DittoServer::group(&())
    }

    fn version((): &()) -> Cow<'_, str> {
        DittoServer::version(&())
    }

    fn plural((): &()) -> Cow<'_, str> {
        DittoServer::plural(&())
    }

    fn meta(&self) -> &ObjectMeta {
        &self.metadata
    }

    fn meta_mut(&mut self) -> &mut ObjectMeta {
        &mut self.metadata
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_server_is_found_unread_and_says_what_is_wrong_when_it_is_read() {
        let mut server = json!({
            "apiVersion": "dittofs.dittofs.com/v1alpha1", "kind": "DittoServer",
            "metadata": { "name": "srv", "namespace": "files", "uid": "u", "resourceVersion": "7", "generation": 3,
                "managedFields": [{ "manager": "kubectl" }] },
            "spec": { "replicas": 1 },
        });
        let unread: Unread = serde_json::from_value(server.clone()).unwrap();
        assert_eq!(unread.meta().name.as_deref(), Some("srv"));
        let read = unread.read().unwrap();
        assert_eq!((read.metadata.generation, read.spec.replicas), (Some(3), Some(1)));
        assert_eq!(read.metadata.managed_fields, None);
        server["spec"]["replicas"] = json!("one");
        let broken: Unread = serde_json::from_value(server).unwrap();
        let error = broken.read().unwrap_err();
        assert!(error.contains("spec.replicas") && error.contains("one"), "{error}");
        assert!(serde_json::from_value::<Unread>(json!({ "spec": {} })).is_err());
    }
}
