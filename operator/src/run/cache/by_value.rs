//! Objects as the API server sends them, read by way of a JSON value.
//!
//! A deserializer brings the code that reads a kind once more, which is large for pods and their templates. What is kept
//! is read from a value anyway.

use std::borrow::Cow;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::Resource;
use kube::runtime::watcher::Event;
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// An object of this kind.
#[derive(Clone, Debug)]
pub struct ByValue<K>(pub K);

impl<'de, K: DeserializeOwned> Deserialize<'de> for ByValue<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        serde_json::from_value(Value::deserialize(deserializer)?).map(Self).map_err(D::Error::custom)
    }
}

impl<K: Resource> Resource for ByValue<K> {
    type DynamicType = K::DynamicType;
    type Scope = K::Scope;

    fn kind(of: &Self::DynamicType) -> Cow<'_, str> {
        K::kind(of)
    }

    fn group(of: &Self::DynamicType) -> Cow<'_, str> {
        K::group(of)
    }

    fn version(of: &Self::DynamicType) -> Cow<'_, str> {
        K::version(of)
    }

    fn plural(of: &Self::DynamicType) -> Cow<'_, str> {
        K::plural(of)
    }

    fn meta(&self) -> &ObjectMeta {
        self.0.meta()
    }

    fn meta_mut(&mut self) -> &mut ObjectMeta {
        self.0.meta_mut()
    }
}

/// The event of the object itself.
pub fn bare<K>(event: Event<ByValue<K>>) -> Event<K> {
    match event {
        Event::Delete(object) => Event::Delete(object.0),
        Event::Apply(object) => Event::Apply(object.0),
        Event::Init => Event::Init,
        Event::InitApply(object) => Event::InitApply(object.0),
        Event::InitDone => Event::InitDone,
    }
}
