//! Given a server, a cluster and an answer: builders for tests, which default all but what a test is about.
//!
//! Objects are raw JSON, as a cluster holds them, so that a test can change any field of one.

use std::fmt::Write as _;

use dittofs_effects::Effect;
use serde_json::{Value, json};

use crate::api::DittoServer;
use crate::{ClusterObject, ClusterView, NoPod, Observation, ServerSpec, decide, wire};

mod cycle;
mod objects;
mod workload;

pub use cycle::{session, succeeds, time};
pub use objects::{baseline, but, pod, policy, service, stateful_set};

/// A server called `srv` in the namespace `files`, what its cluster holds, and what DittoFS answered.
#[derive(Clone, Debug)]
pub struct Given {
    /// The resource.
    pub resource: Value,
    /// What the cluster holds.
    pub objects: Vec<Value>,
    /// What was observed.
    pub observed: Observation,
    /// What no pod means.
    pub no_pod: NoPod,
    /// The workload is ours.
    pub whole: bool,
}

impl Default for Given {
    fn default() -> Self {
        let resource = json!({
            "apiVersion": "dittofs.dittofs.com/v1alpha1", "kind": "DittoServer",
            "metadata": { "name": "srv", "namespace": "files", "uid": "uid-of-srv" },
            "spec": { "storage": { "metadataSize": "1Gi" } },
        });
        Self {
            resource,
            objects: Vec::new(),
            observed: Observation::NotYetPolled,
            no_pod: NoPod::Ready,
            whole: false,
        }
    }
}

impl Given {
    /// Sets a field of the resource, by JSON pointer; objects on the way are made.
    #[must_use]
    pub fn with(mut self, pointer: &str, value: Value) -> Self {
        set(&mut self.resource, pointer, value);
        self
    }

    /// Puts an object into the cluster.
    #[must_use]
    pub fn object(mut self, object: Value) -> Self {
        self.objects.push(object);
        self
    }

    /// Puts everything there that a settled server has whose adapters are on these ports.
    #[must_use]
    pub fn settled(mut self, adapters: &[(&str, u16)]) -> Self {
        self.objects.push(baseline());
        for (adapter, port) in adapters {
            self.objects.push(service(adapter, *port));
            self.objects.push(policy(adapter, *port));
        }
        self.objects.push(stateful_set(adapters));
        self.objects.push(pod());
        self
    }

    /// DittoFS answered 200 with this list.
    #[must_use]
    pub fn answer(mut self, body: &str) -> Self {
        self.observed = wire::observe(200, Some("application/json"), body.as_bytes());
        self
    }

    /// DittoFS answered with these adapters, all enabled and running.
    #[must_use]
    pub fn running(self, adapters: &[(&str, u16)]) -> Self {
        let entries = adapters.iter().map(|(adapter, port)| entry(adapter, true, true, *port));
        let body = Value::Array(entries.collect()).to_string();
        self.answer(&body)
    }

    /// The answer comes from a file: what does not run counts as stopped.
    #[must_use]
    pub fn from_file(mut self) -> Self {
        if let Observation::Reported(report) = self.observed {
            self.observed = Observation::Reported(report.confirmed());
        }
        self
    }

    /// The server.
    ///
    /// # Panics
    /// When the resource does not parse.
    pub fn server(&self) -> ServerSpec {
        let resource: DittoServer = serde_json::from_value(self.resource.clone()).unwrap();
        let resolved =
            if self.whole { ServerSpec::resolve_whole(&resource) } else { ServerSpec::resolve(&resource) };
        resolved.0
    }

    /// The cluster.
    ///
    /// # Panics
    /// When an object does not parse.
    pub fn cluster(&self) -> ClusterView {
        let objects =
            self.objects.iter().filter_map(|object| ClusterObject::from_json(object.clone()).unwrap());
        let view = ClusterView::from_objects(&self.server(), objects, self.no_pod).unwrap();
        if self.whole { workload::with_own(view, self) } else { view }
    }

    /// What is decided.
    pub fn effects(&self) -> Vec<Effect> {
        decide(&self.observed, &self.cluster(), &self.server())
    }

    /// What is decided, a line each: `+ Service srv-adapter-nfs`, `~ …`, `- …`, `! nfs PortClash`, `! * Paused`.
    pub fn decided(&self) -> Vec<String> {
        self.effects().iter().map(line).collect()
    }
}

impl Given {
    /// The world after the first `count` effects: plain bookkeeping, without what an API server adds.
    ///
    /// # Panics
    /// When an update does not fit the object that it is for.
    #[must_use]
    pub fn after(&self, count: usize) -> Self {
        let mut next = self.clone();
        for effect in self.effects().iter().filter(|e| e.target().is_some()).take(count) {
            next.apply(effect);
        }
        next
    }

    /// The world after all effects.
    #[must_use]
    pub fn settled_by_effects(&self) -> Self {
        self.after(usize::MAX)
    }

    /// The object of this kind and name.
    ///
    /// # Panics
    /// When there is none.
    pub fn find(&self, kind: &str, name: &str) -> &Value {
        self.objects.iter().find(|o| is(o, kind, name)).unwrap()
    }

    fn apply(&mut self, effect: &Effect) {
        let Some(target) = effect.target() else { return };
        let (kind, name) = (target.kind.as_str(), target.name.as_str());
        match effect {
            Effect::Create(create) => {
                let mut object = workload::posted(&create.object);
                object["metadata"]["uid"] = format!("uid-of-{kind}-{name}").into();
                if let Some(generation) = object["metadata"]["generation"].as_i64() {
                    object["metadata"]["generation"] = (generation + 1).into();
                }
                object["metadata"]["resourceVersion"] = "1".into();
                self.objects.push(object);
            }
            Effect::Update(update) => {
                let object = self.objects.iter_mut().find(|o| is(o, kind, name)).unwrap();
                let spec = object["spec"].clone();
                json_patch::patch(object, &update.patch).unwrap();
                let generation = object["metadata"]["generation"].as_i64();
                if let Some(generation) = generation.filter(|_| spec != object["spec"]) {
                    object["metadata"]["generation"] = (generation + 1).into();
                }
                object["metadata"]["resourceVersion"] =
                    format!("{}0", object["metadata"]["resourceVersion"]).into();
            }
            Effect::Delete(_) => self.objects.retain(|o| !is(o, kind, name)),
            Effect::Hold(_) => {}
        }
    }
}

fn is(object: &Value, kind: &str, name: &str) -> bool {
    object["kind"] == kind && object["metadata"]["name"] == name
}

/// One effect in a line.
pub fn line(effect: &Effect) -> String {
    let mut line = String::from(match effect {
        Effect::Create(_) => "+ ",
        Effect::Update(_) => "~ ",
        Effect::Delete(_) => "- ",
        Effect::Hold(_) => "! ",
    });
    match (effect, effect.target()) {
        (Effect::Hold(hold), _) => {
            let adapter = hold.adapter.as_ref().map_or("*", |a| a.as_str());
            let _ = write!(line, "{adapter} {}", hold.code);
        }
        (_, Some(target)) => {
            let _ = write!(line, "{} {}", target.kind, target.name);
        }
        (_, None) => {}
    }
    line
}

/// Sets a field by JSON pointer; objects on the way are made.
pub fn set(object: &mut Value, pointer: &str, value: Value) {
    let mut at = object;
    for token in pointer.split('/').skip(1) {
        let token = token.replace("~1", "/").replace("~0", "~");
        at = match at {
            Value::Array(list) => {
                let index = token.parse().unwrap_or(list.len());
                if index >= list.len() {
                    list.push(Value::Null);
                }
                let last = list.len() - 1;
                &mut list[index.min(last)]
            }
            other => &mut other[token],
        };
    }
    *at = value;
}

/// An entry of the list of adapters.
pub fn entry(adapter: &str, enabled: bool, running: bool, port: u16) -> Value {
    json!({ "type": adapter, "enabled": enabled, "running": running, "port": port })
}
