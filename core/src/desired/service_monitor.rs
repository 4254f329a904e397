//! The ServiceMonitor, a kind of the Prometheus operator that a cluster may not know.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::own_service::METRICS_PORT;
use super::{metadata, pod_labels};
use crate::name;
use crate::ownership::{APP, INSTANCE, METRICS_SERVICE, TRUE};
use crate::server::{MetricsSpec, MonitorSpec, ServerSpec};

/// Builds the ServiceMonitor. Our own labels win over those that the resource asks for.
pub(crate) fn service_monitor(server: &ServerSpec, metrics: &MetricsSpec, monitor: &MonitorSpec) -> Value {
    let mut labels: BTreeMap<&str, &str> =
        monitor.labels.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    labels.extend([(APP.0, APP.1), (INSTANCE, server.name.as_str()), (METRICS_SERVICE, TRUE)]);
    let labels: Vec<_> = labels.into_iter().collect();
    let mut selected = pod_labels(&server.name);
    selected.insert(METRICS_SERVICE.to_owned(), TRUE.to_owned());
    let mut endpoint = json!({ "port": METRICS_PORT, "path": metrics.path });
    if let Some(interval) = &monitor.interval {
        endpoint["interval"] = json!(interval);
    }
    if let Some(token) = &metrics.token {
        endpoint["bearerTokenSecret"] = json!({ "name": token.secret, "key": token.key });
    }
    json!({
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "ServiceMonitor",
        "metadata": metadata(server, name::metrics_service(&server.name), &labels, BTreeMap::new()),
        "spec": {
            "selector": { "matchLabels": selected },
            "namespaceSelector": { "matchNames": [server.namespace] },
            "endpoints": [endpoint],
        },
    })
}
