//! Who is exposed on which port, and what is open.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use embedded_kubernetes::Kind;
use serde_json::Value;

use super::Scene;
use crate::ground::Ground;
use crate::judged;

impl<G: Ground> Scene<G> {
    /// Waits until these adapters and no others have Service, policy and container port, and lets it be judged that these
    /// ports and no others are open: and on the way there none that was not open, or is to be (SAFE-01).
    pub async fn until_open(&self, adapters: &[(&str, u16)]) -> Duration {
        let wanted: BTreeMap<String, u64> =
            adapters.iter().map(|(adapter, port)| ((*adapter).to_owned(), u64::from(*port))).collect();
        let all = [&wanted, &wanted, &wanted].map(Clone::clone);
        let before = judged::open_to_the_world(self).await;
        let judged = RefCell::new(Vec::new());
        let holds = async || {
            let policies = self.list(Kind::NetworkPolicy).await;
            if *judged.borrow() != policies {
                judged.replace(policies);
                self.opens_nothing_else(before.as_deref(), &self.open(adapters)).await;
            }
            self.exposed().await == all
        };
        let took = self.until(&format!("{adapters:?}"), holds).await;
        self.is_open(adapters).await;
        took
    }

    /// What is open now was open before or is to be. A pod that no policy selects, as before a fresh server's first, is open.
    async fn opens_nothing_else(&self, before: Option<&[u16]>, after: &[u16]) {
        if let (Some(before), Some(now)) = (before, judged::open_to_the_world(self).await) {
            let other = now.iter().find(|port| !before.contains(port) && !after.contains(port));
            assert_eq!(other, None, "from {before:?} to {after:?} by {now:?}");
        }
    }

    /// The ports that are open to the world where these of adapters are.
    pub fn open(&self, adapters: &[(&str, u16)]) -> Vec<u16> {
        let mut ports: Vec<u16> = adapters.iter().map(|(_, port)| *port).chain([self.api_port()]).collect();
        ports.sort_unstable();
        ports
    }

    /// These ports of adapters, that of the API, and no others are open to the world: by `reachable`, and by an evaluator that
    /// is not ours.
    pub async fn is_open(&self, adapters: &[(&str, u16)]) {
        assert_eq!(judged::open_to_the_world(self).await, Some(self.open(adapters)));
    }

    /// The port of each adapter's Service, of its policy, and in the template.
    pub async fn exposed(&self) -> [BTreeMap<String, u64>; 3] {
        let set = self.get(Kind::StatefulSet, self.name()).await.unwrap_or_default();
        let prefix = format!("{}-adapter-", self.name());
        let of = |objects: Vec<Value>, port: &str| {
            let ports = objects.into_iter().filter_map(|object| {
                let name = object["metadata"]["name"].as_str()?.strip_prefix(&prefix)?.to_owned();
                Some((name, object.pointer(port)?.as_u64()?))
            });
            ports.collect()
        };
        [
            of(self.list(Kind::Service).await, "/spec/ports/0/port"),
            of(self.list(Kind::NetworkPolicy).await, "/spec/ingress/0/ports/0/port"),
            container_ports(&set["spec"]["template"]),
        ]
    }

    /// The container ports of the pod, of adapters.
    pub async fn pod_ports(&self) -> BTreeMap<String, u64> {
        container_ports(&self.get(Kind::Pod, &self.pod_name()).await.unwrap_or_default())
    }
}

fn container_ports(template: &Value) -> BTreeMap<String, u64> {
    let ports = template["spec"]["containers"][0]["ports"].as_array().cloned().unwrap_or_default();
    let of_adapters = ports.iter().filter_map(|port| {
        Some((port["name"].as_str()?.strip_prefix("adapter-")?.to_owned(), port["containerPort"].as_u64()?))
    });
    of_adapters.collect()
}
