//! What the operator knows of the cluster without asking: one watch a kind, kept up to date by the API server.
//!
//! An idle operator sends no request but these open watches. Objects are trimmed when they come in (`cache/trim.rs`), kept as
//! JSON (`cache/packed.rs`), and found by namespace, which is all that a server's view needs.

use std::collections::{BTreeMap, HashMap};
use std::marker::PhantomData;
use std::sync::{PoisonError, RwLock};

use dittofs_core::effects::{Kind, ObjectRef, Seen, Uid};
use dittofs_core::{Affiliation, ClusterObject, ServerSpec, pod_matters, policy_matters, service_matters};
use k8s_openapi::api::apps::v1::StatefulSet;
use k8s_openapi::api::core::v1::{Pod, Service};
use k8s_openapi::api::networking::v1::NetworkPolicy;
use kube::Resource;
use kube::runtime::watcher::Event;

mod by_value;
mod feed;
mod interested;
mod packed;
mod trim;

pub use feed::{Feeds, News, Scope};
pub use interested::{Interested, ServerKey};
use packed::{Pack, Packed};

/// Objects of one namespace, by name.
type Namespace = BTreeMap<Box<str>, Packed>;

/// Objects of one kind, by namespace and name.
#[derive(Debug)]
pub struct Table<K> {
    objects: HashMap<String, Namespace>,
    /// What a list that is still coming in has brought so far.
    coming: Option<HashMap<String, Namespace>>,
    kind: PhantomData<fn() -> K>,
}

impl<K> Default for Table<K> {
    fn default() -> Self {
        Self { objects: HashMap::new(), coming: None, kind: PhantomData }
    }
}

impl<K: Resource<DynamicType = ()> + Pack> Table<K> {
    /// Takes an event in, and says which objects are not as they were; one that belongs elsewhere now, as it was and as it
    /// is. A list replaces everything when it is complete.
    fn take(&mut self, event: Event<K>) -> Vec<K> {
        match event {
            Event::Init => {
                self.coming = Some(HashMap::new());
                Vec::new()
            }
            Event::InitApply(object) => {
                insert(self.coming.get_or_insert_default(), &object, Packed::new(&object));
                Vec::new()
            }
            Event::InitDone => {
                let before = std::mem::replace(&mut self.objects, self.coming.take().unwrap_or_default());
                self.differences(&before)
            }
            Event::Apply(object) => {
                // Trimmed, it may be what it was.
                let (namespace, name) = place(&object);
                let packed = Packed::new(&object);
                let known = self.packed(namespace, name);
                if known.is_some_and(|known| *known == packed) {
                    return Vec::new();
                }
                let before = known.and_then(|known| known.if_it_moved_to(&packed));
                insert(&mut self.objects, &object, packed);
                before.into_iter().chain([object]).collect()
            }
            Event::Delete(object) => {
                let (namespace, name) = place(&object);
                let Some(objects) = self.objects.get_mut(namespace) else { return Vec::new() };
                let removed = objects.remove(name);
                if objects.is_empty() {
                    self.objects.remove(namespace);
                }
                removed.iter().map(Packed::unpack).collect()
            }
        }
    }

    fn differences(&self, before: &HashMap<String, Namespace>) -> Vec<K> {
        let mut changed: Vec<K> = Vec::new();
        for (namespace, objects) in &self.objects {
            let old = before.get(namespace);
            for (name, object) in objects {
                let old = old.and_then(|old| old.get(name));
                if old != Some(object) {
                    changed.extend(old.and_then(|old| old.if_it_moved_to(object)));
                    changed.push(object.unpack());
                }
            }
        }
        for (namespace, objects) in before {
            let now = self.objects.get(namespace);
            let gone = objects.iter().filter(|(name, _)| now.is_none_or(|now| !now.contains_key(*name)));
            changed.extend(gone.map(|(_, object)| object.unpack()));
        }
        changed
    }

    /// Those of a namespace that this lets through.
    fn of<'a>(
        &'a self,
        namespace: &str,
        is_wanted: impl Fn(&str, &Affiliation) -> bool + 'a,
    ) -> impl Iterator<Item = K> + 'a {
        let objects = self.objects.get(namespace).into_iter().flatten();
        let wanted = objects.filter(move |(name, object)| is_wanted(name, &object.affiliation));
        wanted.map(|(_, object)| object.unpack())
    }

    fn get(&self, namespace: &str, name: &str) -> Option<K> {
        self.packed(namespace, name).map(Packed::unpack)
    }

    fn packed(&self, namespace: &str, name: &str) -> Option<&Packed> {
        self.objects.get(namespace)?.get(name)
    }
}

fn place<K: Resource>(object: &K) -> (&str, &str) {
    let metadata = object.meta();
    (metadata.namespace.as_deref().unwrap_or_default(), metadata.name.as_deref().unwrap_or_default())
}

fn insert<K: Resource>(objects: &mut HashMap<String, Namespace>, object: &K, packed: Packed) {
    let (namespace, name) = place(object);
    match objects.get_mut(namespace) {
        Some(objects) => drop(objects.insert(name.into(), packed)),
        None => {
            objects.insert(namespace.to_owned(), BTreeMap::from([(name.into(), packed)]));
        }
    }
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
            Kind::Service => identity(&tables.services.get(namespace, name)?),
            Kind::NetworkPolicy => identity(&tables.policies.get(namespace, name)?),
            Kind::StatefulSet => identity(&tables.stateful_sets.get(namespace, name)?),
            // Of the workload, which somebody else brings so far: nothing is written that is not watched.
            Kind::ConfigMap
            | Kind::Secret
            | Kind::PersistentVolumeClaim
            | Kind::Pod
            | Kind::ServiceMonitor => None,
        }
    }
}

impl Tables {
    /// What concerns this server.
    fn objects<'a>(&'a self, server: &'a ServerSpec) -> impl Iterator<Item = ClusterObject> + 'a {
        let namespace = server.namespace.as_str();
        let services = self.services.of(namespace, |name, service| service_matters(name, service, server));
        let services = services.map(|o| ClusterObject::Service(Box::new(o)));
        let policies = self.policies.of(namespace, |name, policy| policy_matters(name, policy, server));
        let policies = policies.map(|o| ClusterObject::NetworkPolicy(Box::new(o)));
        let set = self.stateful_sets.get(namespace, &server.name);
        let set = set.map(|o| ClusterObject::StatefulSet(Box::new(o)));
        let pods = self.pods.of(namespace, |_, pod| pod_matters(pod, server));
        let pods = pods.map(|o| ClusterObject::Pod(Box::new(o)));
        services.chain(policies).chain(set).chain(pods)
    }
}

fn identity<K: Resource<DynamicType = ()>>(object: &K) -> Option<(Seen, bool)> {
    let uid = Uid::new(object.meta().uid.as_deref()?)?;
    let version = object.meta().resource_version.as_deref()?;
    let resource_version = dittofs_core::effects::ResourceVersion::new(version)?;
    Some((Seen { uid, resource_version }, object.meta().deletion_timestamp.is_some()))
}

#[cfg(test)]
mod tests {
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};
    use kube::ResourceExt;

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

    fn names(changed: &[Service]) -> Vec<String> {
        changed.iter().map(ResourceExt::name_any).collect()
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
    fn an_object_of_another_owner_is_told_to_both() {
        let of = |owner: &str, version: &str| {
            let mut service = service("a", version);
            service.metadata.owner_references = Some(vec![OwnerReference {
                controller: Some(true),
                kind: "DittoServer".to_owned(),
                uid: owner.to_owned(),
                ..OwnerReference::default()
            }]);
            service
        };
        let owners = |changed: Vec<Service>| -> Vec<String> {
            changed.iter().map(|service| service.owner_references()[0].uid.clone()).collect()
        };
        let mut table = Table::default();
        assert_eq!(owners(table.take(Event::Apply(of("one", "1")))), ["one"]);
        assert_eq!(owners(table.take(Event::Apply(of("one", "2")))), ["one"]);
        assert_eq!(owners(table.take(Event::Apply(of("two", "3")))), ["one", "two"]);
        table.take(Event::Init);
        table.take(Event::InitApply(of("three", "4")));
        assert_eq!(owners(table.take(Event::InitDone)), ["two", "three"], "by a list too");
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
