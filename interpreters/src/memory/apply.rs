//! Effects, carried out as the API server does.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dittofs_effects::{Delete, Effect, Guard, Kind, ObjectRef, Outcome, Precondition, Seen, Update};
use serde_json::{Value, json};

use super::fault::Fault;
use super::key::{self, ObjectKey};
use super::service::{self, Refused};
use super::{World, network_policy, stateful_set};

/// Every object is made, and deleted, at this time: there is no clock here.
pub(super) const ALWAYS: &str = "2026-01-01T00:00:00Z";

impl World {
    /// Carries out one effect and says what the API server answers. Nothing changes unless it says so, or the answer
    /// was scheduled to be lost.
    pub fn apply(&mut self, effect: &Effect) -> Outcome {
        let Some(target) = effect.target() else { return Outcome::Held };
        match self.faults.next_call() {
            None => {
                let outcome = self.execute(effect);
                if let Outcome::Written(seen) = &outcome {
                    self.written.insert(target, seen.clone());
                }
                outcome
            }
            Some(fault) => {
                if fault == Fault::AnswerLost {
                    self.execute(effect);
                }
                fault.outcome()
            }
        }
    }

    fn execute(&mut self, effect: &Effect) -> Outcome {
        match effect {
            // Values of Secrets stay hidden: nothing here reads them.
            Effect::Create(create) => match create.object.to_json() {
                Ok(object) => self.create(object),
                Err(error) => Outcome::Invalid(error.to_string()),
            },
            Effect::Update(update) => self.update(update),
            Effect::Delete(delete) => self.delete(delete),
            Effect::Hold(_) => Outcome::Held,
        }
    }

    pub(super) fn create(&mut self, mut object: Value) -> Outcome {
        let key = match ObjectKey::of(&object) {
            Ok(key) => key,
            Err(error) => return Outcome::Invalid(error.to_string()),
        };
        if self.objects.contains_key(&key) {
            return Outcome::AlreadyExists;
        }
        if key.is(Kind::Secret) {
            texts_to_data(&mut object);
        }
        if let Err(refused) = self.admit(&key, &mut object, None) {
            return refused.into();
        }
        let uid = self.next_uid();
        key::set_metadata(&mut object, "uid", json!(uid));
        key::set_metadata(&mut object, "creationTimestamp", json!(ALWAYS));
        if has_generation(&key) {
            key::set_metadata(&mut object, "generation", json!(1));
        }
        self.store(key, object)
    }

    fn update(&mut self, update: &Update) -> Outcome {
        let key = ObjectKey::from(&update.target);
        let Some(old) = self.objects.get(&key).cloned() else { return Outcome::NotFound };
        if !self.is_as_expected(&update.target, &old, &update.precondition)
            || !update.guards.iter().all(|guard| self.still_holds(&update.target, guard))
        {
            return Outcome::Conflict;
        }
        let mut new = Value::clone(&old);
        if let Err(error) = json_patch::patch(&mut new, &update.patch) {
            return Outcome::Invalid(error.to_string());
        }
        if ObjectKey::of(&new).as_ref() != Ok(&key) || key::uid(&new) != key::uid(&old) {
            return Outcome::Invalid("metadata: the identity of an object is immutable".to_owned());
        }
        if let Err(refused) = self.admit(&key, &mut new, Some(&old)) {
            return refused.into();
        }
        self.replace(key, &old, new)
    }

    fn delete(&mut self, delete: &Delete) -> Outcome {
        let key = ObjectKey::from(&delete.target);
        let Some(old) = self.objects.get(&key).cloned() else { return Outcome::NotFound };
        if key::seen(&old).as_ref() != Some(&delete.precondition) {
            return Outcome::Conflict;
        }
        self.remove(&key, &old);
        Outcome::Deleted
    }

    /// Deletes an object, or marks it as being deleted while it has finalizers.
    pub(super) fn remove(&mut self, key: &ObjectKey, old: &Value) {
        if key::is_terminating(old) {
            return;
        }
        if !has_finalizers(old) {
            self.objects.remove(key);
            return;
        }
        let mut new = old.clone();
        key::set_metadata(&mut new, "deletionTimestamp", json!(ALWAYS));
        key::set_metadata(&mut new, "deletionGracePeriodSeconds", json!(0));
        self.store(key.clone(), new);
    }

    /// Writes a changed object: a new version, a new generation if its spec differs; nothing if nothing does. An
    /// object that is being deleted and loses its last finalizer is gone.
    pub(super) fn replace(&mut self, key: ObjectKey, old: &Value, mut new: Value) -> Outcome {
        if new == *old {
            return key::seen(old).map_or(Outcome::Conflict, Outcome::Written);
        }
        if key::is_terminating(old) && has_finalizers(old) && !has_finalizers(&new) {
            self.objects.remove(&key);
            return key::seen(old).map_or(Outcome::Deleted, Outcome::Written);
        }
        if has_generation(&key) && new.get("spec") != old.get("spec") {
            let generation = old.pointer("/metadata/generation").and_then(Value::as_i64).unwrap_or(0);
            key::set_metadata(&mut new, "generation", json!(generation + 1));
        }
        self.store(key, new)
    }

    /// Stores an object under a new version.
    pub(super) fn store(&mut self, key: ObjectKey, mut object: Value) -> Outcome {
        let version = self.next_version();
        key::set_metadata(&mut object, "resourceVersion", json!(version));
        let seen = key::seen(&object);
        self.objects.insert(key, Arc::new(object));
        seen.map_or_else(|| Outcome::Invalid("metadata.uid: required".to_owned()), Outcome::Written)
    }

    /// Defaults, allocations and refusals of the API server.
    fn admit(&mut self, key: &ObjectKey, new: &mut Value, old: Option<&Value>) -> Result<(), Refused> {
        if key.is(Kind::Service) {
            let mut pool = self.pool_for(key);
            service::admit(new, old, &mut pool)?;
            self.given += pool.addresses_given();
        } else if key.is(Kind::NetworkPolicy) {
            network_policy::fill_in(new);
        } else if key.is(Kind::StatefulSet) {
            stateful_set::fill_in(new);
        }
        Ok(())
    }

    fn is_as_expected(&self, target: &ObjectRef, object: &Value, precondition: &Precondition) -> bool {
        let expected: Option<&Seen> = match precondition {
            Precondition::Seen(seen) => Some(seen),
            Precondition::AfterEarlierWrite => self.written.get(target),
        };
        expected.is_some() && key::seen(object).as_ref() == expected
    }

    fn still_holds(&self, target: &ObjectRef, guard: &Guard) -> bool {
        let pod = self.get(&ObjectKey::new("Pod", &target.namespace, &guard.name));
        pod.is_some_and(|pod| {
            key::uid(pod) == Some(guard.uid.as_str())
                && stateful_set::revision_of(pod).unwrap_or_default() == guard.revision
        })
    }
}

/// What a Secret is given as text it has as data.
fn texts_to_data(secret: &mut Value) {
    let texts = secret.as_object_mut().and_then(|secret| secret.remove("stringData"));
    for (key, text) in texts.as_ref().and_then(Value::as_object).into_iter().flatten() {
        let text = text.as_str().unwrap_or_default();
        secret["data"][key] = json!(STANDARD.encode(text));
    }
}

/// Kinds without a spec that controllers follow have none in the API.
fn has_generation(key: &ObjectKey) -> bool {
    ![Kind::Service, Kind::ConfigMap, Kind::Secret, Kind::PersistentVolumeClaim]
        .into_iter()
        .any(|kind| key.is(kind))
}

fn has_finalizers(object: &Value) -> bool {
    object.pointer("/metadata/finalizers").and_then(Value::as_array).is_some_and(|f| !f.is_empty())
}

impl From<Refused> for Outcome {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Invalid(why) => Self::Invalid(why),
            Refused::NodePortsExhausted => Self::NodePortsExhausted,
        }
    }
}
