//! Objects as the Go operator wrote them, taken over: nothing is made anew, nothing restarts (COMP-01).

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dittofs_adapters::stage::real::played::Played;
use dittofs_testbed::{DittoFs, Tools, dittofs};
use serde::Deserialize as _;
use serde_json::{Value, json};

use crate::cluster::{Cluster, SYSTEM, control_plane, path, until};
use crate::operator::Operator;

const WRITTEN: [(&str, &str); 3] = [
    ("annotated", include_str!("../../../fixtures/written/annotated.yaml")),
    ("minimal", include_str!("../../../fixtures/written/minimal.yaml")),
    ("dittofs-sample", include_str!("../../../fixtures/written/dittofs_v1alpha1_dittofs_memory.yaml")),
];

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

fn is_of_operator(secret: &Value) -> bool {
    secret["metadata"]["name"].as_str().is_some_and(|name| name.ends_with("-operator-credentials"))
}

/// Puts what was dumped into the cluster, under the manager's name of the Go operator.
async fn write(cluster: &Cluster, namespace: &str, yaml: &str) -> Vec<Value> {
    let mut owner = Value::Null;
    let mut written = Vec::new();
    for mut object in objects(yaml) {
        let kind = object["kind"].as_str().unwrap().to_owned();
        if ["Pod", "PersistentVolumeClaim"].contains(&kind.as_str()) {
            continue;
        }
        forget_what_is_given(&mut object);
        if kind == "Secret" && object["data"]["username"].is_string() && !is_of_operator(&object) {
            // Values were masked when it was dumped.
            object["data"]["username"] = STANDARD.encode("admin").into();
        }
        if let Some(owners) = object["metadata"].get_mut("ownerReferences").and_then(Value::as_array_mut) {
            for reference in owners {
                reference["uid"] = owner.clone();
            }
        }
        let plural = match kind.as_str() {
            "NetworkPolicy" => "networkpolicies".to_owned(),
            kind => format!("{}s", kind.to_lowercase()),
        };
        let made =
            cluster.create(&format!("{}?fieldManager=manager", path(&plural, namespace)), &object).await;
        if kind == "DittoServer" {
            owner = made["metadata"]["uid"].clone();
        }
        written.push(made);
    }
    written
}

/// uid, addresses and node ports of each Service, and the pod's uid and revision.
async fn kept(cluster: &Cluster, namespace: &str, name: &str) -> (BTreeMap<String, Value>, Value) {
    let services = cluster.list(&path("services", namespace)).await.into_iter().map(|service| {
        let (metadata, spec) = (&service["metadata"], &service["spec"]);
        let ports = spec["ports"].as_array().unwrap().iter();
        let ports: Vec<Value> = ports.map(|port| json!([port["name"], port["nodePort"]])).collect();
        (
            metadata["name"].as_str().unwrap().to_owned(),
            json!([metadata["uid"], spec["clusterIP"], ports.first()]),
        )
    });
    let services = services.collect();
    let pod = until("the pod", async || {
        let pod = cluster.get(&format!("{}/{name}-0", path("pods", namespace))).await?;
        let ready = pod["status"]["conditions"]
            .as_array()?
            .iter()
            .any(|c| c["type"] == "Ready" && c["status"] == "True");
        ready.then(|| json!([pod["metadata"]["uid"], pod["metadata"]["labels"]["controller-revision-hash"]]))
    });
    (services, pod.await)
}

fn password(objects: &[Value]) -> String {
    let secret = objects.iter().find(|object| {
        let name = object["metadata"]["name"].as_str().unwrap_or_default();
        object["kind"] == "Secret" && name.contains("admin")
    });
    let password = secret.unwrap()["data"]["password"].as_str().unwrap();
    String::from_utf8(STANDARD.decode(password).unwrap()).unwrap()
}

async fn is_taken_over(name: &str, yaml: &str) {
    let Some(kubernetes) = control_plane() else { return };
    let namespace = format!("takeover-{name}");
    kubernetes.create_namespace(&namespace).unwrap();
    let _dumped = kubernetes.dump_on_panic(&*namespace);
    let cluster = Cluster::connect(kubernetes).await;
    let written = write(&cluster, &namespace, yaml).await;
    let _played = Played::start(cluster.api(), namespace.clone());
    let options = dittofs::Options { admin_password: password(&written), ..dittofs::Options::default() };
    let dittofs = DittoFs::start(&Tools::find().unwrap(), options).unwrap();
    let before = kept(&cluster, &namespace, name).await;

    let token = kubernetes.service_account_token(SYSTEM, "dittofs-adapters").unwrap();
    let mut operator = Operator::of(kubernetes, &namespace, &token).with_url(&dittofs.url());
    operator.start();
    let server = format!("{}/{name}", path("dittoservers", &namespace));
    until("a report that is acted on", async || {
        let server = cluster.get(&server).await?;
        let conditions = server["status"]["conditions"].as_array()?.clone();
        let ready = conditions.iter().any(|c| c["type"] == "AdaptersReady" && c["status"] == "True");
        ready.then_some(())
    })
    .await;
    assert_eq!(kept(&cluster, &namespace, name).await, before, "{}", operator.log());
    assert!(!operator.log().contains("forbidden"), "{}", operator.log());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn comp_01_what_the_go_operator_wrote_is_taken_over_without_making_or_restarting_anything() {
    for (name, yaml) in WRITTEN {
        is_taken_over(name, yaml).await;
    }
}
