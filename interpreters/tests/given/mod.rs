//! A server, a cluster and an answer, and what is decided on them. All but what a test is about is by default.

#![allow(dead_code, missing_docs, reason = "each test uses the part it needs")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

use dittofs_core::api::DittoServer;
use dittofs_core::wire::observe;
use dittofs_core::{ClusterView, NoPod, Observation, ServerSpec, decide};
use dittofs_effects::{Effect, Outcome};
use dittofs_interpreters::memory::{ObjectKey, World};
use dittofs_interpreters::plan::PlanDocument;
use serde::Deserialize;
use serde_json::{Value, json};

pub const NAMESPACE: &str = "dittofs";
pub const NAME: &str = "minimal";

/// What the Go operator left behind: dumped from a running cluster.
const CLUSTER: &str = dittofs_fixtures::examples::CLUSTER;
/// What a running server answered.
const ADAPTERS: &str = dittofs_fixtures::examples::ADAPTERS;

pub struct Given {
    pub server: Value,
    pub world: World,
    pub observation: Observation,
}

impl Given {
    /// The cluster as the Go operator left it.
    pub fn takeover() -> Self {
        let dump: Value = serde_yaml::from_str(CLUSTER).unwrap();
        let mut objects = dump["items"].as_array().unwrap().clone();
        let server = objects.remove(0);
        assert_eq!(server["kind"], "DittoServer");
        let world = World::from_objects(objects).unwrap();
        Self { server, world, observation: answer(200, ADAPTERS) }
    }

    /// The server is in the cluster, and nothing of it yet.
    pub fn fresh() -> Self {
        Self { world: World::default(), ..Self::takeover() }
    }

    /// Everything that is decided has been done.
    pub fn settled() -> Self {
        let mut given = Self::takeover();
        given.settle();
        given
    }

    /// Executes what is decided until nothing is.
    pub fn settle(&mut self) {
        for _ in 0..5 {
            let effects = self.effects();
            if effects.iter().all(|effect| matches!(effect, Effect::Hold(_))) {
                return;
            }
            self.world.begin_plan();
            for effect in &effects {
                let outcome = self.world.apply(effect);
                assert!(
                    matches!(outcome, Outcome::Written(_) | Outcome::Deleted | Outcome::Held),
                    "{outcome:?}"
                );
            }
            self.world.settle();
        }
        panic!("not settled: {:?}", self.effects());
    }

    pub fn spec(mut self, field: &str, value: Value) -> Self {
        self.server["spec"][field] = value;
        self
    }

    pub fn annotated(mut self, key: &str, value: &str) -> Self {
        self.server["metadata"]["annotations"][key] = json!(value);
        self
    }

    pub fn answered(mut self, status: u16, body: &str) -> Self {
        self.observation = answer(status, body);
        self
    }

    /// `(type, enabled, running, port)` of each adapter.
    pub fn adapters(self, adapters: &[(&str, bool, bool, u16)]) -> Self {
        let list: Vec<_> = adapters
            .iter()
            .map(|(t, enabled, running, port)| json!({"type": t, "enabled": enabled, "running": running, "port": port}))
            .collect();
        self.answered(200, &Value::from(list).to_string())
    }

    pub fn resolved(&self) -> ServerSpec {
        let server = DittoServer::deserialize(&self.server).unwrap();
        let (spec, warnings) = ServerSpec::resolve(&server);
        assert_eq!(warnings, Vec::<String>::new());
        spec
    }

    pub fn view(&self) -> ClusterView {
        ClusterView::from_objects(&self.resolved(), self.world.objects().unwrap(), NoPod::Ready).unwrap()
    }

    pub fn effects(&self) -> Vec<Effect> {
        decide(&self.observation, &self.view(), &self.resolved())
    }

    pub fn plan(&self) -> PlanDocument {
        let effects = self.effects();
        PlanDocument::new(&self.resolved(), &self.observation, &self.view(), &self.world, effects).unwrap()
    }

    pub fn edit(mut self, kind: &str, name: &str, change: impl FnOnce(&mut Value)) -> Self {
        assert!(self.world.edit(&key(kind, name), change));
        self
    }

    pub fn without(mut self, kind: &str, name: &str) -> Self {
        assert!(self.world.delete_by_somebody(&key(kind, name)));
        self
    }
}

pub fn key(kind: &str, name: &str) -> ObjectKey {
    ObjectKey::new(kind, NAMESPACE, name)
}

fn answer(status: u16, body: &str) -> Observation {
    match observe(status, Some("application/json"), body.as_bytes()) {
        Observation::Reported(report) => Observation::Reported(report.confirmed()),
        other => other,
    }
}
