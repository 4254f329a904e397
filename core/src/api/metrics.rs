//! `spec.metrics`.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::SecretKeySelector;

use super::macros::section;
use super::{rules, schema};

section! {
    /// Metrics of the server, for Prometheus.
    pub struct Metrics {
        /// Whether there are any.
        #[schemars(extend("default" = false))]
        enabled: bool,
        /// Port on which the server listens for them and which their Service has.
        #[schemars(range(min = 1, max = 65535), extend("default" = 9090))]
        port: i32,
        /// Path under which they are found.
        #[schemars(regex(pattern = rules::ABSOLUTE_PATH), extend("default" = "/metrics"))]
        path: String,
        /// Token that a reader must show.
        #[schemars(with = "Option<schema::SecretKey>")]
        bearer_token_secret: SecretKeySelector,
        /// How the Prometheus operator finds them.
        service_monitor: ServiceMonitor,
    }

    /// How the Prometheus operator finds the metrics.
    pub struct ServiceMonitor {
        /// Whether a ServiceMonitor is created, where the cluster knows that kind.
        #[schemars(extend("default" = false))]
        enabled: bool,
        /// Time between two readings. Unset: the default of Prometheus.
        interval: String,
        /// More labels for the ServiceMonitor.
        labels: BTreeMap<String, String>,
    }
}
