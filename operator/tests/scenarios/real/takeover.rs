//! Objects as the Go operator wrote them, taken over: nothing is made anew, nothing restarts (COMP-01).

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dittofs_adapters::stage::real::api::{Api, path};
use dittofs_adapters::stage::real::played::Played;
use dittofs_testbed::{DittoFs, Tools, dittofs};
use embedded_kubernetes::Kind;
use serde::Deserialize as _;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::ground::{Ground as _, Operator, Real, SYSTEM, administration, control_plane};

scenarios_of!(
    real: comp_01_an_annotated_server_is_taken_over_without_making_or_restarting_anything,
    comp_01_a_minimal_server_is_taken_over_without_making_or_restarting_anything,
    comp_01_the_sample_is_taken_over_without_making_or_restarting_anything,
);

const ANNOTATED: &str = include_str!("../../../../fixtures/written/annotated.yaml");
const MINIMAL: &str = include_str!("../../../../fixtures/written/minimal.yaml");
const SAMPLE: &str = include_str!("../../../../fixtures/written/dittofs_v1alpha1_dittofs_memory.yaml");

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
async fn write(api: &Api, namespace: &str, yaml: &str) -> Vec<Value> {
    let mut owner = Value::Null;
    let mut written = Vec::new();
    for mut object in objects(yaml) {
        let text = |field: &str| object[field].as_str().unwrap();
        let kind = Kind::of(text("apiVersion"), text("kind")).unwrap();
        if [Kind::Pod, Kind::PersistentVolumeClaim].contains(&kind) {
            continue;
        }
        forget_what_is_given(&mut object);
        if kind == Kind::Secret && object["data"]["username"].is_string() && !is_of_operator(&object) {
            // Values were masked when it was dumped.
            object["data"]["username"] = STANDARD.encode("admin").into();
        }
        if let Some(owners) = object["metadata"].get_mut("ownerReferences").and_then(Value::as_array_mut) {
            for reference in owners {
                reference["uid"] = owner.clone();
            }
        }
        let made =
            api.create(&format!("{}?fieldManager=manager", path(kind, namespace)), &object).await.unwrap();
        if kind == Kind::DittoServer {
            owner = made["metadata"]["uid"].clone();
        }
        written.push(made);
    }
    written
}

/// uid, addresses and node ports of each Service, and the pod's uid and revision.
async fn kept(api: &Api, namespace: &str, name: &str) -> (BTreeMap<String, Value>, Value) {
    let services = api.list(&path(Kind::Service, namespace)).await.unwrap().into_iter().map(|service| {
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
        let pod = api.get(&format!("{}/{name}-0", path(Kind::Pod, namespace))).await.unwrap()?;
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

/// Waits until something is there.
async fn until<T>(what: &str, look: impl AsyncFn() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(start.elapsed() < Real::PATIENCE, "{what} did not come about");
        sleep(Duration::from_millis(50)).await;
    }
}

async fn is_taken_over(name: &str, yaml: &str) {
    let kubernetes = control_plane();
    let namespace = format!("takeover-{name}");
    kubernetes.create_namespace(&namespace).unwrap();
    let _dumped = kubernetes.dump_on_panic(&*namespace);
    let api = administration().await;
    let written = write(&api, &namespace, yaml).await;
    let _played = Played::start(api.clone(), namespace.clone());
    let options = dittofs::Options { admin_password: password(&written), ..dittofs::Options::default() };
    let dittofs = DittoFs::start(&Tools::find().unwrap(), options).unwrap();
    let before = kept(&api, &namespace, name).await;

    let token = kubernetes.service_account_token(SYSTEM, "dittofs-adapters").unwrap();
    let mut operator = Operator::of(kubernetes, &namespace, &token).with_url(&dittofs.url());
    operator.start();
    let server = format!("{}/{name}", path(Kind::DittoServer, &namespace));
    until("a report that is acted on", async || {
        let server = api.get(&server).await.unwrap()?;
        let conditions = server["status"]["conditions"].as_array()?.clone();
        let ready = conditions.iter().any(|c| c["type"] == "AdaptersReady" && c["status"] == "True");
        ready.then_some(())
    })
    .await;
    assert_eq!(kept(&api, &namespace, name).await, before, "{}", operator.log());
    assert!(!operator.log().contains("forbidden"), "{}", operator.log());
}

async fn comp_01_an_annotated_server_is_taken_over_without_making_or_restarting_anything(_: &'static str) {
    is_taken_over("annotated", ANNOTATED).await;
}

async fn comp_01_a_minimal_server_is_taken_over_without_making_or_restarting_anything(_: &'static str) {
    is_taken_over("minimal", MINIMAL).await;
}

async fn comp_01_the_sample_is_taken_over_without_making_or_restarting_anything(_: &'static str) {
    is_taken_over("dittofs-sample", SAMPLE).await;
}
