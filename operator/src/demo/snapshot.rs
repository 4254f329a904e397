//! The objects of the demo's namespace at one moment.

use std::collections::BTreeMap;

use embedded_kubernetes::Kind;
use serde_json::Value;

use super::NAME;

/// The kinds that are looked at.
pub const KINDS: [Kind; 6] =
    [Kind::DittoServer, Kind::Service, Kind::NetworkPolicy, Kind::StatefulSet, Kind::Pod, Kind::Secret];

/// The objects of the demo's namespace at one moment, by kind and in the order of their names.
pub struct Snapshot(BTreeMap<Kind, Vec<Value>>);

impl Snapshot {
    /// Of what each kind's list has.
    pub fn new(lists: impl IntoIterator<Item = (Kind, Vec<Value>)>) -> Self {
        Self(lists.into_iter().collect())
    }

    pub fn list(&self, kind: Kind) -> &[Value] {
        self.0.get(&kind).map_or(&[], Vec::as_slice)
    }

    pub fn get(&self, kind: Kind, name: &str) -> Option<&Value> {
        self.list(kind).iter().find(|object| object["metadata"]["name"] == name)
    }

    pub fn is_empty(&self) -> bool {
        self.0.values().all(Vec::is_empty)
    }

    pub fn status(&self) -> String {
        self.server().map(|server| server["status"].to_string()).unwrap_or_default()
    }

    fn server(&self) -> Option<&Value> {
        self.get(Kind::DittoServer, NAME)
    }

    /// Status and reason of a condition.
    pub fn condition(&self, name: &str) -> Option<(&str, &str)> {
        let conditions = self.server()?["status"]["conditions"].as_array()?;
        let found = conditions.iter().find(|condition| condition["type"] == name)?;
        let text = |field: &str| found[field].as_str().unwrap_or_default();
        Some((text("status"), text("reason")))
    }

    pub fn has_reason(&self, condition: &str, wanted: &str) -> bool {
        self.condition(condition).is_some_and(|(_, reason)| reason == wanted)
    }

    /// The server is ready, and whatever is exposed has its address.
    pub fn is_ready(&self) -> bool {
        let mut balanced = self.list(Kind::Service).iter().filter(|s| s["spec"]["type"] == "LoadBalancer");
        self.condition("Ready").is_some_and(|(status, _)| status == "True")
            && balanced.all(|service| address(service).is_some())
    }

    pub fn uid(&self, kind: Kind, name: &str) -> Option<String> {
        Some(self.get(kind, name)?["metadata"]["uid"].as_str()?.to_owned())
    }

    /// The container ports that a pod started now declares.
    pub fn declares(&self, port: u16) -> bool {
        let declared = self
            .get(Kind::StatefulSet, NAME)
            .and_then(|set| set.pointer("/spec/template/spec/containers/0/ports")?.as_array());
        declared.is_some_and(|ports| ports.iter().any(|declared| declared["containerPort"] == port))
    }

    /// What must not change while nothing is known: each adapter's Service and its address, and the pod.
    pub fn identities(&self) -> Vec<Value> {
        let services = self.list(Kind::Service).iter().filter(|service| address(service).is_some());
        let addressed = services.map(|s| serde_json::json!([s["metadata"]["uid"], address(s)]));
        addressed.chain(self.uid(Kind::Pod, &format!("{NAME}-0")).map(Value::String)).collect()
    }
}

pub fn address(service: &Value) -> Option<&str> {
    service.pointer("/status/loadBalancer/ingress/0/ip")?.as_str()
}
