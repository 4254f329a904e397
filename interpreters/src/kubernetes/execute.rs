//! One effect, one request; two where a guard reaches beyond the object written.

use std::collections::{BTreeMap, BTreeSet};

use dittofs_core::effects::{
    Create, Delete, Effect, Guard, Interpreter, ObjectRef, Outcome, Precondition, Seen, Update,
};
use json_patch::{Patch, PatchOperation, ReplaceOperation, jsonptr::PointerBuf};
use k8s_openapi::api::core::v1::Pod;
use kube::api::DynamicObject;
use kube::{Api, Client};
use serde_json::Value;

use super::api;
use super::in_time::in_time;
use super::outcome::outcome;

/// Carries effects out on an API server.
pub struct Kubernetes {
    client: Client,
    /// What earlier writes returned: the precondition of a later write to the same object.
    written: BTreeMap<ObjectRef, Seen>,
    /// Deletions that go by uid alone.
    by_uid: BTreeSet<ObjectRef>,
}

impl Kubernetes {
    /// For one list of effects: it remembers what it wrote.
    pub fn new(client: Client) -> Self {
        Self { client, written: BTreeMap::new(), by_uid: BTreeSet::new() }
    }

    /// Deletes these objects by uid alone: somebody writes their status all the time, and they were read and decided
    /// upon again since. Other versions are then accepted; other objects are not.
    #[must_use]
    pub fn deleting_by_uid(mut self, targets: BTreeSet<ObjectRef>) -> Self {
        self.by_uid = targets;
        self
    }

    async fn create(&mut self, create: &Create) -> Outcome {
        let target = create.object.reference();
        let object = create.object.to_request().map_err(|error| error.to_string());
        let object = object.and_then(|object| {
            serde_json::from_value::<DynamicObject>(object).map_err(|error| error.to_string())
        });
        let object = match object {
            Ok(object) => object,
            Err(error) => return Outcome::Invalid(error),
        };
        let answer = in_time(api::of(&self.client, &target).create(&api::post(), &object)).await;
        self.remember(target, answer)
    }

    async fn update(&mut self, update: &Update) -> Outcome {
        let seen = match &update.precondition {
            Precondition::Seen(seen) => seen,
            Precondition::AfterEarlierWrite => match self.written.get(&update.target) {
                Some(seen) => seen,
                // The earlier write failed: the object is not what this one builds on.
                None => return Outcome::Conflict,
            },
        };
        let patch = kube::api::Patch::Json::<()>(guarded(&update.patch, seen));
        for guard in &update.guards {
            if let Some(outcome) = self.violated(&update.target.namespace, guard).await {
                return outcome;
            }
        }
        let api = api::of(&self.client, &update.target);
        let answer = in_time(api.patch(&update.target.name, &api::patch(), &patch)).await;
        self.remember(update.target.clone(), answer)
    }

    async fn delete(&mut self, delete: &Delete) -> Outcome {
        let Seen { uid, resource_version } = &delete.precondition;
        let version = (!self.by_uid.contains(&delete.target)).then_some(resource_version);
        let api = api::of(&self.client, &delete.target);
        match in_time(api.delete(&delete.target.name, &api::delete(uid, version))).await {
            Ok(_) => Outcome::Deleted,
            Err(error) => outcome(&error),
        }
    }

    /// Reads the pod that an update relies on; nothing when it is as it was.
    async fn violated(&self, namespace: &str, guard: &Guard) -> Option<Outcome> {
        let pods: Api<Pod> = Api::namespaced(self.client.clone(), namespace);
        let metadata = match in_time(pods.get_metadata(&guard.name)).await {
            Ok(pod) => pod.metadata,
            Err(error) => {
                let outcome = outcome(&error);
                return Some(if outcome == Outcome::NotFound { Outcome::Conflict } else { outcome });
            }
        };
        let revision = metadata.labels.as_ref().and_then(|labels| labels.get("controller-revision-hash"));
        let is_same = metadata.uid.as_deref() == Some(guard.uid.as_str())
            && revision.map_or("", String::as_str) == guard.revision;
        (!is_same).then_some(Outcome::Conflict)
    }

    fn remember(&mut self, target: ObjectRef, answer: Result<DynamicObject, kube::Error>) -> Outcome {
        match answer {
            Ok(object) => match api::seen(&object) {
                Some(seen) => {
                    self.written.insert(target, seen.clone());
                    Outcome::Written(seen)
                }
                None => Outcome::Unavailable("the answer has no uid or resourceVersion".to_owned()),
            },
            Err(error) => outcome(&error),
        }
    }
}

impl Interpreter for Kubernetes {
    async fn interpret(&mut self, effect: &Effect) -> Outcome {
        match effect {
            Effect::Create(create) => self.create(create).await,
            Effect::Update(update) => self.update(update).await,
            Effect::Delete(delete) => self.delete(delete).await,
            Effect::Hold(_) => Outcome::Held,
        }
    }
}

/// The patch with the identity in front: a version or uid other than the one seen is a 409.
fn guarded(patch: &Patch, seen: &Seen) -> Patch {
    let identity = [("resourceVersion", seen.resource_version.as_str()), ("uid", seen.uid.as_str())];
    let guards = identity.into_iter().map(|(field, value)| {
        PatchOperation::Replace(ReplaceOperation {
            path: PointerBuf::from_tokens(["metadata", field]),
            value: Value::String(value.to_owned()),
        })
    });
    Patch(guards.chain(patch.0.iter().cloned()).collect())
}
