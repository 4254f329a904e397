//! What the operator knows of the cluster without asking: one watch a kind, kept up to date by the API server.
//!
//! An idle operator sends no request but these open watches. Objects are trimmed when they come in (`cache/trim.rs`), and are
//! found by namespace, which is all that a server's view needs.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

use dittofs_core::effects::{Kind, ObjectRef, Seen, Uid};
use dittofs_core::{ClusterObject, ServerSpec, policy_matters, service_matters};
use k8s_openapi::api::apps::v1::StatefulSet;
use k8s_openapi::api::core::v1::{Pod, Service};
use k8s_openapi::api::networking::v1::NetworkPolicy;
use kube::runtime::watcher::Event;
use kube::{Resource, ResourceExt as _};

mod feed;
mod interested;
mod trim;

pub use feed::{Feeds, News, Scope};
pub use interested::{Interested, ServerKey};

/// Objects of one kind, by namespace and name.
#[derive(Debug)]
pub struct Table<K> {
    objects: HashMap<String, BTreeMap<String, Arc<K>>>,
    /// What a list that is still coming in has brought so far.
    coming: Option<HashMap<String, BTreeMap<String, Arc<K>>>>,
}

impl<K> Default for Table<K> {
    fn default() -> Self {
        Self { objects: HashMap::new(), coming: None }
    }
}

impl<K: Resource<DynamicType = ()> + PartialEq> Table<K> {
    /// Takes an event in, and says which objects are not as they were. A list replaces everything when it is complete.
    fn take(&mut self, event: Event<K>) -> Vec<Arc<K>> {
        match event {
            Event::Init => {
                self.coming = Some(HashMap::new());
                Vec::new()
            }
            Event::InitApply(object) => {
                insert(self.coming.get_or_insert_default(), object);
                Vec::new()
            }
            Event::InitDone => {
                let before = std::mem::replace(&mut self.objects, self.coming.take().unwrap_or_default());
                self.differences(before)
            }
            Event::Apply(object) => {
                // Trimmed, it may be what it was.
                let name = object.meta().name.as_deref().unwrap_or_default();
                let namespace = object.meta().namespace.as_deref().unwrap_or_default();
                if self.get(namespace, name).is_some_and(|known| **known == object) {
                    return Vec::new();
                }
                vec![insert(&mut self.objects, object)]
            }
            Event::Delete(object) => {
                let namespace = object.namespace().unwrap_or_default();
                let Some(objects) = self.objects.get_mut(&namespace) else { return Vec::new() };
                let removed = objects.remove(&object.name_any());
                if objects.is_empty() {
                    self.objects.remove(&namespace);
                }
                removed.into_iter().collect()
            }
        }
    }

    fn differences(&self, before: HashMap<String, BTreeMap<String, Arc<K>>>) -> Vec<Arc<K>> {
        let mut changed: Vec<Arc<K>> = Vec::new();
        for (namespace, objects) in &self.objects {
            let old = before.get(namespace);
            let is_new = |(name, object): &(&String, &Arc<K>)| {
                let old = old.and_then(|old| old.get(*name));
                old.is_none_or(|old| old != *object)
            };
            changed.extend(objects.iter().filter(is_new).map(|(_, object)| object.clone()));
        }
        for (namespace, objects) in before {
            let now = self.objects.get(&namespace);
            let is_gone = |(name, _): &(String, Arc<K>)| now.is_none_or(|now| !now.contains_key(name));
            changed.extend(objects.into_iter().filter(is_gone).map(|(_, object)| object));
        }
        changed
    }

    fn of(&self, namespace: &str) -> impl Iterator<Item = &Arc<K>> {
        self.objects.get(namespace).into_iter().flat_map(BTreeMap::values)
    }

    fn get(&self, namespace: &str, name: &str) -> Option<&Arc<K>> {
        self.objects.get(namespace)?.get(name)
    }
}

fn insert<K: Resource<DynamicType = ()>>(
    objects: &mut HashMap<String, BTreeMap<String, Arc<K>>>,
    object: K,
) -> Arc<K> {
    let object = Arc::new(object);
    let namespace = objects.entry(object.namespace().unwrap_or_default()).or_default();
    namespace.insert(object.name_any(), object.clone());
    object
}

/// All kinds that decide.
#[derive(Debug, Default)]
pub struct Cache {
    tables: RwLock<Tables>,
}

#[derive(Debug, Default)]
struct Tables {
    services: Table<Service>,
    policies: Table<NetworkPolicy>,
    stateful_sets: Table<StatefulSet>,
    pods: Table<Pod>,
}

impl Cache {
    /// All that concerns this server.
    pub fn objects(&self, server: &ServerSpec) -> Vec<ClusterObject> {
        let tables = self.tables.read().unwrap_or_else(PoisonError::into_inner);
        tables.objects(server).collect()
    }

    /// The identity of an object, as the cache has it, and whether it is being deleted.
    pub fn identity(&self, target: &ObjectRef) -> Option<(Seen, bool)> {
        let tables = self.tables.read().unwrap_or_else(PoisonError::into_inner);
        let (namespace, name) = (target.namespace.as_str(), target.name.as_str());
        match target.kind {
            Kind::Service => identity(tables.services.get(namespace, name)?),
            Kind::NetworkPolicy => identity(tables.policies.get(namespace, name)?),
            Kind::StatefulSet => identity(tables.stateful_sets.get(namespace, name)?),
        }
    }
}

impl Tables {
    /// What concerns this server.
    fn objects<'a>(&'a self, server: &'a ServerSpec) -> impl Iterator<Item = ClusterObject> + 'a {
        let namespace = server.namespace.as_str();
        let is_of = |pod: &&Arc<Pod>| pod.labels().get("instance") == Some(&server.name);
        let services = self.services.of(namespace).filter(|o| service_matters(o, server));
        let services = services.map(|o| ClusterObject::Service(Box::new(o.as_ref().clone())));
        let policies = self.policies.of(namespace).filter(|o| policy_matters(o, server));
        let policies = policies.map(|o| ClusterObject::NetworkPolicy(Box::new(o.as_ref().clone())));
        let set = self.stateful_sets.get(namespace, &server.name);
        let set = set.map(|o| ClusterObject::StatefulSet(Box::new(o.as_ref().clone())));
        let pods = self.pods.of(namespace).filter(is_of);
        let pods = pods.map(|o| ClusterObject::Pod(Box::new(o.as_ref().clone())));
        services.chain(policies).chain(set).chain(pods)
    }
}

fn identity<K: Resource<DynamicType = ()>>(object: &Arc<K>) -> Option<(Seen, bool)> {
    let uid = Uid::new(object.meta().uid.as_deref()?)?;
    let version = object.meta().resource_version.as_deref()?;
    let resource_version = dittofs_core::effects::ResourceVersion::new(version)?;
    Some((Seen { uid, resource_version }, object.meta().deletion_timestamp.is_some()))
}

#[cfg(test)]
mod tests {
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

    use super::*;

    fn service(name: &str, version: &str) -> Service {
        let metadata = ObjectMeta {
            name: Some(name.to_owned()),
            namespace: Some("files".to_owned()),
            uid: Some(format!("u-{name}")),
            resource_version: Some(version.to_owned()),
            ..ObjectMeta::default()
        };
        Service { metadata, ..Service::default() }
    }

    fn names(changed: &[Arc<Service>]) -> Vec<String> {
        changed.iter().map(|object| object.name_any()).collect()
    }

    #[test]
    fn a_list_replaces_everything_at_once_and_only_when_it_is_complete() {
        let mut table = Table::default();
        table.take(Event::Apply(service("kept", "1")));
        table.take(Event::Apply(service("changed", "1")));
        table.take(Event::Apply(service("gone", "1")));
        assert!(table.take(Event::Init).is_empty());
        assert!(table.take(Event::InitApply(service("kept", "1"))).is_empty());
        assert!(table.take(Event::InitApply(service("changed", "2"))).is_empty());
        assert!(table.get("files", "gone").is_some(), "half a list must not look like a deletion");
        let mut changed = names(&table.take(Event::InitDone));
        changed.sort();
        assert_eq!(changed, ["changed", "gone"]);
        assert!(table.get("files", "gone").is_none());
    }

    #[test]
    fn a_deletion_gives_the_object_that_was() {
        let mut table = Table::default();
        table.take(Event::Apply(service("a", "1")));
        assert_eq!(names(&table.take(Event::Delete(service("a", "2")))), ["a"]);
        assert!(table.objects.is_empty());
        assert!(table.take(Event::Delete(service("a", "2"))).is_empty());
    }
}
