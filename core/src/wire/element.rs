//! One element of the list, read without losing that a field is there twice.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// An element as it came.
pub(super) enum Element {
    /// An object: the four fields that decide.
    Object(Box<Fields>),
    /// Anything else.
    Other(Value),
}

/// The fields that decide.
#[derive(Default)]
pub(super) struct Fields {
    pub adapter_type: Field,
    pub enabled: Field,
    pub running: Field,
    pub port: Field,
}

/// How often a field is there. JSON leaves open what a repeated one means, so it means nothing here.
#[derive(Default)]
pub(super) enum Field {
    #[default]
    Missing,
    Once(Value),
    Repeated,
}

impl Field {
    fn add(&mut self, value: Value) {
        *self = match self {
            Self::Missing => Self::Once(value),
            Self::Once(_) | Self::Repeated => Self::Repeated,
        };
    }
}

impl<'de> Deserialize<'de> for Element {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ElementVisitor)
    }
}

struct ElementVisitor;

impl<'de> Visitor<'de> for ElementVisitor {
    type Value = Element;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an element of a list")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Element, A::Error> {
        let mut fields = Fields::default();
        while let Some(key) = map.next_key::<String>()? {
            let field = match key.as_str() {
                "type" => &mut fields.adapter_type,
                "enabled" => &mut fields.enabled,
                "running" => &mut fields.running,
                "port" => &mut fields.port,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            field.add(map.next_value()?);
        }
        Ok(Element::Object(Box::new(fields)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Element, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Element::Other(Value::Array(Vec::new())))
    }

    fn visit_unit<E>(self) -> Result<Element, E> {
        Ok(Element::Other(Value::Null))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Element, E> {
        Ok(Element::Other(Value::Bool(value)))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Element, E> {
        Ok(Element::Other(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Element, E> {
        Ok(Element::Other(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Element, E> {
        Ok(Element::Other(value.into()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Element, E> {
        Ok(Element::Other(Value::String(value.to_owned())))
    }
}
