//! All objects of a workload that need no secret value, together.

use k8s_openapi::api::apps::v1::StatefulSet;
use k8s_openapi::api::core::v1::{ConfigMap, Service};
use serde_json::Value;

use super::{config, config_map, own_service, service_monitor, stateful_set};
use crate::server::{ServerSpec, WorkloadSpec};

/// The objects of a server's workload, as they are created.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkloadObjects {
    /// The configuration of DittoFS.
    pub config_map: ConfigMap,
    /// The Service that gives the pod its name.
    pub headless: Service,
    /// The Service of the API.
    pub api: Service,
    /// The Service of the metrics.
    pub metrics: Option<Service>,
    /// What the Prometheus operator is told.
    pub service_monitor: Option<Value>,
    /// The pod, and its claims.
    pub stateful_set: StatefulSet,
}

impl WorkloadObjects {
    /// Builds them. `content` says which configuration and Secrets the pod is started with: the value of an annotation
    /// of its template, where another value means a restart.
    pub fn new(server: &ServerSpec, workload: &WorkloadSpec, content: &str) -> Self {
        let metrics = workload.metrics.as_ref();
        let monitor = metrics.and_then(|metrics| Some((metrics, metrics.monitor.as_ref()?)));
        Self {
            config_map: config_map::config_map(server, &config::config(server, workload)),
            headless: own_service::headless(server),
            api: own_service::api(server, workload),
            metrics: metrics.map(|metrics| own_service::metrics(server, metrics)),
            service_monitor: monitor
                .map(|(metrics, monitor)| service_monitor::service_monitor(server, metrics, monitor)),
            stateful_set: stateful_set::stateful_set(server, workload, Some(content)),
        }
    }
}
