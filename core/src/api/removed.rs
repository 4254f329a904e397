//! Fields of a raw resource against the schema: those it does not have, and those it must have.
//!
//! The API server drops unknown fields without a word unless the client asks it not to. A resource that carries a
//! field of an older operator would lose it silently, so it is named, and the resource is used all the same.

use std::sync::LazyLock;

use serde_json::Value;

use super::validate::render;
use super::{PathSegment, Violation};

/// The schema takes a while to generate and never changes.
static SCHEMA: LazyLock<Value> = LazyLock::new(super::crd::schema);

/// Fields that there once were, or that documentation of older operators names.
const REMOVED: [&str; 4] = ["spec.nfsPort", "spec.nfs", "spec.smb", "spec.cache"];

/// A field that the schema does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {message}", render(.path))]
pub struct UnknownField {
    /// Where it stands.
    pub path: Vec<PathSegment>,
    /// What has become of it, or that there is none.
    pub message: &'static str,
}

/// All fields of a raw DittoServer that the schema does not have. Within an unknown field there are no others.
pub fn unknown_fields(raw: &Value) -> Vec<UnknownField> {
    let mut found = Vec::new();
    walk(raw, &SCHEMA, &mut Vec::new(), &mut |path, step| {
        if let Step::Unknown = step {
            let removed = REMOVED.contains(&render(path).as_str());
            let message = if removed {
                "removed: adapters are managed through DittoFS, not the resource"
            } else {
                "unknown field, which has no effect"
            };
            found.push(UnknownField { path: path.to_vec(), message });
        }
    });
    found
}

/// All required fields that a raw DittoServer lacks. Only the raw resource tells an absent one from an empty one.
pub fn missing_fields(raw: &Value) -> Vec<Violation> {
    let mut found = Vec::new();
    walk(raw, &SCHEMA, &mut Vec::new(), &mut |path, step| {
        if let Step::Missing = step {
            let message = "is required".to_owned();
            found.push(Violation { path: path.to_vec(), value: String::new(), message });
        }
    });
    found
}

/// What is odd about the field at a path.
enum Step {
    Unknown,
    Missing,
}

fn walk(
    value: &Value,
    schema: &Value,
    path: &mut Vec<PathSegment>,
    report: &mut dyn FnMut(&[PathSegment], Step),
) {
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                path.push(PathSegment::Index(index));
                walk(item, &schema["items"], path, report);
                path.pop();
            }
        }
        Value::Object(fields) => {
            for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                if !fields.contains_key(name) {
                    path.push(PathSegment::Key(name.to_owned()));
                    report(path, Step::Missing);
                    path.pop();
                }
            }
            for (name, field) in fields {
                path.push(PathSegment::Key(name.clone()));
                match (schema["properties"].get(name), schema.get("additionalProperties")) {
                    (Some(property), _) | (None, Some(property)) => walk(field, property, path, report),
                    // An object whose fields are not listed, such as `metadata`, may have any.
                    (None, None) if schema["properties"].is_object() => report(path, Step::Unknown),
                    (None, None) => {}
                }
                path.pop();
            }
        }
        _ => {}
    }
}
