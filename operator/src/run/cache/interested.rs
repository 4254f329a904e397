//! Which DittoServers an object concerns.

use k8s_openapi::api::apps::v1::StatefulSet;
use k8s_openapi::api::core::v1::{Pod, Service};
use k8s_openapi::api::networking::v1::NetworkPolicy;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

/// Namespace and name of a DittoServer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServerKey {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// Whom a change of an object concerns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Interested {
    /// This server.
    One(ServerKey),
    /// Whoever is in this namespace: a name that was taken, a policy that opens or closes ports.
    Namespace(String),
}

/// A kind whose changes concern servers.
pub trait Concerns {
    /// Whom a change of this object concerns.
    fn concerns(&self) -> Interested;
}

fn by_owner(metadata: &ObjectMeta) -> Interested {
    let namespace = metadata.namespace.clone().unwrap_or_default();
    let owners = metadata.owner_references.iter().flatten();
    let owner = owners.into_iter().find(|o| o.controller == Some(true) && o.kind == "DittoServer");
    match owner {
        Some(owner) => Interested::One(ServerKey { namespace, name: owner.name.clone() }),
        None => Interested::Namespace(namespace),
    }
}

impl Concerns for Service {
    fn concerns(&self) -> Interested {
        by_owner(&self.metadata)
    }
}

impl Concerns for NetworkPolicy {
    fn concerns(&self) -> Interested {
        by_owner(&self.metadata)
    }
}

impl Concerns for StatefulSet {
    fn concerns(&self) -> Interested {
        let namespace = self.metadata.namespace.clone().unwrap_or_default();
        Interested::One(ServerKey { namespace, name: self.metadata.name.clone().unwrap_or_default() })
    }
}

impl Concerns for Pod {
    fn concerns(&self) -> Interested {
        let namespace = self.metadata.namespace.clone().unwrap_or_default();
        let labels = self.metadata.labels.as_ref();
        match labels.and_then(|labels| labels.get("instance")) {
            Some(name) => Interested::One(ServerKey { namespace, name: name.clone() }),
            None => Interested::Namespace(namespace),
        }
    }
}
