//! Lists of raw objects, and what is done to one of them.

use serde_json::{Value, json};

/// The object of this kind and name, if it is still there.
pub(super) fn find<'a>(objects: &'a mut [Value], kind: &str, name: &str) -> Option<&'a mut Value> {
    objects.iter_mut().find(|o| o["kind"] == kind && o["metadata"]["name"] == name)
}

/// Changes fields of an object, as far as it and what they stand in are still there; `-` appends to a list.
pub(super) fn edit(objects: &mut [Value], kind: &str, name: &str, changes: &[(&str, Value)]) {
    let Some(object) = find(objects, kind, name) else { return };
    for (pointer, value) in changes {
        let (parent, field) = pointer.rsplit_once('/').unwrap();
        let field = field.replace("~1", "/");
        match object.pointer_mut(parent) {
            Some(Value::Object(fields)) => {
                fields.insert(field, value.clone());
            }
            Some(Value::Array(list)) if field == "-" => list.push(value.clone()),
            _ => {}
        }
    }
}

/// Appends to a list in an object, if that is still there.
pub(super) fn append(objects: &mut [Value], kind: &str, name: &str, pointer: &str, value: Value) {
    let list = find(objects, kind, name).and_then(|o| o.pointer_mut(pointer)).and_then(Value::as_array_mut);
    if let Some(list) = list {
        list.push(value);
    }
}

/// Takes an object away.
pub(super) fn drop(objects: &mut Vec<Value>, kind: &str, name: &str) {
    objects.retain(|o| !(o["kind"] == kind && o["metadata"]["name"] == name));
}

/// Adds a copy of an object under another name and uid, if it is still there.
pub(super) fn copy(objects: &mut Vec<Value>, kind: &str, name: &str, new: &str, uid: &str) {
    if let Some(object) = find(objects, kind, name) {
        let mut object = object.clone();
        object["metadata"]["name"] = json!(new);
        object["metadata"]["uid"] = json!(uid);
        for port in object.pointer_mut("/spec/ports").and_then(Value::as_array_mut).into_iter().flatten() {
            port.as_object_mut().unwrap().remove("nodePort");
        }
        drop(objects, kind, new);
        objects.push(object);
    }
}

/// The name of an adapter's Service, and of its policy.
pub(super) fn named(adapter: &str) -> String {
    format!("srv-adapter-{adapter}")
}
