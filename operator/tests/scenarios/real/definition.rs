//! The resource definition on the real API server: the table that our own checks and an offline evaluator of CEL agree on.

use std::collections::BTreeMap;

use dittofs_adapters::stage::real::api::{Api, path};
use embedded_kubernetes::Kind;
use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::ground::{administration, control_plane};

scenarios_of!(
    real: conf_02_the_api_server_judges_every_row_as_the_table_does,
    conf_01_defaults_come_in_and_unknown_fields_go,
);

/// A row; see `core/tests/validation.rs`.
#[derive(Deserialize)]
struct Case {
    it: String,
    spec: Value,
    #[serde(default)]
    old: Option<Value>,
    #[serde(default)]
    refused: Vec<String>,
    #[serde(default)]
    unreadable: bool,
}

fn cases() -> Vec<Case> {
    serde_yaml::from_str(include_str!("../../../../core/tests/data/validation.yaml")).unwrap()
}

fn resource(name: &str, spec: &Value) -> Value {
    let mut spec = spec.clone();
    match spec.get("storage") {
        None => spec["storage"] = json!({ "metadataSize": "10Gi" }),
        Some(Value::Null) => drop(spec.as_object_mut().unwrap().remove("storage")),
        Some(_) => {}
    }
    json!({
        "apiVersion": "dittofs.dittofs.com/v1alpha1", "kind": "DittoServer", "metadata": { "name": name }, "spec": spec,
    })
}

/// What the API server has against an object.
#[derive(Clone, Debug)]
struct Refusal {
    code: u16,
    message: String,
}

/// Creates or replaces without storing anything, to be judged.
async fn judge(api: &Api, method: Method, uri: &str, object: &Value) -> Result<Value, Refusal> {
    match api.send(method, &format!("{uri}?dryRun=All"), "application/json", object).await {
        Ok(value) => Ok(value),
        Err(kube::Error::Api(status)) => Err(Refusal { code: status.code, message: status.message }),
        Err(error) => panic!("{uri}: {error}"),
    }
}

/// The section that a place is in: a rule about two fields is told at the section that has both.
fn section(place: &str) -> &str {
    place.match_indices('.').nth(1).map_or(place, |(end, _)| &place[..end])
}

async fn conf_02_the_api_server_judges_every_row_as_the_table_does(_: &'static str) {
    control_plane().create_namespace("definition").unwrap();
    let api = administration().await;
    let servers = path(Kind::DittoServer, "definition");
    let mut wrong = Vec::new();
    let (mut counts, mut older) = (BTreeMap::new(), 0);
    for (index, case) in cases().iter().enumerate() {
        let name = if case.old.is_some() { format!("row-{index}") } else { "files".to_owned() };
        let mut object = resource(&name, &case.spec);
        let judged = match &case.old {
            None => judge(&api, Method::POST, &servers, &object).await,
            Some(old) => {
                let old = resource(&name, old);
                if judge(&api, Method::POST, &servers, &old).await.is_err() {
                    // As an older definition let it through: this one cannot store it.
                    older += 1;
                    continue;
                }
                let stored = api.create(&servers, &old).await.unwrap();
                object["metadata"]["resourceVersion"] = stored["metadata"]["resourceVersion"].clone();
                judge(&api, Method::PUT, &format!("{servers}/{name}"), &object).await
            }
        };
        let is_refused = !case.refused.is_empty() || case.unreadable;
        *counts.entry(is_refused).or_insert(0) += 1;
        match judged {
            Ok(_) if is_refused => wrong.push(format!("{}: accepted", case.it)),
            Err(refusal) if !is_refused || refusal.code != 422 && !case.unreadable => {
                wrong.push(format!("{}: {refusal:?}", case.it));
            }
            Err(refusal) => {
                let unnamed = case.refused.iter().find(|place| !refusal.message.contains(section(place)));
                wrong.extend(unnamed.map(|place| format!("{}: {place} is not named: {refusal:?}", case.it)));
            }
            Ok(_) => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    println!("{counts:?} rows by whether they are refused, {older} not judged");
    assert!(older < 5, "{older} rows begin with what this definition refuses");
}

async fn conf_01_defaults_come_in_and_unknown_fields_go(_: &'static str) {
    control_plane().create_namespace("defaults").unwrap();
    let servers = path(Kind::DittoServer, "defaults");
    let spec = json!({ "nobodyKnows": 1, "adapterDiscovery": {} });
    let stored = administration().await.create(&servers, &resource("files", &spec)).await.unwrap();
    let embedded = embedded_kubernetes::Cluster::default();
    let mut same = resource("files", &spec);
    same["metadata"]["namespace"] = json!("default");
    let ours = embedded.create(same).unwrap();
    assert_eq!(stored["spec"], ours["spec"], "the embedded API makes another spec of it");
    assert!(stored["spec"].get("nobodyKnows").is_none(), "{stored}");
}
