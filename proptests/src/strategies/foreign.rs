//! What of others is in the cluster.

use dittofs_core::testing;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::tools::{drop, find, named};
use super::{adapter, neighbour};

/// One thing of somebody else.
#[derive(Clone, Debug, PartialEq)]
pub enum Foreign {
    /// A Service has the adapter's name and is nobody's.
    ServiceOnName(&'static str),
    /// A policy has the adapter's name and is another controller's.
    PolicyOnName(&'static str),
    /// A policy has the baseline's name.
    BaselineOnName,
    /// A policy selects the pod.
    Policy(Selects, Opens),
    /// A Service has a name that a template gives.
    ServiceNamed(&'static str),
    /// Everything of ours stands in another namespace too.
    OtherNamespace,
    /// Another server's Service has our labels.
    OurLabels(&'static str),
    /// Another DittoServer of the namespace has everything that ours has.
    Neighbour(&'static str),
    /// A policy of another DittoServer selects pods of ours, or its own.
    NeighbourPolicy(Selects, Opens),
    /// Another DittoServer's policy for its own pods has the name of ours.
    NeighbourOnName(&'static str),
}

/// How a foreign policy selects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selects {
    /// Every pod.
    All,
    /// Ours.
    Ours,
    /// Not ours.
    Others,
    /// Ours, by an expression.
    Expression,
}

/// What a foreign policy opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opens {
    /// Nothing.
    Nothing,
    /// Everything.
    Everything,
    /// The ports of nfs and of the API.
    Some,
    /// A range.
    Range,
    /// A port by name, from somewhere.
    Named,
    /// It is about egress alone.
    Egress,
}

/// Anything.
pub(crate) fn foreign() -> impl Strategy<Value = Foreign> {
    let selects =
        prop::sample::select(vec![Selects::All, Selects::Ours, Selects::Others, Selects::Expression]);
    let opens = prop::sample::select(vec![
        Opens::Nothing,
        Opens::Everything,
        Opens::Some,
        Opens::Range,
        Opens::Named,
        Opens::Egress,
    ]);
    prop_oneof![
        2 => adapter().prop_map(Foreign::ServiceOnName),
        2 => adapter().prop_map(Foreign::PolicyOnName),
        1 => Just(Foreign::BaselineOnName),
        4 => (selects.clone(), opens.clone()).prop_map(|(s, o)| Foreign::Policy(s, o)),
        1 => prop::sample::select(vec!["other", "sr", "srv-adapter"]).prop_map(Foreign::Neighbour),
        1 => (selects, opens).prop_map(|(s, o)| Foreign::NeighbourPolicy(s, o)),
        1 => adapter().prop_map(Foreign::NeighbourOnName),
        1 => prop::sample::select(vec!["nfs", "srv-nfs-files", "srv-x-smb"]).prop_map(Foreign::ServiceNamed),
        1 => Just(Foreign::OtherNamespace),
        1 => adapter().prop_map(Foreign::OurLabels),
    ]
}

impl Foreign {
    /// Makes it so.
    pub(crate) fn apply(&self, objects: &mut Vec<Value>) {
        match self {
            Self::ServiceOnName(adapter) => {
                let mut service = testing::service(adapter, 3);
                service["metadata"]["ownerReferences"] = json!([]);
                put(objects, service, "foreign-service");
            }
            Self::PolicyOnName(adapter) => {
                let mut policy = testing::policy(adapter, 3);
                policy["metadata"]["ownerReferences"][0]["uid"] = json!("another");
                put(objects, policy, "foreign-policy");
            }
            Self::BaselineOnName => {
                let mut policy = testing::baseline();
                policy["metadata"]["ownerReferences"] = json!([]);
                put(objects, policy, "foreign-baseline");
            }
            Self::Policy(selects, opens) => put(objects, policy(*selects, *opens), "theirs"),
            Self::ServiceNamed(name) => {
                let mut service = testing::service("other", 4);
                service["metadata"]["name"] = json!(name);
                service["metadata"]["ownerReferences"] = json!([]);
                put(objects, service, "foreign-named");
            }
            Self::OtherNamespace => elsewhere(objects),
            Self::Neighbour(name) => neighbour::settle(objects, name),
            Self::NeighbourPolicy(selects, opens) => {
                let mut policy = policy(*selects, *opens);
                let instance = match selects {
                    Selects::Ours => Some("srv"),
                    Selects::Others => Some("other"),
                    Selects::All | Selects::Expression => None,
                };
                if let Some(instance) = instance {
                    neighbour::select(&mut policy, instance);
                }
                neighbour::own(&mut policy, "other");
                put(objects, policy, "neighbour");
            }
            Self::NeighbourOnName(adapter) => {
                let mut policy = testing::policy(adapter, 3);
                neighbour::select(&mut policy, "other");
                neighbour::own(&mut policy, "other");
                put(objects, policy, "neighbour");
            }
            Self::OurLabels(adapter) => {
                if let Some(mut service) = find(objects, "Service", &named(adapter)).map(|s| s.clone()) {
                    service["metadata"]["name"] = json!(format!("theirs-{adapter}"));
                    let owner = json!([{ "apiVersion": "v1", "kind": "X", "name": "x", "uid": "another", "controller": true }]);
                    service["metadata"]["ownerReferences"] = owner;
                    put(objects, service, "labelled");
                }
            }
        }
    }
}

/// Copies everything into another namespace.
fn elsewhere(objects: &mut Vec<Value>) {
    let mut copies = objects.clone();
    for object in &mut copies {
        object["metadata"]["namespace"] = json!("elsewhere");
    }
    objects.extend(copies);
}

fn put(objects: &mut Vec<Value>, mut object: Value, uid: &str) {
    object["metadata"]["uid"] = json!(format!("{uid}-{}", object["metadata"]["name"].as_str().unwrap()));
    for port in object.pointer_mut("/spec/ports").and_then(Value::as_array_mut).into_iter().flatten() {
        port.as_object_mut().unwrap().remove("nodePort");
    }
    let (kind, name) = (object["kind"].clone(), object["metadata"]["name"].clone());
    drop(objects, kind.as_str().unwrap(), name.as_str().unwrap());
    objects.push(object);
}

fn policy(selects: Selects, opens: Opens) -> Value {
    let mut policy = testing::baseline();
    policy["metadata"]["name"] = json!(format!("theirs-{selects:?}-{opens:?}").to_lowercase());
    policy["metadata"]["labels"] = json!({ "of": "somebody" });
    policy["metadata"]["ownerReferences"] = json!([]);
    policy["spec"]["podSelector"] = match selects {
        Selects::All => json!({}),
        Selects::Ours => json!({ "matchLabels": { "app": "dittofs-server" } }),
        Selects::Others => json!({ "matchLabels": { "app": "something-else" } }),
        Selects::Expression => {
            json!({ "matchExpressions": [{ "key": "instance", "operator": "In", "values": ["srv"] }] })
        }
    };
    let ingress = match opens {
        Opens::Nothing | Opens::Egress => json!([]),
        Opens::Everything => json!([{}]),
        Opens::Some => json!([{ "ports": [{ "port": 12049 }, { "port": 8080, "protocol": "TCP" }] }]),
        Opens::Range => json!([{ "ports": [{ "port": 1000, "endPort": 2000, "protocol": "TCP" }] }]),
        Opens::Named => json!([{ "ports": [{ "port": "adapter-nfs" }], "from": [{ "podSelector": {} }] }]),
    };
    policy["spec"]["ingress"] = ingress;
    if opens == Opens::Egress {
        policy["spec"]["policyTypes"] = json!(["Egress"]);
        policy["spec"]["egress"] = json!([{}]);
    }
    policy
}
