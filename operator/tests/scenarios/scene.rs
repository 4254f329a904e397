//! A server, its cluster, and an operator that looks after it.

use std::time::Duration;

use dittofs_adapters::run::{Options, World, run};
use dittofs_adapters::stage::Stage;
use embedded_dittofs::DittoFs;
use embedded_kubernetes::{Cluster, Kind};
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio::time::Instant;

pub const NAMESPACE: &str = "files";
pub const NAME: &str = "srv";
pub const LIST: &str = "/api/v1/adapters";

pub struct Scene {
    pub stage: Stage,
    pub dittofs: DittoFs,
    operator: JoinHandle<()>,
}

pub fn options() -> Options {
    Stage::options()
}

/// A spec with what the schema requires, and this.
pub fn spec(more: &Value) -> Value {
    let mut spec =
        json!({ "image": "dittofs:x", "storage": { "metadataSize": "1Gi", "controlPlaneSize": "1Gi" } });
    for (key, value) in more.as_object().into_iter().flatten() {
        spec[key] = value.clone();
    }
    spec
}

pub fn adapter(kind: &str) -> String {
    format!("{NAME}-adapter-{kind}")
}

impl Scene {
    /// A fresh server, and an operator that has just been started.
    pub fn fresh(more: &Value) -> Self {
        let stage = Stage::new(embedded_kubernetes::Options::default());
        let dittofs = stage.add(NAMESPACE, NAME, &spec(more), embedded_dittofs::Options::default()).unwrap();
        let operator = start(stage.world(1), options());
        Self { stage, dittofs, operator }
    }

    /// A server that is ready, and at rest.
    pub async fn ready(more: &Value) -> Self {
        let scene = Self::fresh(more);
        scene.until("a ready server", Self::is_ready).await;
        scene.pass(5).await;
        scene
    }

    /// Another operator in place of the one that runs, which is as if killed.
    pub fn restart(&mut self, world: World, options: Options) {
        self.operator.abort();
        self.operator = start(world, options);
    }

    pub fn kubernetes(&self) -> &Cluster {
        &self.stage.kubernetes
    }

    pub async fn pass(&self, seconds: u64) {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    }

    /// Waits until something holds, and says how long it took.
    pub async fn until(&self, what: &str, holds: impl Fn(&Self) -> bool) -> Duration {
        let start = Instant::now();
        while !holds(self) {
            assert!(
                start.elapsed() < Duration::from_secs(1200),
                "{what} did not come about: {}",
                self.status()
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        start.elapsed()
    }

    pub fn get(&self, kind: Kind, name: &str) -> Option<Value> {
        self.kubernetes().get(kind, NAMESPACE, name)
    }

    pub fn has(&self, kind: Kind, name: &str) -> bool {
        self.get(kind, name).is_some()
    }

    pub fn uid(&self, kind: Kind, name: &str) -> Option<String> {
        Some(self.get(kind, name)?["metadata"]["uid"].as_str()?.to_owned())
    }

    pub fn status(&self) -> Value {
        self.get(Kind::DittoServer, NAME).unwrap_or_default()["status"].clone()
    }

    /// Status and reason of a condition.
    pub fn condition(&self, name: &str) -> (String, String) {
        let status = self.status();
        let conditions = status["conditions"].as_array().cloned().unwrap_or_default();
        let found = conditions.into_iter().find(|c| c["type"] == name).unwrap_or_default();
        let text = |field: &str| found[field].as_str().unwrap_or_default().to_owned();
        (text("status"), text("reason"))
    }

    pub fn is_ready(&self) -> bool {
        self.condition("Ready").0 == "True"
    }

    /// Waits until a condition has this reason.
    pub async fn until_reason(&self, condition: &str, reason: &str) -> Duration {
        self.until(&format!("{condition} {reason}"), |scene| scene.condition(condition).1 == reason).await
    }

    /// All that is promised to stay in times of doubt: Services, policies, container ports, and the pod.
    pub fn exposed(&self) -> Vec<Value> {
        let mut objects = self.kubernetes().list(Kind::Service, Some(NAMESPACE));
        objects.extend(self.kubernetes().list(Kind::NetworkPolicy, Some(NAMESPACE)));
        objects.push(self.get(Kind::StatefulSet, NAME).unwrap_or_default()["spec"].clone());
        objects
            .push(self.get(Kind::Pod, &format!("{NAME}-0")).unwrap_or_default()["metadata"]["uid"].clone());
        objects
    }

    pub fn edit(&self, kind: Kind, name: &str, change: impl FnOnce(&mut Value)) {
        self.kubernetes().edit(kind, NAMESPACE, name, change).unwrap();
    }

    pub fn edit_spec(&self, change: impl FnOnce(&mut Value)) {
        self.edit(Kind::DittoServer, NAME, |server| change(&mut server["spec"]));
    }

    /// How often the list was asked for.
    pub fn polls(&self) -> u64 {
        self.dittofs.requests().count("GET", LIST)
    }

    /// Requests to the API server since they were last forgotten, watches aside.
    pub fn asked(&self) -> u64 {
        let counts = self.kubernetes().request_counts();
        let is_watch = |verb: embedded_kubernetes::Verb| verb == embedded_kubernetes::Verb::Watch;
        counts.iter().filter(|((verb, ..), _)| !is_watch(*verb)).map(|(_, count)| count).sum()
    }
}

fn start(world: World, options: Options) -> JoinHandle<()> {
    tokio::spawn(run(world, options, std::future::pending()))
}

impl Drop for Scene {
    fn drop(&mut self) {
        self.operator.abort();
    }
}
