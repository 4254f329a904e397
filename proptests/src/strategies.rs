//! Servers, clusters and answers, from settled to hostile.
//!
//! Few adapters and few ports, so that they clash often. Everything is a short list of named changes to something
//! settled, so a failure shrinks to the changes that it needs, and prints as their names.

use dittofs_core::{NoPod, Refusal};
use dittofs_effects::Kind;
use proptest::prelude::*;
use serde_json::Value;

use crate::case::{Answer, Case};

mod answer;
mod drift;
mod foreign;
mod neighbour;
mod own;
mod resource;
mod scene;
mod tools;
mod workload;

pub use answer::{answer, good_answer, hostile_bytes};
pub use drift::Drift;
pub(crate) use drift::drift;
pub use foreign::Foreign;
pub(crate) use foreign::foreign;
pub use own::Own;
pub use resource::{Wish, resource, wishes};
pub use scene::{Scene, scene};
pub use workload::Rollout;

/// The adapters, and where each is at home.
pub const ADAPTERS: [(&str, u16); 3] = [("nfs", 12049), ("smb", 1445), ("webdav", 8088)];

/// The other ports: the API's, the portmapper's, another one.
pub const PORTS: [u16; 6] = [8080, 10111, 12049, 1445, 8088, 2049];

/// Everything that a decision is taken on, as it was made.
#[derive(Clone, Debug)]
pub struct Input {
    /// What the resource asks for.
    pub wishes: Vec<Wish>,
    /// What the cluster holds.
    pub scene: Scene,
    /// What DittoFS answered.
    pub answer: Answer,
    /// Whether that has lasted.
    pub confirmed: bool,
    /// What earlier writes were answered.
    pub refusals: Vec<(Kind, String, Refusal)>,
    /// The workload is ours.
    pub whole: bool,
}

impl Input {
    /// The case.
    pub fn case(&self) -> Case {
        Case {
            resource: resource(&self.wishes),
            answer: self.answer.clone(),
            confirmed: self.confirmed,
            world: self.scene.world(),
            no_pod: if self.scene.is_live { NoPod::NotReady } else { NoPod::Ready },
            refusals: self.refusals.clone(),
            whole: self.whole,
        }
    }
}

/// Any input. Often the answer is what the cluster already shows, so that what differs is what happened to it.
pub fn input() -> impl Strategy<Value = Input> {
    let agrees = prop::bool::weighted(0.3);
    // A scene with the whole workload is mostly ours; now and then it was handed over, or back.
    let handed_over = prop::bool::weighted(0.1);
    (wishes(), scene(), answer(), any::<bool>(), refusals(), agrees, handed_over).prop_map(
        |(wishes, scene, answer, confirmed, refusals, agrees, handed_over)| {
            let answer = if agrees { scene.answer().unwrap_or(answer) } else { answer };
            let whole = scene.whole != handed_over;
            Input { wishes, scene, answer, confirmed, refusals, whole }
        },
    )
}

fn refusals() -> impl Strategy<Value = Vec<(Kind, String, Refusal)>> {
    let own = [(Kind::ConfigMap, "srv-config"), (Kind::Secret, "srv-jwt-secret"), (Kind::StatefulSet, "srv")];
    let own = prop::sample::select(own.to_vec()).prop_map(|(kind, name)| (kind, name.to_owned()));
    let adapters = prop_oneof![Just(Kind::Service), Just(Kind::NetworkPolicy)];
    let adapters = (adapters, adapter().prop_map(|a| format!("srv-adapter-{a}")));
    let refusal = (
        prop_oneof![4 => adapters, 1 => own],
        prop_oneof![Just(Refusal::NameTaken), Just(Refusal::NodePortsExhausted)],
    );
    let refusal = refusal.prop_map(|((kind, name), refusal)| (kind, name, refusal));
    prop_oneof![9 => Just(Vec::new()), 1 => prop::collection::vec(refusal, 1..3)]
}

/// One of the adapters.
pub fn adapter() -> impl Strategy<Value = &'static str> {
    prop::sample::select(ADAPTERS.map(|(adapter, _)| adapter).to_vec())
}

/// One of the ports.
pub fn port() -> impl Strategy<Value = u16> {
    prop::sample::select(PORTS.to_vec())
}

/// The same object with a field changed.
fn set(object: &mut Value, pointer: &str, value: Value) {
    dittofs_core::testing::set(object, pointer, value);
}
