//! Desired fields laid over an observed object: the difference, or nothing.
//!
//! One file a kind. Each compares what is ours, field by field, and notes only what differs: a steady state makes no
//! operation and, but for a few short-lived strings, no allocation. What nobody asked us to own is not looked at, so it
//! survives. The operations are exactly what is sent (RFC 6902) and what a plan shows.

use std::collections::BTreeMap;

use dittofs_effects::Change;
use json_patch::jsonptr::{PointerBuf, Token};
use json_patch::{AddOperation, Patch, PatchOperation, RemoveOperation, ReplaceOperation};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

mod config_map;
mod container_ports;
mod laid;
mod metadata;
mod network_policy;
mod quantity;
mod service;
mod service_fields;
mod service_monitor;
mod service_ports;
mod template;

pub(crate) use config_map::config_map;
pub(crate) use container_ports::{WantedContainerPort, container_ports};
pub(crate) use laid::Book;
pub(crate) use network_policy::{
    OwnPort, WantedPolicy, adapter_policy_labels, baseline_labels, network_policy, policy_in_shape,
};
pub(crate) use quantity::is_larger;
pub(crate) use service::{WantedService, own_service, service, service_in_shape};
pub(crate) use service_monitor::service_monitor;
pub(crate) use service_ports::{WantedServicePort, own_port, present_target, service_ports_of};
pub(crate) use template::template;

/// Whether things may be taken away (`UpsertOnly` forbids it).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Removal {
    Allowed,
    Forbidden,
}

/// How a policy loses sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Narrows {
    /// And nothing is opened.
    Only,
    /// While something else is opened.
    AndOpens,
}

/// The difference between an object and what is wanted of it.
#[derive(Debug, Default)]
pub(crate) struct Difference {
    operations: Vec<PatchOperation>,
    /// What the operations do, for people.
    pub changes: Vec<Change>,
    /// What would be taken away, and may not be.
    pub withheld: Vec<String>,
    /// Fields that only another Service could have otherwise.
    pub replace: Vec<String>,
    /// Sources of a policy are lost.
    pub narrows: Option<Narrows>,
}

impl Difference {
    /// True when nothing is to be written.
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }

    /// The operations, and what they do.
    pub fn into_parts(self) -> (Patch, Vec<Change>) {
        (Patch(self.operations), self.changes)
    }

    /// The object as the write leaves it; `None` when nothing is written.
    pub fn applied_to<T: Serialize + DeserializeOwned>(&self, object: &T) -> Option<T> {
        if self.is_empty() {
            return None;
        }
        let mut json = serde_json::to_value(object).ok()?;
        json_patch::patch(&mut json, &self.operations).ok()?;
        serde_json::from_value(json).ok()
    }

    /// Sets a member of an object, or inserts into a list at an index; `-` appends.
    pub fn set(&mut self, path: &[&str], value: impl Into<Value>) {
        self.operations.push(PatchOperation::Add(AddOperation { path: pointer(path), value: value.into() }));
    }

    /// Sets a member, or an item of a list, that is there.
    pub fn replace(&mut self, path: &[&str], value: impl Into<Value>) {
        let (path, value) = (pointer(path), value.into());
        self.operations.push(PatchOperation::Replace(ReplaceOperation { path, value }));
    }

    /// Appends what another difference does: it was made against the object as this one leaves it, or touches nothing that
    /// this one moves.
    pub fn append(&mut self, other: Self) {
        let Self { operations, changes, withheld, replace, narrows } = other;
        self.operations.extend(operations);
        self.changes.extend(changes);
        self.withheld.extend(withheld);
        self.replace.extend(replace);
        self.narrows = self.narrows.or(narrows);
    }

    /// Removes a member that is there.
    fn remove(&mut self, path: &[&str]) {
        self.operations.push(PatchOperation::Remove(RemoveOperation { path: pointer(path) }));
    }

    /// Makes sure that an object is there to set members of: `exists` in what was observed, or made by an earlier
    /// operation.
    pub fn ensure_object(&mut self, path: &[&str], exists: bool) {
        let path = pointer(path);
        let made = |o: &PatchOperation| matches!(o, PatchOperation::Add(add) if add.path == path);
        if !exists && !self.operations.iter().any(made) {
            let value = Value::Object(serde_json::Map::new());
            self.operations.push(PatchOperation::Add(AddOperation { path, value }));
        }
    }

    /// Makes sure that a list is there to append to.
    fn ensure_list(&mut self, path: &[&str], exists: bool) {
        if !exists {
            self.set(path, Value::Array(Vec::new()));
        }
    }

    /// Sets entries of a map of strings, which may not exist yet.
    fn set_entries<'a>(
        &mut self,
        map: [&str; 2],
        observed: Option<&BTreeMap<String, String>>,
        wanted: impl Iterator<Item = (&'a str, &'a str)>,
        change: impl Fn(&str) -> Change,
    ) {
        for (key, value) in wanted {
            if observed.and_then(|m| m.get(key)).is_some_and(|v| v == value) {
                continue;
            }
            self.ensure_object(&map, observed.is_some());
            self.set(&[map[0], map[1], key], value);
            self.changes.push(change(key));
        }
    }
}

fn pointer(path: &[&str]) -> PointerBuf {
    PointerBuf::from_tokens(path.iter().map(|token| Token::new(*token)))
}

#[cfg(test)]
mod tests;
