//! The plan as a document: a versioned schema that scripts and saved plans rely on.

use dittofs_effects::{
    Create, Delete, Effect, Guard, Hold, Kind, ObjectRef, Precondition, Restart, Seen, Summary, Update,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::reachability::ReachableEntry;

/// The version of the schema: the first number changes when a reader has to.
pub const FORMAT_VERSION: &str = "1.0";

/// A plan, as it is written to a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlanDocument {
    /// [`FORMAT_VERSION`].
    pub format_version: String,
    /// Whose plan it is.
    pub server: ServerEntry,
    /// `reported`, `empty`, `unavailable` or `notPolled`.
    pub observation: String,
    /// How much is done and held.
    pub summary: SummaryEntry,
    /// In the order of execution.
    pub effects: Vec<EffectEntry>,
    /// What is left as it is.
    pub holds: Vec<HoldEntry>,
    /// Which ports are open, before and after.
    pub reachable: ReachableEntry,
    /// What people are told beside that; no part of the schema.
    #[serde(skip)]
    pub explanation: Explanation,
}

/// Sentences for people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Explanation {
    /// What was observed.
    pub observed: String,
    /// What has to be known to read the plan.
    pub notes: Vec<String>,
    /// What is easily overlooked and may hurt.
    pub warnings: Vec<String>,
}

/// Whose plan it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerEntry {
    /// The namespace of the DittoServer.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// How much is done and held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SummaryEntry {
    /// Objects to create.
    pub create: usize,
    /// Updates to make; one object may be updated twice.
    pub update: usize,
    /// Objects to delete.
    pub delete: usize,
    /// Holds.
    pub hold: usize,
}

impl From<Summary> for SummaryEntry {
    fn from(summary: Summary) -> Self {
        let Summary { create, update, delete, hold } = summary;
        Self { create, update, delete, hold }
    }
}

/// What an effect does to its object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Posts it.
    Create,
    /// Changes it.
    Update,
    /// Deletes it.
    Delete,
}

impl Action {
    /// The word of the schema.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }
}

/// One effect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EffectEntry {
    /// What is done.
    pub action: Action,
    /// The `apiVersion` of the object.
    pub api_version: String,
    /// Its kind.
    pub kind: String,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The adapter that it is about.
    pub adapter: Option<String>,
    /// Why, in one line.
    pub reason: String,
    /// The object as it was seen, or as an earlier effect leaves it; without managedFields.
    pub before: Option<Value>,
    /// The object as the effect leaves it, without what the API server fills in.
    pub after: Option<Value>,
    /// The identity that was seen; `null` for a creation and for a second write to one object.
    pub precondition: Option<PreconditionEntry>,
    /// Other objects that must still be as they were seen.
    pub guards: Vec<GuardEntry>,
    /// `now`, `atNextStart` or `never`: what a change of the StatefulSet, or the end of a pod, does to the pod.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restart: Option<String>,
    /// The reason in parts: what it is and what is changed. No part of the schema.
    #[serde(skip)]
    pub cause: String,
    /// What an update changes, one by one. No part of the schema.
    #[serde(skip)]
    pub changes: Vec<String>,
}

/// An identity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PreconditionEntry {
    /// Which object.
    pub uid: String,
    /// Which version of it.
    pub resource_version: String,
}

/// A pod that must still be as it was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuardEntry {
    /// `Pod`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its uid.
    pub uid: String,
    /// Its `controller-revision-hash`.
    pub revision: String,
}

/// Something that is held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldEntry {
    /// The adapter, or `null` for the whole server.
    pub adapter: Option<String>,
    /// The code.
    pub code: String,
    /// Why.
    pub reason: String,
}

impl EffectEntry {
    /// The entry of an effect, between two states of its object; `None` for a hold, which is no effect.
    pub(super) fn new(effect: &Effect, before: Option<Value>, after: Option<Value>) -> Option<Self> {
        let ObjectRef { kind, namespace, name } = effect.target()?;
        let reason = effect.reason()?;
        let (action, seen, guards) = match effect {
            Effect::Create(Create { .. }) => (Action::Create, None, &[][..]),
            Effect::Update(Update { precondition: Precondition::Seen(seen), guards, .. }) => {
                (Action::Update, Some(seen), &guards[..])
            }
            Effect::Update(Update { precondition: Precondition::AfterEarlierWrite, guards, .. }) => {
                (Action::Update, None, &guards[..])
            }
            Effect::Delete(Delete { precondition, .. }) => (Action::Delete, Some(precondition), &[][..]),
            Effect::Hold(_) => return None,
        };
        Some(Self {
            action,
            api_version: kind.api_version().to_owned(),
            kind: kind.as_str().to_owned(),
            namespace,
            name,
            adapter: effect.adapter().map(ToString::to_string),
            reason: reason.to_string(),
            before,
            after,
            precondition: seen.map(PreconditionEntry::from),
            guards: guards.iter().map(GuardEntry::from).collect(),
            restart: effect.restart().map(|restart| word(restart).to_owned()),
            cause: reason.cause.to_string(),
            changes: reason.changes.iter().map(ToString::to_string).collect(),
        })
    }

    /// `Service x`: the object as people call it.
    pub fn object(&self) -> String {
        format!("{} {}", self.kind, self.name)
    }

    pub(super) fn is(&self, kind: Kind) -> bool {
        self.kind == kind.as_str()
    }
}

const fn word(restart: Restart) -> &'static str {
    match restart {
        Restart::Now => "now",
        Restart::AtNextStart => "atNextStart",
        Restart::Never => "never",
    }
}

impl From<&Seen> for PreconditionEntry {
    fn from(seen: &Seen) -> Self {
        Self { uid: seen.uid.to_string(), resource_version: seen.resource_version.to_string() }
    }
}

impl From<&Guard> for GuardEntry {
    fn from(guard: &Guard) -> Self {
        Self {
            kind: "Pod".to_owned(),
            name: guard.name.clone(),
            uid: guard.uid.to_string(),
            revision: guard.revision.clone(),
        }
    }
}

impl From<&Hold> for HoldEntry {
    fn from(hold: &Hold) -> Self {
        Self {
            adapter: hold.adapter.as_ref().map(ToString::to_string),
            code: hold.code.to_string(),
            reason: hold.reason.clone(),
        }
    }
}
