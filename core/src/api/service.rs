//! `spec.service`, and the Service type that adapters share with it.

use std::collections::BTreeMap;

use super::macros::{section, words};

words! {
    /// How a Service is reached.
    pub enum ServiceType {
        /// From within the cluster.
        ClusterIP = "ClusterIP",
        /// On a port of every node.
        NodePort = "NodePort",
        /// By an address of its own.
        LoadBalancer = "LoadBalancer",
    }
}

section! {
    /// The Service of the REST API. Adapters have their own, see `adapterServices`.
    pub struct Service {
        /// Kind of Service.
        #[serde(rename = "type")]
        #[schemars(extend("default" = "ClusterIP"))]
        service_type: ServiceType,
        /// Annotations for it.
        annotations: BTreeMap<String, String>,
    }
}
