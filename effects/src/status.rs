//! The status of a DittoServer: what an effect that writes it names.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// What has become of a server. Absent numbers are zero, as the Go operator writes them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DittoServerStatus {
    /// Generation of the resource that this status is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// Pods wanted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replicas: Option<i32>,
    /// Pods that are ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ready_replicas: Option<i32>,
    /// Pods that are available.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub available_replicas: Option<i32>,
    /// Where the server stands, in one word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phase: Option<Phase>,
    /// Hash of the configuration, the same as on the pod.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub config_hash: Option<String>,
    /// Name of the PostgreSQL that the Percona operator runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percona_cluster_name: Option<String>,
    /// What is and is not the case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "conditions")]
    pub conditions: Vec<Condition>,
    /// Every adapter of which DittoFS reports or for which there are objects.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub adapters: Vec<AdapterStatus>,
    /// The same in a line, for `kubectl get`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<Summary>,
}

/// The adapters in a line. The API server prints only the first of what a column's path finds (measured on 1.35), so that a
/// list has to be one text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// Adapters that are exposed, and those that are held: `nfs,smb(Held)`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adapters: Option<String>,
    /// Where they are reached from outside the cluster, each address once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub addresses: Option<String>,
}

impl Summary {
    /// Of these; nothing where there is nothing to say.
    pub fn of(adapters: &[AdapterStatus]) -> Option<Self> {
        let mut names: Vec<String> = Vec::new();
        let mut addresses: Vec<&str> = Vec::new();
        for adapter in adapters {
            let name = &adapter.adapter_type;
            match adapter.state {
                AdapterState::Exposed => names.push(name.clone()),
                AdapterState::Held => names.push(format!("{name}({})", adapter.state.as_str())),
                AdapterState::Withdrawn => continue,
            }
            let new = adapter.address.as_deref().filter(|address| !addresses.contains(address));
            addresses.extend(new);
        }
        let line = |words: String| (!words.is_empty()).then_some(words);
        let summary = Self { adapters: line(names.join(",")), addresses: line(addresses.join(",")) };
        (summary != Self::default()).then_some(summary)
    }
}

/// What has become of one adapter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AdapterStatus {
    /// Sanitised type of the adapter, such as `nfs`.
    #[serde(rename = "type")]
    pub adapter_type: String,
    /// Port on which the server listens for it, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<i32>,
    /// Whether it can be reached.
    pub state: AdapterState,
    /// Why, in one word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Why, in a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Name of its Service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// Where it is reached from outside the cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

macro_rules! words {
    ($($(#[$meta:meta])* pub enum $name:ident { $($(#[$doc:meta])* $word:ident,)* })*) => { $(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name { $($(#[$doc])* $word,)* }

        impl $name {
            /// The word as it is written in the resource.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$word => stringify!($word),)* }
            }
        }

        // Derived, documented variants would become one subschema each, which a structural schema may not have.
        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "enum": [$(stringify!($word)),*] })
            }
        }
    )* };
}

words! {
    /// Where a server stands.
    pub enum Phase {
        /// It is not ready.
        Pending,
        /// It is ready.
        Running,
        /// Never written; resources of older operators may have it.
        Failed,
        /// It has no replicas, and is to have none.
        Stopped,
        /// It is being deleted.
        Deleting,
    }

    /// Whether an adapter can be reached.
    pub enum AdapterState {
        /// It has its Service and its policy.
        Exposed,
        /// It has neither.
        Withdrawn,
        /// It is left as it is.
        Held,
    }
}

/// Conditions with the limits that Kubernetes documents for them; the generated schema has none.
fn conditions(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "array",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["type"],
        "items": {
            "type": "object",
            "required": ["lastTransitionTime", "message", "reason", "status", "type"],
            "properties": {
                "lastTransitionTime": {
                    "type": "string", "format": "date-time", "description": "When the status last changed.",
                },
                "message": { "type": "string", "maxLength": 32768, "description": "Why, in a sentence." },
                "observedGeneration": {
                    "type": "integer", "format": "int64", "minimum": 0,
                    "description": "Generation of the resource that the condition is about.",
                },
                "reason": {
                    "type": "string", "minLength": 1, "maxLength": 1024,
                    "pattern": "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$",
                    "description": "Why, in one word.",
                },
                "status": {
                    "type": "string", "enum": ["True", "False", "Unknown"], "description": "Whether it is so.",
                },
                "type": {
                    "type": "string", "maxLength": 316,
                    "pattern": "^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?\
                                (([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$",
                    "description": "What is or is not the case.",
                },
            },
        },
    })
}
