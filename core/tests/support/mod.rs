//! The schema part of the API server, as far as the resource definition uses it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may give up as tests do")]
#![allow(dead_code, reason = "each test binary uses its own part")]
#![allow(clippy::disallowed_methods, reason = "tests read files; the core itself does not")]

pub mod built;
pub mod whole;

use std::path::PathBuf;

use serde_json::Value;

/// The workspace.
pub fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// A file or folder of the Go operator's release, where a checkout of it lies beside the workspace.
pub fn upstream(name: &str) -> Option<PathBuf> {
    let path = root().join("../shared/facts/upstream").join(name);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: no {name} beside the workspace");
    None
}

/// The schema that is installed.
pub fn schema() -> Value {
    let crd = serde_json::to_value(dittofs_core::api::crd()).unwrap();
    crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"].clone()
}

/// All DittoServers in a file of YAML documents.
pub fn servers(yaml: &str) -> Vec<Value> {
    use serde::Deserialize as _;
    let documents = serde_yaml::Deserializer::from_str(yaml).map(|d| Value::deserialize(d).unwrap());
    documents.filter(|d| d["kind"] == "DittoServer").collect()
}

/// What the schema has against a value, rules in CEL aside.
pub fn check(value: &Value, schema: &Value, path: &str, errors: &mut Vec<String>) {
    let before = errors.len();
    check_type(value, schema, path, errors);
    if errors.len() > before {
        return;
    }
    let mut expect = |holds: bool, what: &str| {
        if !holds {
            errors.push(format!("{path}: {value} against {what}"));
        }
    };
    if let Some(words) = schema["enum"].as_array() {
        expect(words.contains(value), "enum");
    }
    if let Some(number) = value.as_i64() {
        expect(whole(&schema["minimum"]).is_none_or(|least| number >= least), "minimum");
        expect(whole(&schema["maximum"]).is_none_or(|most| number <= most), "maximum");
    }
    if let Some(text) = value.as_str() {
        let length = text.chars().count() as u64;
        expect(schema["maxLength"].as_u64().is_none_or(|most| length <= most), "maxLength");
        expect(schema["minLength"].as_u64().is_none_or(|least| length >= least), "minLength");
        let matches = |pattern| regex::Regex::new(pattern).unwrap().is_match(text);
        expect(schema["pattern"].as_str().is_none_or(matches), "pattern");
    }
    check_list(value, schema, path, errors);
    check_object(value, schema, path, errors);
}

fn check_type(value: &Value, schema: &Value, path: &str, errors: &mut Vec<String>) {
    if schema["x-kubernetes-int-or-string"] == true && !(value.is_i64() || value.is_string()) {
        errors.push(format!("{path}: {value} is neither integer nor string"));
    }
    let fits = match schema["type"].as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("boolean") => value.is_boolean(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("number") => value.is_number(),
        _ => true,
    };
    if !fits {
        errors.push(format!("{path}: {value} is no {}", schema["type"]));
    }
    if schema["format"] == "int32" && value.as_i64().is_some_and(|number| i32::try_from(number).is_err()) {
        errors.push(format!("{path}: {value} is no int32"));
    }
}

fn check_list(value: &Value, schema: &Value, path: &str, errors: &mut Vec<String>) {
    let Some(items) = value.as_array() else { return };
    let length = items.len() as u64;
    if schema["maxItems"].as_u64().is_some_and(|most| length > most)
        || schema["minItems"].as_u64().is_some_and(|least| length < least)
    {
        errors.push(format!("{path}: {length} items"));
    }
    for (index, item) in items.iter().enumerate() {
        check(item, &schema["items"], &format!("{path}[{index}]"), errors);
        let key = |item: &Value| -> Vec<Value> {
            let keys = schema["x-kubernetes-list-map-keys"].as_array().into_iter().flatten();
            keys.map(|key| item[key.as_str().unwrap()].clone()).collect()
        };
        if schema["x-kubernetes-list-type"] == "map" && items[..index].iter().any(|o| key(o) == key(item)) {
            errors.push(format!("{path}[{index}]: duplicate"));
        }
    }
}

fn check_object(value: &Value, schema: &Value, path: &str, errors: &mut Vec<String>) {
    let Some(fields) = value.as_object() else { return };
    for name in schema["required"].as_array().into_iter().flatten().map(|name| name.as_str().unwrap()) {
        if !fields.contains_key(name) {
            errors.push(format!("{path}.{name}: required"));
        }
    }
    if schema["maxProperties"].as_u64().is_some_and(|most| fields.len() as u64 > most) {
        errors.push(format!("{path}: {} properties", fields.len()));
    }
    for (name, field) in fields {
        let property = schema["properties"].get(name).or(schema.get("additionalProperties"));
        if let Some(property) = property {
            check(field, property, &format!("{path}.{name}"), errors);
        }
    }
}

/// A limit, which the schema writes as a number with a point.
#[allow(clippy::cast_possible_truncation, reason = "limits are small and whole")]
fn whole(limit: &Value) -> Option<i64> {
    limit.as_f64().map(|limit| limit as i64)
}
