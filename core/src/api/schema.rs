//! Schemas of fields whose types are not ours, or say less than the schema has to.
//!
//! Those that `k8s-openapi` generates lack defaults and merge strategies, on which clients of v0.29 rely. Used as
//! `#[schemars(with = "Option<…>")]`.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::rules;

macro_rules! schemas {
    ($($(#[$doc:meta])* $name:ident => $schema:expr;)*) => { $(
        $(#[$doc])*
        pub(super) enum $name {}

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                $schema
            }
        }
    )* };
}

schemas! {
    /// A key of a Secret, as controller-gen writes it: `name` may be empty, `key` must be there.
    SecretKey => json_schema!({
        "type": "object",
        "required": ["key"],
        "x-kubernetes-map-type": "atomic",
        "properties": {
            "name": { "type": "string", "default": "", "description": "Name of the Secret." },
            "key": { "type": "string", "description": "Key within the Secret." },
            "optional": { "type": "boolean", "description": "Accepted, and without effect." },
        },
    });

    /// A Secret by its name alone.
    SecretName => json_schema!({
        "type": "object",
        "x-kubernetes-map-type": "atomic",
        "properties": {
            "name": { "type": "string", "default": "", "description": "Name of the Secret." },
        },
    });

    /// Annotations of an override. The rules walk all keys, so their number is bounded.
    Annotations => json_schema!({
        "type": "object",
        "maxProperties": 64,
        "additionalProperties": { "type": "string" },
        "x-kubernetes-validations": rules::json(rules::ANNOTATIONS),
    });

    /// A map of texts. The rules walk all keys, so their number is bounded.
    Texts => json_schema!({
        "type": "object",
        "maxProperties": 64,
        "additionalProperties": { "type": "string" },
    });
}
