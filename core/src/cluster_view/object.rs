//! The objects that decide, whoever they belong to.

use k8s_openapi::api::apps::v1::StatefulSet;
use k8s_openapi::api::core::v1::{Pod, Service};
use k8s_openapi::api::networking::v1::NetworkPolicy;

/// One object of a namespace.
#[derive(Clone, Debug)]
pub enum ClusterObject {
    /// A Service.
    Service(Box<Service>),
    /// A NetworkPolicy.
    NetworkPolicy(Box<NetworkPolicy>),
    /// A StatefulSet.
    StatefulSet(Box<StatefulSet>),
    /// A pod.
    Pod(Box<Pod>),
}

impl ClusterObject {
    /// Reads an object of a kind that decides; `None` for any other kind.
    ///
    /// # Errors
    /// Those of serde, for an object that is not what its kind says.
    pub fn from_json(object: serde_json::Value) -> Result<Option<Self>, serde_json::Error> {
        use serde::Deserialize;
        let text = |field: &str| object.get(field).and_then(serde_json::Value::as_str).unwrap_or_default();
        Ok(Some(match (text("apiVersion"), text("kind")) {
            ("v1", "Service") => Self::Service(Box::deserialize(object)?),
            ("networking.k8s.io/v1", "NetworkPolicy") => Self::NetworkPolicy(Box::deserialize(object)?),
            ("apps/v1", "StatefulSet") => Self::StatefulSet(Box::deserialize(object)?),
            ("v1", "Pod") => Self::Pod(Box::deserialize(object)?),
            _ => return Ok(None),
        }))
    }
}
