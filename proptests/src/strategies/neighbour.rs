//! Another DittoServer in the same namespace.

use serde_json::{Value, json};

/// It has all that ours has, under its own name and with its own labels.
pub(super) fn settle(objects: &mut Vec<Value>, name: &str) {
    let is_ours = |o: &&Value| {
        let metadata = &o["metadata"];
        metadata["ownerReferences"][0]["uid"] == "uid-of-srv" && metadata["namespace"] == "files"
    };
    let mut theirs: Vec<Value> = objects.iter().filter(is_ours).cloned().collect();
    for object in &mut theirs {
        let ours = object["metadata"]["name"].as_str().unwrap();
        let renamed = ours.strip_prefix("srv").map(|rest| format!("{name}{rest}"));
        let renamed = renamed.unwrap_or_else(|| format!("{name}-{ours}"));
        let uid = format!("{name}-{}", object["metadata"]["uid"].as_str().unwrap_or_default());
        object["metadata"]["name"] = json!(renamed);
        object["metadata"]["uid"] = json!(uid);
        own(object, name);
        for selected in ["/metadata/labels", "/spec/selector", "/spec/podSelector/matchLabels"] {
            if let Some(instance) = object.pointer_mut(selected).and_then(|labels| labels.get_mut("instance"))
            {
                *instance = json!(name);
            }
        }
        for port in object.pointer_mut("/spec/ports").and_then(Value::as_array_mut).into_iter().flatten() {
            port.as_object_mut().unwrap().remove("nodePort");
        }
    }
    let is_free = |o: &Value| {
        let same = |other: &Value| {
            ["/kind", "/metadata/name", "/metadata/namespace"]
                .iter()
                .all(|p| other.pointer(p) == o.pointer(p))
        };
        !objects.iter().any(same)
    };
    theirs.retain(is_free);
    objects.extend(theirs);
}

/// That DittoServer controls the object.
pub(super) fn own(object: &mut Value, name: &str) {
    object["metadata"]["ownerReferences"] = json!([{ "apiVersion": "dittofs.dittofs.com/v1alpha1",
        "kind": "DittoServer", "name": name, "uid": format!("uid-of-{name}"), "controller": true }]);
}

/// The policy is for the pods of the DittoServer of this name.
pub(super) fn select(policy: &mut Value, name: &str) {
    policy["spec"]["podSelector"]["matchLabels"] = json!({ "app": "dittofs-server", "instance": name });
}
