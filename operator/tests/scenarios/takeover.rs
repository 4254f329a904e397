//! Objects as the Go operator wrote them, taken over: nothing is made anew, nothing restarts (COMP-01).

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use embedded_kubernetes::Kind;
use serde::Deserialize as _;
use serde_json::{Value, json};

use crate::ground::{Ground, Wishes};
use crate::judged;
use crate::scene::Scene;

scenarios!(
    comp_01_an_annotated_server_is_taken_over_without_making_or_restarting_anything,
    comp_01_a_minimal_server_is_taken_over_without_making_or_restarting_anything,
    comp_01_the_sample_is_taken_over_without_making_or_restarting_anything,
);

const ANNOTATED: &str = include_str!("../../../fixtures/written/annotated.yaml");
const MINIMAL: &str = include_str!("../../../fixtures/written/minimal.yaml");
const SAMPLE: &str = include_str!("../../../fixtures/written/dittofs_v1alpha1_dittofs_memory.yaml");

fn objects(yaml: &str) -> Vec<Value> {
    let documents =
        serde_yaml::Deserializer::from_str(yaml).map(|document| Value::deserialize(document).unwrap());
    documents
        .flat_map(|document| match document["items"].as_array() {
            Some(items) => items.clone(),
            None => vec![document],
        })
        .collect()
}

/// What the API server, or a controller, gave it there, and gives it anew here.
fn forget_what_is_given(object: &mut Value) {
    let metadata = object["metadata"].as_object_mut().unwrap();
    for field in ["uid", "resourceVersion", "creationTimestamp", "generation", "managedFields", "namespace"] {
        metadata.remove(field);
    }
    if object["kind"] == "Service" {
        let spec = object["spec"].as_object_mut().unwrap();
        for field in ["clusterIP", "clusterIPs", "healthCheckNodePort"] {
            // A headless one was written as such.
            if spec.get(field).is_some_and(|value| *value != json!("None") && *value != json!(["None"])) {
                spec.remove(field);
            }
        }
        for port in spec["ports"].as_array_mut().unwrap() {
            port.as_object_mut().unwrap().remove("nodePort");
        }
    }
}

fn is_of_administrator(object: &Value) -> bool {
    let name = object["metadata"]["name"].as_str().unwrap_or_default();
    object["kind"] == "Secret"
        && object["data"]["username"].is_string()
        && !name.ends_with("-operator-credentials")
}

/// Puts what was dumped into the cluster.
async fn write<G: Ground>(scene: &Scene<G>, objects: Vec<Value>) {
    let mut owner = Value::Null;
    for mut object in objects {
        if object["kind"] == "Pod" || object["kind"] == "PersistentVolumeClaim" {
            continue;
        }
        forget_what_is_given(&mut object);
        if let Some(owners) = object["metadata"].get_mut("ownerReferences").and_then(Value::as_array_mut) {
            for reference in owners {
                reference["uid"] = owner.clone();
            }
        }
        let made = scene.create(object).await;
        if made["kind"] == "DittoServer" {
            owner = made["metadata"]["uid"].clone();
        }
    }
}

/// uid, address and node port of each Service, and the pod's uid and revision.
async fn kept<G: Ground>(scene: &Scene<G>) -> (BTreeMap<String, Value>, Value) {
    let services = scene.list(Kind::Service).await.into_iter().map(|service| {
        let (metadata, spec) = (&service["metadata"], &service["spec"]);
        let ports = spec["ports"].as_array().unwrap().iter();
        let ports: Vec<Value> = ports.map(|port| json!([port["name"], port["nodePort"]])).collect();
        let name = metadata["name"].as_str().unwrap().to_owned();
        (name, json!([metadata["uid"], spec["clusterIP"], ports.first()]))
    });
    (services.collect(), json!(scene.pod().await))
}

fn password(objects: &[Value]) -> String {
    let secret = objects.iter().find(|object| {
        let name = object["metadata"]["name"].as_str().unwrap_or_default();
        object["kind"] == "Secret" && name.contains("admin")
    });
    let password = secret.unwrap()["data"]["password"].as_str().unwrap();
    String::from_utf8(STANDARD.decode(password).unwrap()).unwrap()
}

async fn is_taken_over<G: Ground>(scenario: &str, name: &str, yaml: &str) {
    let mut objects = objects(yaml);
    for secret in objects.iter_mut().filter(|object| is_of_administrator(object)) {
        // Values were masked when it was dumped.
        secret["data"]["username"] = STANDARD.encode("admin").into();
    }
    let wishes = Wishes { password: Some(password(&objects)), ..Wishes::default() };
    let scene = Scene::from(G::empty(scenario, name, wishes).await);
    write(&scene, objects).await;
    let before = kept(&scene).await;
    scene.start_operator();
    let ready = async || scene.condition("AdaptersReady").await.0 == "True";
    scene.until("a report that is acted on", ready).await;
    assert_eq!(kept(&scene).await, before);
    judged::open_to_the_world(&scene).await.unwrap();
    scene.stays(&scene.promised().await).await;
}

async fn comp_01_an_annotated_server_is_taken_over_without_making_or_restarting_anything<G: Ground>(
    scenario: &str,
) {
    is_taken_over::<G>(scenario, "annotated", ANNOTATED).await;
}

async fn comp_01_a_minimal_server_is_taken_over_without_making_or_restarting_anything<G: Ground>(
    scenario: &str,
) {
    is_taken_over::<G>(scenario, "minimal", MINIMAL).await;
}

async fn comp_01_the_sample_is_taken_over_without_making_or_restarting_anything<G: Ground>(scenario: &str) {
    is_taken_over::<G>(scenario, "dittofs-sample", SAMPLE).await;
}
