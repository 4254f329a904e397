//! Waiting for what the operator is to bring about.

use std::time::Duration;

use embedded_kubernetes::{Cluster, Kind};
use serde_json::Value;
use tokio::time::Instant;

use super::{NAME, NAMESPACE};

/// It did not come about in time.
#[derive(Debug, thiserror::Error)]
#[error("{what} did not come about within {seconds} s; the status is {status}")]
pub struct Unexpected {
    what: &'static str,
    seconds: u64,
    status: String,
}

/// Long enough for the longest wait between two tries.
const PATIENCE: Duration = Duration::from_secs(900);
const LOOK: Duration = Duration::from_millis(100);

/// Waits until something holds of the cluster, and says how long it took.
pub async fn until(
    cluster: &Cluster,
    what: &'static str,
    holds: impl Fn(&Cluster) -> bool,
) -> Result<Duration, Unexpected> {
    let start = Instant::now();
    loop {
        if holds(cluster) {
            return Ok(start.elapsed());
        }
        if start.elapsed() > PATIENCE {
            let status = server(cluster).map(|server| server["status"].to_string()).unwrap_or_default();
            return Err(Unexpected { what, seconds: PATIENCE.as_secs(), status });
        }
        tokio::time::sleep(LOOK).await;
    }
}

pub fn server(cluster: &Cluster) -> Option<Value> {
    cluster.get(Kind::DittoServer, NAMESPACE, NAME)
}

/// Status and reason of a condition.
pub fn condition(cluster: &Cluster, name: &str) -> Option<(String, String, String)> {
    let server = server(cluster)?;
    let conditions = server["status"]["conditions"].as_array()?;
    let found = conditions.iter().find(|condition| condition["type"] == name)?;
    let text = |field: &str| found[field].as_str().unwrap_or_default().to_owned();
    Some((text("status"), text("reason"), text("message")))
}

pub fn is_ready(cluster: &Cluster) -> bool {
    condition(cluster, "Ready").is_some_and(|(status, ..)| status == "True")
}

pub fn has_reason(cluster: &Cluster, name: &str, wanted: &str) -> bool {
    condition(cluster, name).is_some_and(|(_, reason, _)| reason == wanted)
}

pub fn exists(cluster: &Cluster, kind: Kind, name: &str) -> bool {
    cluster.get(kind, NAMESPACE, name).is_some()
}

pub fn uid(cluster: &Cluster, kind: Kind, name: &str) -> Option<String> {
    Some(cluster.get(kind, NAMESPACE, name)?["metadata"]["uid"].as_str()?.to_owned())
}

pub fn has_address(cluster: &Cluster, service: &str) -> bool {
    let service = cluster.get(Kind::Service, NAMESPACE, service).unwrap_or_default();
    service.pointer("/status/loadBalancer/ingress/0/ip").is_some()
}
