//! The resource definition.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceDefinition, JSONSchemaProps,
};
use kube::CustomResourceExt;
use serde_json::{Map, Value, json};

use super::{DittoServer, rules};

/// A list in the core types whose items have a key, which their generated schema does not say.
const CLAIMS: &str = "/properties/spec/properties/resources/properties/claims";

/// Fields of `spec.pod` that are of core types. Their descriptions would be two thirds of the definition, and more than
/// `kubectl apply` can note of an object; `kubectl explain pod.spec` has them too.
const CORE: [&str; 7] = [
    "affinity",
    "tolerations",
    "topologySpreadConstraints",
    "imagePullSecrets",
    "env",
    "volumes",
    "volumeMounts",
];

/// The definition of DittoServer as it is installed.
///
/// It differs from what [`CustomResourceExt::crd`] gives: as in v0.29, `spec` is not required and no field may be
/// `null` (an absent field and `null` would be two ways to write one thing, with different defaults).
pub fn crd() -> CustomResourceDefinition {
    let mut crd = DittoServer::crd();
    for version in &mut crd.spec.versions {
        let Some(validation) = &mut version.schema else { continue };
        validation.open_api_v3_schema = validation.open_api_v3_schema.take().map(finish);
    }
    crd
}

/// The schema of a DittoServer, as JSON.
pub(super) fn schema() -> Value {
    let versions = crd().spec.versions;
    let schema = versions.into_iter().find_map(|version| version.schema?.open_api_v3_schema);
    schema.and_then(|schema| serde_json::to_value(schema).ok()).unwrap_or_default()
}

fn finish(schema: JSONSchemaProps) -> JSONSchemaProps {
    let Ok(mut json) = serde_json::to_value(&schema) else { return schema };
    tidy(&mut json);
    if let Some(claims) = json.pointer_mut(CLAIMS).and_then(Value::as_object_mut) {
        claims.insert("x-kubernetes-list-type".into(), json!("map"));
        claims.insert("x-kubernetes-list-map-keys".into(), json!(["name"]));
    }
    for field in CORE {
        let field = json.pointer_mut(&format!("/properties/spec/properties/pod/properties/{field}"));
        for inner in field.into_iter().filter_map(Value::as_object_mut).flat_map(Map::values_mut) {
            undescribe(inner);
        }
    }
    if let Some(root) = json.as_object_mut() {
        root.remove("required");
        root.remove("title");
        if let Some(properties) = root.get_mut("properties").and_then(Value::as_object_mut) {
            add_header(properties);
        }
    }
    serde_json::from_value(json).unwrap_or(schema)
}

/// Takes descriptions away; a property may be called so, too.
fn undescribe(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            if fields.get("description").is_some_and(Value::is_string) {
                fields.remove("description");
            }
            fields.values_mut().for_each(undescribe);
        }
        Value::Array(items) => items.iter_mut().for_each(undescribe),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// What every Kubernetes object has. The API server adds it itself, other readers of the schema do not.
fn add_header(properties: &mut Map<String, Value>) {
    let version = "Version of the schema of this object, `dittofs.dittofs.com/v1alpha1`.";
    properties.insert("apiVersion".into(), json!({ "type": "string", "description": version }));
    properties.insert("kind".into(), json!({ "type": "string", "description": "`DittoServer`." }));
    properties.insert("metadata".into(), json!({ "type": "object" }));
}

/// Optional fields come as nullable ones, and quantities as anything that is an integer or a string. A structural schema
/// has no schemas in lists.
fn tidy(schema: &mut Value) {
    let Value::Object(map) = schema else { return };
    map.remove("nullable");
    if map.get("default").is_some_and(Value::is_null) {
        map.remove("default");
    }
    if let Some(words) = map.get_mut("enum").and_then(Value::as_array_mut) {
        words.retain(|word| !word.is_null());
    }
    map.values_mut().for_each(tidy);
    if map.get("x-kubernetes-int-or-string") == Some(&Value::Bool(true)) {
        map.insert("anyOf".into(), json!([{ "type": "integer" }, { "type": "string" }]));
        map.insert("pattern".into(), json!(rules::QUANTITY));
    }
}
