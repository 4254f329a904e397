//! What is played on a ground: looking, waiting, and what has to stay.

use std::ops::Deref;
use std::time::Duration;

use embedded_kubernetes::Kind;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::ground::{Ground, NAME, Wishes, spec};
use crate::judged;

mod open;

/// How often it is looked for what is waited for.
const PERIOD: Duration = Duration::from_millis(50);
/// What a fresh DittoFS runs.
pub const FRESH: [(&str, u16); 2] = [("nfs", 12_049), ("smb", 1445)];

/// A ground while a scenario is played on it. What the ground can, it can.
pub struct Scene<G: Ground> {
    ground: G,
    /// Whether the operator may be refused for want of rights.
    has_refusals: bool,
}

impl<G: Ground> Deref for Scene<G> {
    type Target = G;

    fn deref(&self) -> &G {
        &self.ground
    }
}

impl<G: Ground> From<G> for Scene<G> {
    fn from(ground: G) -> Self {
        Self { ground, has_refusals: false }
    }
}

/// The object that somebody else has made under this name.
pub fn foreign(kind: Kind, name: &str) -> Value {
    let (version, spec) = match kind {
        Kind::NetworkPolicy => ("networking.k8s.io/v1", json!({ "podSelector": {} })),
        _ => ("v1", json!({ "ports": [{ "port": 80 }] })),
    };
    json!({ "apiVersion": version, "kind": format!("{kind:?}"), "metadata": { "name": name }, "spec": spec })
}

/// The name of an adapter's Service, and of its policy.
pub fn adapter(kind: &str) -> String {
    format!("{NAME}-adapter-{kind}")
}

/// The uid of a pod, and its revision.
pub type Pod = (String, String);

impl<G: Ground> Scene<G> {
    /// A fresh server whose pod is ready, and no operator yet.
    pub async fn unattended(scenario: &str, more: &Value, wishes: Wishes) -> Self {
        let scene = Self::from(G::empty(scenario, NAME, wishes).await);
        scene.furnish(spec(more, G::POLL)).await;
        scene.pod().await;
        scene
    }

    /// A fresh server, and an operator that has just been started.
    pub async fn fresh(scenario: &str, more: &Value) -> Self {
        let scene = Self::unattended(scenario, more, Wishes::default()).await;
        scene.start_operator();
        scene
    }

    /// A server that is ready, and at rest.
    pub async fn ready(scenario: &str, more: &Value) -> Self {
        Self::ready_with(scenario, more, Wishes::default()).await
    }

    /// The same, on servers as wished for.
    pub async fn ready_with(scenario: &str, more: &Value, wishes: Wishes) -> Self {
        let scene = Self::unattended(scenario, more, wishes).await;
        scene.start_operator();
        scene.until_open(&FRESH).await;
        scene.until_ready().await;
        scene
    }

    /// An operator that has not all rights.
    pub fn with_refusals(mut self) -> Self {
        self.has_refusals = true;
        self
    }

    pub async fn create(&self, mut object: Value) -> Value {
        object["metadata"]["namespace"] = json!(self.namespace());
        self.ground.create(object).await
    }

    pub async fn edit_spec(&self, change: impl Fn(&mut Value)) {
        self.edit(Kind::DittoServer, self.name(), &|server| change(&mut server["spec"])).await;
    }

    pub async fn pause(&self, paused: bool) {
        let paused = if paused { json!({ "dittofs.io/paused": "true" }) } else { json!({}) };
        self.edit(Kind::DittoServer, self.name(), &|server| {
            server["metadata"]["annotations"] = paused.clone();
        })
        .await;
    }

    /// The operator is killed, and another one started.
    pub fn restart_operator(&self) {
        self.kill_operator();
        self.start_operator();
    }

    pub async fn has(&self, kind: Kind, name: &str) -> bool {
        self.get(kind, name).await.is_some()
    }

    pub async fn uid(&self, kind: Kind, name: &str) -> Option<String> {
        Some(self.get(kind, name).await?["metadata"]["uid"].as_str()?.to_owned())
    }

    /// Status and reason of a condition.
    pub async fn condition(&self, name: &str) -> (String, String) {
        let server = self.get(Kind::DittoServer, self.name()).await.unwrap_or_default();
        let conditions = server["status"]["conditions"].as_array().cloned().unwrap_or_default();
        let found = conditions.into_iter().find(|c| c["type"] == name).unwrap_or_default();
        let text = |field: &str| found[field].as_str().unwrap_or_default().to_owned();
        (text("status"), text("reason"))
    }

    fn pod_name(&self) -> String {
        format!("{}-0", self.name())
    }

    pub async fn is_ready(&self) -> bool {
        self.condition("Ready").await.0 == "True"
    }

    /// Waits until something holds, and says how long it took.
    pub async fn until(&self, what: &str, holds: impl AsyncFn() -> bool) -> Duration {
        let start = Instant::now();
        while !holds().await {
            if start.elapsed() > G::PATIENCE {
                let server = self.get(Kind::DittoServer, self.name()).await.unwrap_or_default();
                panic!("{what} did not come about: {}", server["status"]);
            }
            sleep(PERIOD).await;
        }
        start.elapsed()
    }

    pub async fn until_ready(&self) -> Duration {
        self.until("a ready server", async || self.is_ready().await).await
    }

    /// Waits until a condition has this reason.
    pub async fn until_reason(&self, condition: &str, reason: &str) -> Duration {
        let has = async || self.condition(condition).await.1 == reason;
        self.until(&format!("{condition} {reason}"), has).await
    }

    pub async fn until_gone(&self, kind: Kind, name: &str) -> Duration {
        self.until(&format!("an end of {name}"), async || !self.has(kind, name).await).await
    }

    /// The pod, once it is ready.
    pub async fn pod(&self) -> Pod {
        let start = Instant::now();
        loop {
            let pod = self.get(Kind::Pod, &self.pod_name()).await.unwrap_or_default();
            if let Some(found) = ready(&pod) {
                return found;
            }
            assert!(start.elapsed() < G::PATIENCE, "no pod is ready: {pod}");
            sleep(PERIOD).await;
        }
    }

    /// Another pod than this one, once it is ready.
    pub async fn successor(&self, of: &Pod) -> Pod {
        self.until("another pod", async || self.pod().await != *of).await;
        self.pod().await
    }

    /// All that is promised to stay in times of doubt: Services and policies byte for byte, what the StatefulSet is to be, and
    /// the pod. The load balancers have their addresses by then.
    pub async fn promised(&self) -> Vec<Value> {
        let pending = |service: &Value| {
            service["spec"]["type"] == "LoadBalancer"
                && service["status"]["loadBalancer"]["ingress"].is_null()
        };
        self.until("addresses", async || !self.list(Kind::Service).await.iter().any(pending)).await;
        let mut promised = self.list(Kind::Service).await;
        promised.extend(self.list(Kind::NetworkPolicy).await);
        promised.push(self.get(Kind::StatefulSet, self.name()).await.unwrap_or_default()["spec"].clone());
        promised.push(json!(self.pod().await));
        promised
    }

    /// For a long time all of it is as promised, at every look; and so is what is open.
    pub async fn stays(&self, promised: &[Value]) {
        let open = judged::open_to_the_world(self).await;
        let start = Instant::now();
        while start.elapsed() < G::LONG {
            assert_eq!(self.promised().await, promised, "after {:?}", start.elapsed());
            sleep(G::STEP).await;
        }
        assert_eq!(judged::open_to_the_world(self).await, open);
    }

    pub async fn pass(&self, seconds: u64) {
        sleep(Duration::from_secs(seconds)).await;
    }
}

impl<G: Ground> Drop for Scene<G> {
    fn drop(&mut self) {
        if !self.has_refusals && !std::thread::panicking() {
            self.is_clean();
        }
    }
}

fn ready(pod: &Value) -> Option<Pod> {
    let metadata = &pod["metadata"];
    let conditions = pod["status"]["conditions"].as_array()?;
    let is_ready = conditions.iter().any(|c| c["type"] == "Ready" && c["status"] == "True");
    let is_going = metadata["deletionTimestamp"].is_string();
    let revision = metadata["labels"]["controller-revision-hash"].as_str()?;
    (is_ready && !is_going)
        .then(|| (metadata["uid"].as_str().unwrap_or_default().to_owned(), revision.to_owned()))
}
