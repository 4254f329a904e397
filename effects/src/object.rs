//! The kinds of object that are written, and how one is named.

use std::fmt;

use k8s_openapi::api::apps::v1::StatefulSet;
use k8s_openapi::api::core::v1::{ConfigMap, Service};
use k8s_openapi::api::networking::v1::NetworkPolicy;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::Serialize;
use serde_json::Value;

use crate::secret::{NewSecret, ValueMissing};

/// A kind that an effect can write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Kind {
    /// core/v1 Service.
    Service,
    /// networking.k8s.io/v1 NetworkPolicy.
    NetworkPolicy,
    /// apps/v1 StatefulSet. Where somebody else brings the workload, only its adapter ports and its update strategy are
    /// ours.
    StatefulSet,
    /// core/v1 ConfigMap: the server's configuration.
    ConfigMap,
    /// core/v1 Secret: what the server is started with.
    Secret,
    /// core/v1 PersistentVolumeClaim: it only grows.
    PersistentVolumeClaim,
    /// core/v1 Pod: only deleted, where a rollout is broken.
    Pod,
    /// monitoring.coreos.com/v1 ServiceMonitor, which not every cluster has.
    ServiceMonitor,
}

impl Kind {
    /// The kind's name in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Service => "Service",
            Self::NetworkPolicy => "NetworkPolicy",
            Self::StatefulSet => "StatefulSet",
            Self::ConfigMap => "ConfigMap",
            Self::Secret => "Secret",
            Self::PersistentVolumeClaim => "PersistentVolumeClaim",
            Self::Pod => "Pod",
            Self::ServiceMonitor => "ServiceMonitor",
        }
    }

    /// The `apiVersion` that goes with the kind.
    pub const fn api_version(self) -> &'static str {
        match self {
            Self::Service | Self::ConfigMap | Self::Secret | Self::PersistentVolumeClaim | Self::Pod => "v1",
            Self::NetworkPolicy => "networking.k8s.io/v1",
            Self::StatefulSet => "apps/v1",
            Self::ServiceMonitor => "monitoring.coreos.com/v1",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Which object an effect is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObjectRef {
    /// Its kind.
    pub kind: Kind,
    /// Its namespace: that of the DittoServer.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

impl fmt::Display for ObjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}/{}", self.kind, self.namespace, self.name)
    }
}

/// An object to create, whole. Boxed, since most effects are small.
#[derive(Clone, Debug, PartialEq)]
pub enum Object {
    /// A Service.
    Service(Box<Service>),
    /// A NetworkPolicy.
    NetworkPolicy(Box<NetworkPolicy>),
    /// A StatefulSet.
    StatefulSet(Box<StatefulSet>),
    /// A ConfigMap.
    ConfigMap(Box<ConfigMap>),
    /// A Secret.
    Secret(Box<NewSecret>),
    /// A ServiceMonitor, raw: its types are not Kubernetes' own.
    ServiceMonitor(Box<Value>),
}

/// Of an object, with a type or without.
enum Metadata<'a> {
    Typed(&'a ObjectMeta),
    Raw(&'a Value),
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// An object that cannot be posted.
#[derive(Debug, thiserror::Error)]
pub enum Unsendable {
    /// Serde's doing, which the types of Kubernetes do not provoke.
    #[error("writing the object down")]
    Json(#[from] serde_json::Error),
    /// A Secret has a value that nobody made.
    #[error(transparent)]
    Value(#[from] ValueMissing),
}

impl Object {
    /// The kind of the object.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Service(_) => Kind::Service,
            Self::NetworkPolicy(_) => Kind::NetworkPolicy,
            Self::StatefulSet(_) => Kind::StatefulSet,
            Self::ConfigMap(_) => Kind::ConfigMap,
            Self::Secret(_) => Kind::Secret,
            Self::ServiceMonitor(_) => Kind::ServiceMonitor,
        }
    }

    /// Kind, namespace and name.
    pub fn reference(&self) -> ObjectRef {
        let (namespace, name) = match self.metadata() {
            Metadata::Typed(metadata) => (metadata.namespace.clone(), metadata.name.clone()),
            Metadata::Raw(metadata) => (text(&metadata["namespace"]), text(&metadata["name"])),
        };
        ObjectRef {
            kind: self.kind(),
            namespace: namespace.unwrap_or_default(),
            name: name.unwrap_or_default(),
        }
    }

    /// The uid of the object's controller.
    pub fn controller(&self) -> Option<String> {
        match self.metadata() {
            Metadata::Typed(metadata) => {
                let mut owners = metadata.owner_references.iter().flatten();
                owners.find(|owner| owner.controller == Some(true)).map(|owner| owner.uid.clone())
            }
            Metadata::Raw(metadata) => {
                let mut owners = metadata["ownerReferences"].as_array()?.iter();
                text(&owners.find(|owner| owner["controller"] == true)?["uid"])
            }
        }
    }

    fn metadata(&self) -> Metadata<'_> {
        Metadata::Typed(match self {
            Self::Service(service) => &service.metadata,
            Self::NetworkPolicy(policy) => &policy.metadata,
            Self::StatefulSet(set) => &set.metadata,
            Self::ConfigMap(map) => &map.metadata,
            Self::Secret(secret) => &secret.metadata,
            Self::ServiceMonitor(raw) => return Metadata::Raw(&raw["metadata"]),
        })
    }

    /// The object as it is shown: values of Secrets are hidden.
    ///
    /// # Errors
    /// Those of serde, which the types of Kubernetes do not provoke.
    pub fn to_json(&self) -> Result<Value, serde_json::Error> {
        match self {
            Self::Service(service) => serde_json::to_value(service),
            Self::NetworkPolicy(policy) => serde_json::to_value(policy),
            Self::StatefulSet(set) => serde_json::to_value(set),
            Self::ConfigMap(map) => serde_json::to_value(map),
            Self::Secret(secret) => Ok(secret.shown()),
            Self::ServiceMonitor(raw) => Ok(Value::clone(raw)),
        }
    }

    /// The object as it is posted, for the API server alone.
    ///
    /// # Errors
    /// [`Unsendable`], for a Secret whose value nobody made.
    pub fn to_request(&self) -> Result<Value, Unsendable> {
        match self {
            Self::Secret(secret) => Ok(secret.exposed()?),
            Self::Service(_)
            | Self::NetworkPolicy(_)
            | Self::StatefulSet(_)
            | Self::ConfigMap(_)
            | Self::ServiceMonitor(_) => Ok(self.to_json()?),
        }
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::Resource;
    use k8s_openapi::api::core::v1::{PersistentVolumeClaim, Pod, Secret};

    use super::*;

    #[test]
    fn kinds_are_named_as_in_the_api() {
        let named = |kind: Kind| (kind.as_str(), kind.api_version());
        assert_eq!(named(Kind::Service), (Service::KIND, Service::API_VERSION));
        assert_eq!(named(Kind::NetworkPolicy), (NetworkPolicy::KIND, NetworkPolicy::API_VERSION));
        assert_eq!(named(Kind::StatefulSet), (StatefulSet::KIND, StatefulSet::API_VERSION));
        assert_eq!(named(Kind::ConfigMap), (ConfigMap::KIND, ConfigMap::API_VERSION));
        assert_eq!(named(Kind::Secret), (Secret::KIND, Secret::API_VERSION));
        assert_eq!(named(Kind::Pod), (Pod::KIND, Pod::API_VERSION));
        let claim = (PersistentVolumeClaim::KIND, PersistentVolumeClaim::API_VERSION);
        assert_eq!(named(Kind::PersistentVolumeClaim), claim);
    }
}
