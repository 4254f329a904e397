//! The kinds of object that are written, and how one is named.

use std::fmt;

use k8s_openapi::api::core::v1::Service;
use k8s_openapi::api::networking::v1::NetworkPolicy;
use serde::Serialize;

/// A kind that an effect can write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Kind {
    /// core/v1 Service.
    Service,
    /// networking.k8s.io/v1 NetworkPolicy.
    NetworkPolicy,
    /// apps/v1 StatefulSet: only its adapter ports and its update strategy are ours.
    StatefulSet,
}

impl Kind {
    /// The kind's name in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Service => "Service",
            Self::NetworkPolicy => "NetworkPolicy",
            Self::StatefulSet => "StatefulSet",
        }
    }

    /// The `apiVersion` that goes with the kind.
    pub const fn api_version(self) -> &'static str {
        match self {
            Self::Service => "v1",
            Self::NetworkPolicy => "networking.k8s.io/v1",
            Self::StatefulSet => "apps/v1",
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
}

impl Object {
    /// The kind of the object.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Service(_) => Kind::Service,
            Self::NetworkPolicy(_) => Kind::NetworkPolicy,
        }
    }

    /// Kind, namespace and name.
    pub fn reference(&self) -> ObjectRef {
        let metadata = match self {
            Self::Service(service) => &service.metadata,
            Self::NetworkPolicy(policy) => &policy.metadata,
        };
        ObjectRef {
            kind: self.kind(),
            namespace: metadata.namespace.clone().unwrap_or_default(),
            name: metadata.name.clone().unwrap_or_default(),
        }
    }

    /// The object as it is posted.
    ///
    /// # Errors
    /// Those of serde, which the types of Kubernetes do not provoke.
    pub fn to_json(&self) -> Result<serde_json::Value, serde_json::Error> {
        match self {
            Self::Service(service) => serde_json::to_value(service),
            Self::NetworkPolicy(policy) => serde_json::to_value(policy),
        }
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::Resource;
    use k8s_openapi::api::apps::v1::StatefulSet;

    use super::*;

    #[test]
    fn kinds_are_named_as_in_the_api() {
        let named = |kind: Kind| (kind.as_str(), kind.api_version());
        assert_eq!(named(Kind::Service), (Service::KIND, Service::API_VERSION));
        assert_eq!(named(Kind::NetworkPolicy), (NetworkPolicy::KIND, NetworkPolicy::API_VERSION));
        assert_eq!(named(Kind::StatefulSet), (StatefulSet::KIND, StatefulSet::API_VERSION));
    }
}
