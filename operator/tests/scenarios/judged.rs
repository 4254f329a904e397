//! What is open to the world, by an evaluator of policies that is not ours.

use std::collections::BTreeMap;
use std::sync::{LazyLock, Mutex};

use dittofs_core::api::DittoServer;
use dittofs_core::{ClusterView, NoPod, ServerSpec, reachable};
use dittofs_interpreters::memory::cluster_object;
use dittofs_proptests::judged::{Question, Target};
use dittofs_testbed::{Judge, Tools};
use embedded_kubernetes::Kind;
use serde_json::Value;

use crate::ground::Ground;
use crate::scene::Scene;

/// None where the testbed is not built: there the embedded servers are played on alone, and `reachable` is believed.
static JUDGE: LazyLock<Option<Mutex<Judge>>> =
    LazyLock::new(|| Tools::find().ok().map(|tools| Mutex::new(Judge::start(&tools).unwrap())));

const KINDS: [Kind; 4] = [Kind::Service, Kind::NetworkPolicy, Kind::StatefulSet, Kind::Pod];

/// The evaluator lets in to the pod exactly what `reachable` says of the objects as they are, from the world and from a pod
/// of another namespace; gives the ports that are open to the world, where there is a pod and policies select it.
pub async fn open_to_the_world<G: Ground>(scene: &Scene<G>) -> Option<Vec<u16>> {
    let server: DittoServer =
        serde_json::from_value(scene.get(Kind::DittoServer, scene.name()).await.unwrap()).unwrap();
    let (spec, _) = ServerSpec::resolve(&server);
    let mut objects = Vec::new();
    for kind in KINDS {
        objects.extend(scene.list(kind).await);
    }
    let of = |kind: &'static str| objects.iter().filter(move |object| object["kind"] == kind);
    let typed =
        objects.iter().filter_map(|o| cluster_object(o["kind"].as_str().unwrap(), o.clone()).unwrap());
    let view = ClusterView::from_objects(&spec, typed, NoPod::NotReady).unwrap();
    let reachability = reachable(&view, &spec);

    let pod = of("Pod").next()?;
    let labels: BTreeMap<String, String> = serde_json::from_value(pod["metadata"]["labels"].clone()).unwrap();
    let named = pod["spec"]["containers"][0]["ports"].as_array().cloned().unwrap_or_default();
    let target = Target { namespace: scene.namespace(), labels: &labels, ports: &named };
    let policies: Vec<&Value> = of("NetworkPolicy").collect();
    let question = Question::new(&policies, &target, &reachability);
    if let Some(judge) = &*JUDGE {
        let answer = judge.lock().unwrap().ask(&question.line).unwrap();
        question.check(&answer).unwrap();
    }
    reachability.isolated.then(|| question.open_to_the_world())
}
