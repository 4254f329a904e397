//! What of the resource and of the objects is written: all that decides, and nothing that may be a secret.

use dittofs_core::ClusterObject;
use dittofs_core::api::DittoServer;
use serde_json::Value;

/// A copy of the whole object, which may have more in it than the object has now.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
/// Stands for the value of an environment variable.
const LEFT_OUT: &str = "(not recorded)";

/// The resource without its status, which decides nothing.
pub(super) fn resource(resource: &DittoServer) -> Result<Value, serde_json::Error> {
    let mut json = serde_json::to_value(resource)?;
    if let Some(fields) = json.as_object_mut() {
        fields.remove("status");
    }
    if let Some(metadata) = json.get_mut("metadata").and_then(Value::as_object_mut) {
        // It changes with every write of the status.
        metadata.remove("resourceVersion");
    }
    trim(&mut json);
    Ok(json)
}

/// The objects of the view.
pub(super) fn objects(objects: &[ClusterObject]) -> Result<Vec<Value>, serde_json::Error> {
    objects.iter().map(object).collect()
}

fn object(object: &ClusterObject) -> Result<Value, serde_json::Error> {
    let mut json = match object {
        ClusterObject::Service(object) => serde_json::to_value(object),
        ClusterObject::NetworkPolicy(object) => serde_json::to_value(object),
        ClusterObject::StatefulSet(object) => serde_json::to_value(object),
        ClusterObject::Pod(object) => serde_json::to_value(object),
    }?;
    trim(&mut json);
    hide(&mut json);
    Ok(json)
}

fn trim(object: &mut Value) {
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
    }
    if let Some(annotations) = object.pointer_mut("/metadata/annotations").and_then(Value::as_object_mut) {
        annotations.remove(LAST_APPLIED);
    }
}

/// Somebody may have written a password into the environment of a container. No decision looks at it.
fn hide(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                match (key.as_str(), value) {
                    ("env", Value::Array(variables)) => variables.iter_mut().for_each(hide_value),
                    (_, value) => hide(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(hide),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn hide_value(variable: &mut Value) {
    if let Some(value) = variable.get_mut("value") {
        *value = LEFT_OUT.into();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secu_the_environment_of_a_container_is_not_recorded() {
        let set = json!({
            "apiVersion": "apps/v1", "kind": "StatefulSet",
            "metadata": { "name": "s", "annotations": { LAST_APPLIED: "hunter2", "kept": "yes" } },
            "spec": {
                "serviceName": "s", "selector": {},
                "template": { "spec": { "containers": [{
                    "name": "dittofs",
                    "env": [
                        { "name": "PASSWORD", "value": "hunter2" },
                        { "name": "TOKEN", "valueFrom": { "secretKeyRef": { "name": "kept-name", "key": "k" } } },
                    ],
                }] } },
            },
        });
        let set = ClusterObject::from_json(set).unwrap().unwrap();
        let text = object(&set).unwrap().to_string();
        assert!(!text.contains("hunter2"), "{text}");
        assert!(text.contains("kept-name") && text.contains("yes"), "{text}");
    }
}
