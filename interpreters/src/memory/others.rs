//! What others do to the cluster: users, controllers, the API server itself.

use std::sync::Arc;

use dittofs_effects::Outcome;
use serde_json::Value;

use super::{ObjectKey, World};

impl World {
    /// Somebody else creates an object, with the defaults of the API.
    pub fn post(&mut self, object: Value) -> Outcome {
        self.create(object)
    }

    /// Somebody else changes an object, past every check; false if there is none or nothing changed.
    pub fn edit(&mut self, key: &ObjectKey, change: impl FnOnce(&mut Value)) -> bool {
        let Some(old) = self.objects.get(key).cloned() else { return false };
        let mut new = Value::clone(&old);
        change(&mut new);
        if new == *old {
            return false;
        }
        self.replace(key.clone(), &old, new);
        true
    }

    /// Somebody else writes an object without changing anything that matters, as a status writer does.
    pub fn touch(&mut self, key: &ObjectKey) -> bool {
        let Some(old) = self.objects.get(key).map(Arc::clone) else { return false };
        self.store(key.clone(), Value::clone(&old));
        true
    }

    /// Somebody else deletes an object; with finalizers it is only marked.
    pub fn delete_by_somebody(&mut self, key: &ObjectKey) -> bool {
        let Some(old) = self.objects.get(key).cloned() else { return false };
        self.remove(key, &old);
        true
    }

    /// The finalizers of an object that is being deleted are done with it.
    pub fn finish_deletion(&mut self, key: &ObjectKey) -> bool {
        self.edit(key, |object| {
            if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
                metadata.remove("finalizers");
            }
        })
    }
}
