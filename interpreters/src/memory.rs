//! A pure world: the Kubernetes API, as far as effects can tell it from a real one, and its StatefulSet controller.
//!
//! Objects are kept raw and whole, so that unknown fields survive as they do in a cluster. There is no clock and no
//! chance in here: the same calls give the same world, byte for byte. Cloning one is cheap, since objects are shared
//! until they are written; a search over crash points clones it at every step.
//!
//! What a real API server does to a Service when its type changes, and when a StatefulSet replaces its pod, was
//! measured; the tests name the measurements.

use std::collections::BTreeMap;
use std::future::{Future, ready};
use std::ops::RangeInclusive;
use std::sync::Arc;

use dittofs_effects::{Effect, Interpreter, ObjectRef, Outcome, Seen};
use serde_json::Value;

mod apply;
mod fault;
mod key;
mod network_policy;
mod others;
mod service;
mod stateful_set;
mod typed;

pub use fault::{Fault, FaultPlan};
pub use key::{ObjectKey, Unidentified};
pub use typed::{MISSING_IDENTITY, Unreadable, cluster_object};

use stateful_set::Revisions;

/// A Kubernetes cluster in memory.
#[derive(Clone, Debug, PartialEq)]
pub struct World {
    objects: BTreeMap<ObjectKey, Arc<Value>>,
    /// The latest resource version; objects that come with a higher one raise it.
    version: u64,
    /// How many uids and addresses were given out.
    given: u64,
    /// What the interpreter of this world wrote last, by object; forgotten when a plan begins.
    written: BTreeMap<ObjectRef, Seen>,
    faults: FaultPlan,
    node_ports: RangeInclusive<u16>,
    revisions: Revisions,
}

impl Default for World {
    fn default() -> Self {
        Self {
            objects: BTreeMap::new(),
            version: 0,
            given: 0,
            written: BTreeMap::new(),
            faults: FaultPlan::default(),
            // The API server's own default, --service-node-port-range.
            node_ports: 30_000..=32_767,
            revisions: Revisions::default(),
        }
    }
}

impl World {
    /// A world of these objects, exactly as they are. Of two with one key the later one stays.
    ///
    /// # Errors
    /// [`Unidentified`] for an object without apiVersion, kind or name.
    pub fn from_objects(objects: impl IntoIterator<Item = Value>) -> Result<Self, Unidentified> {
        let mut world = Self::default();
        for object in objects {
            world.insert(object)?;
        }
        Ok(world)
    }

    /// Puts an object in exactly as it is.
    ///
    /// # Errors
    /// [`Unidentified`] without apiVersion, kind or name.
    pub fn insert(&mut self, object: Value) -> Result<ObjectKey, Unidentified> {
        let key = ObjectKey::of(&object)?;
        if let Some(version) = key::version(&object).and_then(|v| v.parse().ok()) {
            self.version = self.version.max(version);
        }
        self.revisions.adopt(&key, &object);
        self.objects.insert(key.clone(), Arc::new(object));
        Ok(key)
    }

    /// The object with this key.
    pub fn get(&self, key: &ObjectKey) -> Option<&Value> {
        self.objects.get(key).map(Arc::as_ref)
    }

    /// Every object, in the order of keys.
    pub fn iter(&self) -> impl Iterator<Item = (&ObjectKey, &Value)> {
        self.objects.iter().map(|(key, object)| (key, object.as_ref()))
    }

    /// Forgets what was written: what an effect calls an earlier write is one of the same plan.
    pub fn begin_plan(&mut self) {
        self.written.clear();
    }

    /// Schedules faults for the calls that follow.
    pub fn schedule(&mut self, faults: FaultPlan) {
        self.faults = faults;
    }

    /// Leaves only these node ports to be given out.
    pub fn limit_node_ports(&mut self, range: RangeInclusive<u16>) {
        self.node_ports = range;
    }

    fn next_version(&mut self) -> String {
        self.version += 1;
        self.version.to_string()
    }

    fn next_uid(&mut self) -> String {
        self.given += 1;
        format!("00000000-0000-4000-8000-{:012x}", self.given)
    }
}

impl Interpreter for World {
    fn interpret(&mut self, effect: &Effect) -> impl Future<Output = Outcome> {
        ready(self.apply(effect))
    }
}
