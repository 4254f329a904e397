//! Schemas of core types that stand in the middle of ours.
//!
//! Those that `k8s-openapi` generates lack defaults and merge strategies, which clients of v0.29 rely on.

use schemars::{Schema, SchemaGenerator, json_schema};

use super::rules;

/// A key of a Secret, as controller-gen writes it: `name` may be empty, `key` must be there.
pub(super) fn secret_key_selector(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "required": ["key"],
        "x-kubernetes-map-type": "atomic",
        "properties": {
            "name": { "type": "string", "default": "", "description": "Name of the Secret." },
            "key": { "type": "string", "description": "Key within the Secret." },
            "optional": { "type": "boolean", "description": "Not used." },
        },
    })
}

/// A Secret by its name alone.
pub(super) fn local_object_reference(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "x-kubernetes-map-type": "atomic",
        "properties": {
            "name": { "type": "string", "default": "", "description": "Name of the Secret." },
        },
    })
}

/// Annotations of an override. The rules walk all keys, so their number is bounded.
pub(super) fn override_annotations(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "maxProperties": 64,
        "additionalProperties": { "type": "string" },
        "x-kubernetes-validations": rules::json(rules::ANNOTATIONS),
    })
}
