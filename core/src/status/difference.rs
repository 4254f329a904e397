//! What of a status is to be written: nothing, where nothing has changed.

use serde_json::{Map, Value, json};

use crate::api::{DittoServer, DittoServerStatus};

/// The JSON merge patch (RFC 7386) for the subresource `status`; `None` where the resource has this status already.
///
/// It carries the resource version that was seen: conditions are one list, and somebody else may have written to it.
pub fn patch(resource: &DittoServer, status: &DittoServerStatus) -> Option<Value> {
    let before = resource.status.clone().unwrap_or_default();
    if before == *status {
        return None;
    }
    let status = changed(&fields(&before), &fields(status));
    let mut patch = json!({ "status": status });
    if let Some(version) = &resource.metadata.resource_version {
        patch["metadata"] = json!({ "resourceVersion": version });
    }
    Some(patch)
}

fn fields(status: &DittoServerStatus) -> Map<String, Value> {
    match serde_json::to_value(status) {
        Ok(Value::Object(fields)) => fields,
        // A struct of strings, numbers and lists is always written as an object.
        Ok(_) | Err(_) => Map::new(),
    }
}

/// Fields that differ, and `null` for those that are gone; inside of objects too, which a merge patch merges.
fn changed(before: &Map<String, Value>, after: &Map<String, Value>) -> Map<String, Value> {
    let gone = before.keys().filter(|key| !after.contains_key(*key)).map(|key| (key.clone(), Value::Null));
    let set = after.iter().filter(|(key, value)| before.get(*key) != Some(value));
    let set = set.map(|(key, value)| match (before.get(key), value) {
        (Some(Value::Object(before)), Value::Object(after)) => (key.clone(), changed(before, after).into()),
        (_, value) => (key.clone(), value.clone()),
    });
    gone.chain(set).collect()
}
