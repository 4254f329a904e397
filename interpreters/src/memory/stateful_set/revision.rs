//! Revisions: which template a pod was made from.

use std::collections::BTreeMap;

use dittofs_effects::Kind;
use serde_json::Value;

use super::super::key::{ObjectKey, text};

/// The label of a pod with its revision.
const REVISION: &str = "controller-revision-hash";

/// What each StatefulSet remembers.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::memory) struct Revisions(BTreeMap<ObjectKey, History>);

#[derive(Clone, Debug, Default, PartialEq)]
struct History {
    /// Every template so far, by the name of its revision.
    templates: BTreeMap<String, Value>,
    replacements: u64,
}

impl Revisions {
    /// Takes over the name that another controller gave to the template, if its status says that it saw it.
    pub(in crate::memory) fn adopt(&mut self, key: &ObjectKey, set: &Value) {
        let observed = set.pointer("/status/observedGeneration");
        if !key.is(Kind::StatefulSet) || observed.is_none() || observed != set.pointer("/metadata/generation")
        {
            return;
        }
        if let (Some(name), Some(template)) =
            (text(set, "/status/updateRevision"), set.pointer("/spec/template"))
        {
            let history = self.0.entry(key.clone()).or_default();
            history.templates.insert(name.to_owned(), template.clone());
        }
    }

    /// The name of the revision of the set's template; a template that was there before gets its old name.
    pub(super) fn of_template(&mut self, key: &ObjectKey, set: &Value) -> String {
        let template = set.pointer("/spec/template").unwrap_or(&Value::Null);
        let history = self.0.entry(key.clone()).or_default();
        if let Some((name, _)) = history.templates.iter().find(|(_, known)| *known == template) {
            return name.clone();
        }
        let name = format!("{}-{:010x}", key.name, hash(template));
        history.templates.insert(name.clone(), template.clone());
        name
    }

    /// The template of a revision.
    pub(super) fn template(&self, key: &ObjectKey, revision: &str) -> Option<&Value> {
        self.0.get(key)?.templates.get(revision)
    }

    pub(super) fn count_replacement(&mut self, key: &ObjectKey) {
        self.0.entry(key.clone()).or_default().replacements += 1;
    }

    pub(super) fn replacements(&self, key: &ObjectKey) -> u64 {
        self.0.get(key).map_or(0, |history| history.replacements)
    }
}

/// The revision that a pod was made from.
pub(in crate::memory) fn revision_of(pod: &Value) -> Option<&str> {
    pod.pointer("/metadata/labels")?.get(REVISION)?.as_str()
}

/// FNV-1a, as in Kubernetes; the order of lists counts, that of keys does not.
fn hash(template: &Value) -> u64 {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    template.to_string().bytes().fold(0xcbf2_9ce4_8422_2325, step) & 0xff_ffff_ffff
}
