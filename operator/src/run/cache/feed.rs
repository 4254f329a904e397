//! Keeps the tables up to date, and tells who is concerned.

use std::sync::{Arc, PoisonError};

use dittofs_core::effects::ObjectRef;
use futures::{Stream, StreamExt as _, pin_mut};
use k8s_openapi::api::apps::v1::StatefulSet;
use k8s_openapi::api::core::v1::{Pod, Service};
use k8s_openapi::api::networking::v1::NetworkPolicy;
use kube::core::NamespaceResourceScope;
use kube::runtime::{WatchStreamExt as _, watcher};
use kube::{Api, Client, Resource};
use tokio::task::JoinSet;

use super::by_value::{ByValue, bare};
use super::interested::{Concerns, Interested};
use super::packed::Pack;
use super::trim::Trim;
use super::{Cache, Table, Tables};
use crate::run::clock::Clock;
use crate::run::watching::{Watched, watch};

/// Which part of the cluster is looked after.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// One namespace, or all of them.
    pub namespace: Option<String>,
    /// A label selector of DittoServers: a shard.
    pub selector: Option<String>,
}

impl Scope {
    /// The API of a kind in this part.
    pub fn api<K>(&self, client: Client) -> Api<K>
    where
        K: Resource<DynamicType = (), Scope = NamespaceResourceScope>,
    {
        match &self.namespace {
            Some(namespace) => Api::namespaced(client, namespace),
            None => Api::all(client),
        }
    }
}

/// The tasks that feed a cache.
pub struct Feeds {
    tasks: JoinSet<()>,
    synced: Vec<tokio::sync::watch::Receiver<bool>>,
}

/// What a feed has to tell.
pub enum News {
    /// An object is not as it was, which concerns these.
    Changed(Option<ObjectRef>, Interested),
    /// A watch failed.
    Lost(Watched, watcher::Error),
    /// A list is complete.
    Complete(Watched),
}

/// A kind with its table.
trait Kept: Resource<DynamicType = (), Scope = NamespaceResourceScope> + Trim + Concerns + Pack {
    /// What its watch sees.
    const WATCHED: Watched;

    fn table(tables: &mut Tables) -> &mut Table<Self>
    where
        Self: Sized;
}

fn reference<K: Kept>(object: &K) -> Option<ObjectRef> {
    let name = |text: &Option<String>| text.clone().unwrap_or_default();
    let metadata = object.meta();
    Some(ObjectRef {
        kind: K::WATCHED.written()?,
        namespace: name(&metadata.namespace),
        name: name(&metadata.name),
    })
}

macro_rules! kept {
    ($($kind:ty => $table:ident, $watched:ident;)*) => { $(
        impl Kept for $kind {
            const WATCHED: Watched = Watched::$watched;

            fn table(tables: &mut Tables) -> &mut Table<Self> {
                &mut tables.$table
            }
        }
    )* };
}
kept! {
    Service => services, Services;
    NetworkPolicy => policies, NetworkPolicies;
    StatefulSet => stateful_sets, StatefulSets;
    Pod => pods, Pods;
}

impl Feeds {
    /// Starts one watch a kind. `tell` is called for every object that changed once its table is complete, after the
    /// table has the change; and when a watch fails, and sees again.
    pub fn start(
        cache: &Arc<Cache>,
        client: &Client,
        scope: &Scope,
        clock: &Clock,
        tell: impl Fn(News) + Clone + Send + Sync + 'static,
    ) -> Self {
        let mut feeds = Self { tasks: JoinSet::new(), synced: Vec::new() };
        let all = watcher::Config::default();
        let ours = all.clone().labels("app=dittofs-server");
        let dice = || clock.dice();
        feeds.feed(
            cache,
            watch::<ByValue<Service>>(scope.api(client.clone()), all.clone(), dice()),
            tell.clone(),
        );
        feeds.feed(
            cache,
            watch::<ByValue<NetworkPolicy>>(scope.api(client.clone()), all.clone(), dice()),
            tell.clone(),
        );
        feeds.feed(
            cache,
            watch::<ByValue<StatefulSet>>(scope.api(client.clone()), all, dice()),
            tell.clone(),
        );
        feeds.feed(cache, watch::<ByValue<Pod>>(scope.api(client.clone()), ours, dice()), tell);
        feeds
    }

    fn feed<K>(
        &mut self,
        cache: &Arc<Cache>,
        events: impl Stream<Item = watcher::Result<watcher::Event<ByValue<K>>>> + Send + 'static,
        tell: impl Fn(News) + Send + Sync + 'static,
    ) where
        K: Kept + Send + Sync + 'static,
    {
        let (synced, is_synced) = tokio::sync::watch::channel(false);
        self.synced.push(is_synced);
        let cache = cache.clone();
        self.tasks.spawn(async move {
            let events = events.map(|event| event.map(bare)).modify(Trim::trim);
            pin_mut!(events);
            while let Some(event) = events.next().await {
                let event = match event {
                    Ok(event) => event,
                    Err(error) => {
                        tell(News::Lost(K::WATCHED, error));
                        continue;
                    }
                };
                let is_complete = matches!(event, watcher::Event::InitDone);
                let changed = {
                    let mut tables = cache.tables.write().unwrap_or_else(PoisonError::into_inner);
                    K::table(&mut tables).take(event)
                };
                for object in changed {
                    tell(News::Changed(reference(&object), object.concerns()));
                }
                if is_complete {
                    tell(News::Complete(K::WATCHED));
                    synced.send_replace(true);
                }
            }
        });
    }

    /// Waits until every table is complete: before that, absence means nothing.
    pub async fn wait_until_complete(&mut self) {
        let Self { tasks, synced } = self;
        let complete = async {
            for synced in synced {
                if synced.wait_for(|is| *is).await.is_err() {
                    // It failed, which the other one says.
                    std::future::pending::<()>().await;
                }
            }
        };
        tokio::select! {
            () = complete => {}
            () = failure(tasks) => {}
        }
    }

    /// Panics as soon as a feed does: a table that nobody feeds looks like a cluster in which nothing happens.
    pub async fn failure(&mut self) {
        failure(&mut self.tasks).await;
    }
}

async fn failure(tasks: &mut JoinSet<()>) {
    while let Some(ended) = tasks.join_next().await {
        if let Err(error) = ended
            && let Ok(panic) = error.try_into_panic()
        {
            std::panic::resume_unwind(panic);
        }
    }
    std::future::pending::<()>().await;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failing() -> Feeds {
        let (synced, is_synced) = tokio::sync::watch::channel(false);
        let mut feeds = Feeds { tasks: JoinSet::new(), synced: vec![is_synced] };
        feeds.tasks.spawn(async move {
            let _synced = synced;
            panic!("a defect in a feed");
        });
        feeds
    }

    #[tokio::test]
    #[should_panic(expected = "a defect in a feed")]
    async fn a_table_that_nobody_feeds_is_not_complete() {
        failing().wait_until_complete().await;
    }

    #[tokio::test]
    #[should_panic(expected = "a defect in a feed")]
    async fn a_feed_that_panics_is_noticed() {
        failing().failure().await;
    }
}
