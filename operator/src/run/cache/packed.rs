//! Objects as they are kept: as JSON, with what finds them beside it.
//!
//! Most of an object in memory is empty: a map with one label takes a node for eleven, and a Service without a spec as much
//! as one with. An object is looked at when something changes, and read then; until then it takes a fifth as JSON, and a
//! third of that compressed (`run/compact.rs`).

use dittofs_core::Affiliation;
use k8s_openapi::api::apps::v1::StatefulSet;
use k8s_openapi::api::core::v1::{Pod, Service};
use k8s_openapi::api::networking::v1::NetworkPolicy;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::super::compact::Compact;

/// A kind that is kept as JSON.
pub trait Pack: Serialize + DeserializeOwned {
    /// By which it is found, if it is not by name.
    fn affiliation(&self) -> Affiliation {
        Affiliation::default()
    }
}

impl Pack for Service {
    fn affiliation(&self) -> Affiliation {
        Affiliation::of_service(self)
    }
}

impl Pack for NetworkPolicy {
    fn affiliation(&self) -> Affiliation {
        Affiliation::of_policy(self)
    }
}

impl Pack for StatefulSet {}

impl Pack for Pod {
    fn affiliation(&self) -> Affiliation {
        Affiliation::of_pod(self)
    }
}

/// One object.
#[derive(Debug, PartialEq, Eq)]
pub struct Packed {
    /// By which it is found.
    pub affiliation: Affiliation,
    json: Compact,
}

impl Packed {
    /// Packs an object.
    #[expect(clippy::expect_used, reason = "the message is the proof")]
    pub fn new<K: Pack>(object: &K) -> Self {
        let json = serde_json::to_vec(object).expect("Kubernetes objects have only strings for keys");
        Self { affiliation: object.affiliation(), json: Compact::new(&json) }
    }

    /// The object as it was, if it belonged elsewhere than the one that takes its place.
    pub fn if_it_moved_to<K: Pack>(&self, other: &Self) -> Option<K> {
        (self.affiliation != other.affiliation).then(|| self.unpack())
    }

    /// The object.
    #[expect(clippy::expect_used, reason = "the message is the proof")]
    pub fn unpack<K: Pack>(&self) -> K {
        let json: Value = serde_json::from_slice(&self.json.json()).expect("it was written as JSON");
        serde_json::from_value(json).expect("it was written by the type that reads it")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_unpacked_is_what_was_packed() {
        let pod: Pod = serde_json::from_value(json!({
            "metadata": { "name": "p", "labels": { "a": "b" }, "deletionTimestamp": "2026-01-01T00:00:00Z" },
            "spec": { "containers": [], "terminationGracePeriodSeconds": 30 },
            "status": { "conditions": [{ "type": "Ready", "status": "True" }] },
        }))
        .unwrap();
        assert_eq!(Packed::new(&pod).unpack::<Pod>(), pod);
        let policy: NetworkPolicy = serde_json::from_value(json!({
            "metadata": { "name": "p" },
            "spec": { "podSelector": {}, "ingress": [{ "ports": [{ "port": "named" }, { "port": 80, "endPort": 90 }] }] },
        }))
        .unwrap();
        assert_eq!(Packed::new(&policy).unpack::<NetworkPolicy>(), policy);
    }
}
