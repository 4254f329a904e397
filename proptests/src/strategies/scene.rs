//! A cluster: a settled server, and what has happened to it since.

use dittofs_core::testing;
use dittofs_interpreters::memory::World;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::case::Answer;

use super::{ADAPTERS, Drift, Foreign, Own, Rollout, drift, foreign, own, port, workload};

/// A cluster, as it was made.
#[derive(Clone, Debug)]
pub struct Scene {
    /// The adapters of the settled server, with their ports.
    pub adapters: Vec<(&'static str, u16)>,
    /// What happened to objects of ours.
    pub drifts: Vec<Drift>,
    /// What of others there is.
    pub foreign: Vec<Foreign>,
    /// How far the workload is.
    pub rollout: Vec<Rollout>,
    /// Without a pod it is not ready; else this is a file.
    pub is_live: bool,
    /// It has all the objects of a workload that is ours.
    pub whole: bool,
    /// What has happened to those.
    pub own: Vec<Own>,
}

impl Scene {
    /// A settled server with these adapters.
    pub fn settled(adapters: &[(&'static str, u16)]) -> Self {
        let (drifts, foreign, rollout) = (Vec::new(), Vec::new(), Vec::new());
        Self {
            adapters: adapters.to_vec(),
            drifts,
            foreign,
            rollout,
            is_live: true,
            whole: false,
            own: Vec::new(),
        }
    }

    /// The cluster.
    pub fn world(&self) -> World {
        World::from_objects(self.objects()).unwrap()
    }

    /// The list by which this server is settled; `None` if it has no adapters.
    pub fn answer(&self) -> Option<Answer> {
        let entries: Vec<Value> =
            self.adapters.iter().map(|(a, port)| testing::entry(a, true, true, *port)).collect();
        (!entries.is_empty()).then(|| Answer::list(&entries))
    }

    fn objects(&self) -> Vec<Value> {
        let mut objects = testing::Given::default().settled(&self.adapters).objects;
        for (index, object) in objects.iter_mut().enumerate() {
            if object["kind"] == "Service" {
                object["spec"]["ports"][0]["nodePort"] = json!(31_000 + index);
            }
        }
        objects.push(api_service());
        if self.whole {
            objects = brought_whole(objects);
            self.own.iter().for_each(|own| own.apply(&mut objects));
        }
        workload::make_consistent(&mut objects);
        for rollout in &self.rollout {
            rollout.apply(&mut objects);
        }
        for drift in &self.drifts {
            drift.apply(&mut objects);
        }
        for foreign in &self.foreign {
            foreign.apply(&mut objects);
        }
        objects.iter_mut().for_each(drop_what_the_type_has_not);
        objects
    }
}

/// The same server after its workload was brought by us, and its pod was started anew.
fn brought_whole(objects: Vec<Value>) -> Vec<Value> {
    let given = testing::Given { objects, ..testing::Given::default() }.whole();
    let mut objects = given.settled_by_effects().settled_by_effects().objects;
    let set = objects.iter_mut().find(|object| object["kind"] == "StatefulSet").unwrap();
    set["status"]["observedGeneration"] = set["metadata"]["generation"].clone();
    let annotations = set["spec"]["template"]["metadata"]["annotations"].clone();
    let pod = objects.iter_mut().find(|object| object["kind"] == "Pod").unwrap();
    pod["metadata"]["annotations"] = annotations;
    objects
}

/// An API server holds no Service with fields that its type does not have, whatever drifts come together.
fn drop_what_the_type_has_not(object: &mut Value) {
    let balanced = object["spec"]["type"] == "LoadBalancer";
    if let (true, false, Some(spec)) = (object["kind"] == "Service", balanced, object["spec"].as_object_mut())
    {
        for field in [
            "loadBalancerSourceRanges",
            "loadBalancerClass",
            "allocateLoadBalancerNodePorts",
            "loadBalancerIP",
        ] {
            spec.remove(field);
        }
    }
}

/// The Service of the API, which is ours in another role.
fn api_service() -> Value {
    let mut service = testing::service("api", 8080);
    service["metadata"]["name"] = json!("srv-api");
    service["metadata"]["labels"] = json!({ "app": "dittofs-server", "instance": "srv" });
    service["spec"]["type"] = json!("ClusterIP");
    service["spec"]["ports"] =
        json!([{ "name": "api", "port": 8080, "targetPort": 8080, "protocol": "TCP" }]);
    service
}

/// Any cluster.
pub fn scene() -> impl Strategy<Value = Scene> {
    let one = |(adapter, home): (&'static str, u16)| {
        let port = prop_oneof![5 => Just(home), 1 => port()];
        prop::option::weighted(0.65, port.prop_map(move |port| (adapter, port)))
    };
    let adapters = ADAPTERS.map(one).prop_map(|found| found.into_iter().flatten().collect());
    let drifts = prop_oneof![1 => Just(Vec::new()), 3 => prop::collection::vec(drift::drift(), 0..5)];
    let foreign = prop_oneof![3 => Just(Vec::new()), 2 => prop::collection::vec(foreign::foreign(), 0..3)];
    let rollout = prop_oneof![3 => Just(Vec::new()), 2 => prop::collection::vec(workload::rollout(), 0..3)];
    let own = prop_oneof![2 => Just(Vec::new()), 3 => prop::collection::vec(own::own(), 0..3)];
    let whole = prop::bool::weighted(0.4);
    (adapters, drifts, foreign, rollout, any::<bool>(), whole, own).prop_map(
        |(adapters, drifts, foreign, rollout, is_live, whole, own)| Scene {
            adapters,
            drifts,
            foreign,
            rollout,
            is_live,
            whole,
            own,
        },
    )
}
