//! What is open at a site, judged by an evaluator of policies that is not ours.

use std::collections::BTreeMap;

use dittofs_core::api::DittoServer;
use dittofs_core::{ClusterView, NoPod, ServerSpec, reachable};
use dittofs_interpreters::memory::cluster_object;
use dittofs_proptests::judged::{Question, Target};
use dittofs_testbed::{Judge, Tools};
use serde_json::{Value, json};

use crate::cluster::path;
use crate::site::{NAME, Site};

/// The evaluator lets in to the pod exactly what `reachable` says of the objects as they are, and these ports and no others
/// are open to the world.
pub async fn is_open(site: &Site, ports: &[u16]) {
    let server: DittoServer = serde_json::from_value(site.server().await.unwrap()).unwrap();
    let (spec, _) = ServerSpec::resolve(&server);
    let objects = objects(site).await;
    let typed = objects
        .iter()
        .filter_map(|object| cluster_object(object["kind"].as_str().unwrap(), object.clone()).unwrap());
    let view = ClusterView::from_objects(&spec, typed, NoPod::NotReady).unwrap();
    let reachability = reachable(&view, &spec);

    let pod = site.get("pods", &format!("{NAME}-0")).await.unwrap();
    let labels: BTreeMap<String, String> = serde_json::from_value(pod["metadata"]["labels"].clone()).unwrap();
    let named = pod["spec"]["containers"][0]["ports"].as_array().cloned().unwrap_or_default();
    let target = Target { namespace: &site.namespace, labels: &labels, ports: &named };
    let policies: Vec<&Value> = objects.iter().filter(|object| object["kind"] == "NetworkPolicy").collect();
    let question = Question::new(&policies, &target, &reachability);
    let mut judge = Judge::start(&Tools::find().unwrap()).unwrap();
    question.check(&judge.ask(&question.line).unwrap()).unwrap();
    assert_eq!(question.open_to_the_world(), ports, "{reachability:?}");
}

async fn objects(site: &Site) -> Vec<Value> {
    let mut objects = Vec::new();
    for (plural, version, kind) in [
        ("services", "v1", "Service"),
        ("networkpolicies", "networking.k8s.io/v1", "NetworkPolicy"),
        ("statefulsets", "apps/v1", "StatefulSet"),
        ("pods", "v1", "Pod"),
    ] {
        for mut object in site.cluster.list(&path(plural, &site.namespace)).await {
            // The elements of a list do not say what they are.
            object["apiVersion"] = json!(version);
            object["kind"] = json!(kind);
            objects.push(object);
        }
    }
    objects
}
