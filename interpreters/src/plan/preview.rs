//! What the effects would leave behind.

use std::collections::BTreeMap;

use dittofs_core::{ClusterView, MissingIdentity, Observation, ServerSpec, reachable};
use dittofs_effects::{Effect, Kind, Object, ObjectRef, Outcome, Plan, Uid};
use serde_json::Value;

use super::reachability::ReachableEntry;
use super::{EffectEntry, Explanation, FORMAT_VERSION, PlanDocument, ServerEntry, warnings};
use crate::memory::{ObjectKey, Unreadable, World};

/// Effects, played through on a copy of the world.
#[derive(Clone, Debug)]
pub struct Preview {
    /// The effects, each with its object before and after.
    pub effects: Vec<EffectEntry>,
    /// The world after all of them.
    pub world: World,
    /// What the world did not accept, and its answer.
    pub refused: Vec<(ObjectRef, Outcome)>,
}

/// Effects that do not fit the world they were decided for.
#[derive(Debug, thiserror::Error)]
pub enum PreviewError {
    /// An effect changes or deletes an object that is not there.
    #[error("finding {0}, which the plan changes")]
    Missing(ObjectRef),
    /// An update does not fit its object.
    #[error("applying the update of {target}")]
    Patch {
        /// The object.
        target: ObjectRef,
        /// What does not fit.
        source: json_patch::PatchError,
    },
    /// An object to create cannot be written down.
    #[error("writing down {target}")]
    Write {
        /// The object.
        target: ObjectRef,
        /// What serde says.
        source: serde_json::Error,
    },
    /// The world afterwards cannot be read.
    #[error("reading the cluster as the plan would leave it")]
    Unreadable(#[from] Unreadable),
    /// An object afterwards has no identity.
    #[error("finding the identity of an object as the plan would leave it")]
    Identity(#[from] MissingIdentity),
}

impl Preview {
    /// Plays the effects through, in order.
    ///
    /// What is shown of an object is what is written: the object seen with the difference laid over it, or the object
    /// that is posted. The world has the API server's defaults too.
    ///
    /// # Errors
    /// [`PreviewError`] when the effects were not decided for this world.
    pub fn new(world: &World, effects: &[Effect]) -> Result<Self, PreviewError> {
        let mut preview = Self { effects: Vec::new(), world: world.clone(), refused: Vec::new() };
        preview.world.begin_plan();
        let mut shown = Shown { world, written: BTreeMap::new() };
        for effect in effects {
            let Some(target) = effect.target() else { continue };
            let (before, after) = shown.step(&target, effect)?;
            preview.effects.extend(EffectEntry::new(effect, before, after));
            match preview.world.apply(effect) {
                Outcome::Written(_) | Outcome::Deleted | Outcome::Held => {}
                refused => preview.refused.push((target, refused)),
            }
        }
        Ok(preview)
    }
}

/// Objects as the plan shows them: as they were seen, until an effect writes them.
struct Shown<'a> {
    world: &'a World,
    written: BTreeMap<ObjectRef, Option<Value>>,
}

impl Shown<'_> {
    fn step(
        &mut self,
        target: &ObjectRef,
        effect: &Effect,
    ) -> Result<(Option<Value>, Option<Value>), PreviewError> {
        let before = match effect {
            Effect::Create(_) => None,
            Effect::Update(_) | Effect::Delete(_) | Effect::Hold(_) => {
                Some(self.object(target).ok_or_else(|| PreviewError::Missing(target.clone()))?)
            }
        };
        let after = match effect {
            Effect::Create(create) => Some(posted(target, &create.object)?),
            Effect::Update(update) => {
                let mut after = before.clone().unwrap_or_default();
                json_patch::patch(&mut after, &update.patch)
                    .map_err(|source| PreviewError::Patch { target: target.clone(), source })?;
                Some(after)
            }
            Effect::Delete(_) | Effect::Hold(_) => None,
        };
        self.written.insert(target.clone(), after.clone());
        Ok((before, after))
    }

    fn object(&self, target: &ObjectRef) -> Option<Value> {
        if let Some(written) = self.written.get(target) {
            return written.clone();
        }
        let mut object = self.world.get(&ObjectKey::from(target))?.clone();
        // Who last wrote which field is nobody's business here, and most dumps do not have it.
        if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.remove("managedFields");
        }
        if target.kind == Kind::Secret {
            hide_values(&mut object);
        }
        Some(object)
    }
}

/// What kubectl notes of a Secret has its values, too.
fn hide_values(secret: &mut Value) {
    for field in ["data", "stringData"] {
        for value in secret.get_mut(field).and_then(Value::as_object_mut).into_iter().flatten() {
            *value.1 = Value::from("(hidden)");
        }
    }
    if let Some(annotations) = secret.pointer_mut("/metadata/annotations").and_then(Value::as_object_mut) {
        annotations.remove("kubectl.kubernetes.io/last-applied-configuration");
    }
}

fn posted(target: &ObjectRef, object: &Object) -> Result<Value, PreviewError> {
    object.to_json().map_err(|source| PreviewError::Write { target: target.clone(), source })
}

impl PlanDocument {
    /// The plan of these effects, decided for this view of this world.
    ///
    /// # Errors
    /// [`PreviewError`] when the effects were not decided for this world.
    pub fn new(
        server: &ServerSpec,
        observation: &Observation,
        view: &ClusterView,
        world: &World,
        effects: Vec<Effect>,
    ) -> Result<Self, PreviewError> {
        let plan: Plan = effects.into_iter().collect();
        let preview = Preview::new(world, &plan.effects)?;
        let owner = ServerSpec { uid: owner_uid(server, &plan.effects), ..server.clone() };
        let after = ClusterView::from_objects(&owner, preview.world.objects()?, view.no_pod)?;
        let reachable = ReachableEntry {
            before: (&reachable(view, server)).into(),
            after: (&reachable(&after, &owner)).into(),
        };
        let explanation = Explanation {
            observed: warnings::observed(observation),
            notes: warnings::notes(server, observation, &plan.holds),
            warnings: warnings::warnings(server, &preview, &reachable),
        };
        Ok(Self {
            format_version: FORMAT_VERSION.to_owned(),
            server: ServerEntry { namespace: server.namespace.clone(), name: server.name.clone() },
            observation: observation.as_str().to_owned(),
            summary: plan.summary().into(),
            effects: preview.effects,
            holds: plan.holds.iter().map(Into::into).collect(),
            reachable,
            explanation,
        })
    }
}

/// The uid by which the server owns what it creates. A server without one owns nothing before the plan; after it, it
/// owns what the plan creates.
fn owner_uid(server: &ServerSpec, effects: &[Effect]) -> Option<Uid> {
    let created = effects.iter().find_map(|effect| {
        let Effect::Create(create) = effect else { return None };
        Uid::new(&create.object.controller()?)
    });
    server.uid.clone().or(created)
}
