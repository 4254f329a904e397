//! The DittoServers that are looked after, and what is remembered of each between two reconciles.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use dittofs_core::backoff::Backoff;
use dittofs_core::effects::{Kind, ObjectRef, ResourceVersion};

use super::cache::ServerKey;
use super::cooling::Cooling;
use super::link::Link;
use super::pending::Pending;
use super::refusals::Refusals;

/// What is remembered of one DittoServer. All of it can be lost: the cluster and DittoFS tell it again.
#[derive(Debug)]
pub struct Memory {
    /// Which one: another one of the same name begins anew.
    pub uid: String,
    /// The link to its DittoFS server.
    pub link: Link,
    /// Writes that the caches have not shown yet.
    pub pending: Pending,
    /// What past writes were answered.
    pub refusals: Refusals,
    /// Names that were seen to be somebody else's.
    pub taken: BTreeSet<(Kind, String)>,
    /// Failed writes.
    pub cooling: Cooling,
    /// How often in a row a deletion lost against a writer of the object.
    pub lost_deletions: BTreeMap<ObjectRef, u32>,
    /// The version of the DittoServer that our last write of its status made, and when.
    pub status_written: Option<(ResourceVersion, Duration)>,
    /// Refused writes of the status.
    pub status: Backoff<&'static str>,
    /// Refused writes of the finalizer, and when the next may be tried.
    pub finalizer: (Backoff<&'static str>, Duration),
    /// Since when the StatefulSet has been seen gone.
    pub gone_since: Option<Duration>,
    /// What of the resource was warned of.
    pub warned: Vec<String>,
}

/// By namespace and name.
#[derive(Debug, Default)]
pub struct Servers(Mutex<HashMap<String, Namespace>>);

type Namespace = HashMap<String, Arc<Mutex<Memory>>>;

impl Servers {
    /// The memory of this DittoServer, or a new one where there is none or one of another object.
    pub fn get_or_start(
        &self,
        key: &ServerKey,
        uid: &str,
        start: impl FnOnce() -> Memory,
    ) -> Arc<Mutex<Memory>> {
        let mut servers = self.servers();
        let namespace = servers.entry(key.namespace.clone()).or_default();
        let goes_on = |memory: &&Arc<Mutex<Memory>>| {
            let memory = locked(memory);
            memory.uid == uid && !memory.link.has_failed()
        };
        if let Some(memory) = namespace.get(&key.name).filter(goes_on) {
            return memory.clone();
        }
        let memory = Arc::new(Mutex::new(start()));
        namespace.insert(key.name.clone(), memory.clone());
        memory
    }

    /// What is remembered, if anything is.
    pub fn get(&self, key: &ServerKey) -> Option<Arc<Mutex<Memory>>> {
        self.servers().get(&key.namespace)?.get(&key.name).cloned()
    }

    /// Forgets a DittoServer, and ends its link.
    pub fn remove(&self, key: &ServerKey) {
        let mut servers = self.servers();
        if let Some(namespace) = servers.get_mut(&key.namespace) {
            namespace.remove(&key.name);
        }
    }

    /// Forgets those that are no longer there.
    pub fn retain(&self, is_there: impl Fn(&ServerKey) -> bool) {
        self.servers().retain(|namespace, servers| {
            servers
                .retain(|name, _| is_there(&ServerKey { namespace: namespace.clone(), name: name.clone() }));
            !servers.is_empty()
        });
    }

    /// All of them.
    pub fn all(&self) -> Vec<ServerKey> {
        let servers = self.servers();
        let key = |namespace: &String, name: &String| ServerKey {
            namespace: namespace.clone(),
            name: name.clone(),
        };
        servers
            .iter()
            .flat_map(|(namespace, names)| names.keys().map(move |name| key(namespace, name)))
            .collect()
    }

    /// Those of a namespace.
    pub fn in_namespace(&self, namespace: &str) -> Vec<ServerKey> {
        let servers = self.servers();
        let names = servers.get(namespace).into_iter().flat_map(HashMap::keys);
        names.map(|name| ServerKey { namespace: namespace.to_owned(), name: name.clone() }).collect()
    }

    /// An object was seen to change: refusals of its name count no more. Gives those whom its name stood in the way of.
    pub fn forget_refusals(&self, target: &ObjectRef) -> Vec<ServerKey> {
        let servers = self.servers();
        let mut hindered = Vec::new();
        for (name, memory) in servers.get(&target.namespace).into_iter().flatten() {
            let mut memory = locked(memory);
            let was_refused = memory.refusals.forget(target.kind, &target.name);
            if was_refused || memory.taken.contains(&(target.kind, target.name.clone())) {
                hindered.push(ServerKey { namespace: target.namespace.clone(), name: name.clone() });
            }
        }
        hindered
    }

    fn servers(&self) -> MutexGuard<'_, HashMap<String, Namespace>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Never held while something is awaited.
pub fn locked(memory: &Mutex<Memory>) -> MutexGuard<'_, Memory> {
    memory.lock().unwrap_or_else(PoisonError::into_inner)
}
