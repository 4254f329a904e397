//! `run`: the operator itself, around `core`.
//!
//! ```text
//! DittoFS ◀──▶ link (one task a server) ──facts──┐
//!                                                ▼
//! API server ──watches──▶ cache ──view──▶ reconcile ──▶ decide ──▶ effects, status, events ──▶ API server
//! ```
//!
//! kube's `Controller` calls `reconcile` for one DittoServer at a time, when its resource, an object that concerns it,
//! or its facts change, or when something is due. A reconcile asks nobody: it takes what the watches and the link know.
//! So an idle cycle costs one `GET` to DittoFS, and nothing at the API server.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use dittofs_core::effects::ObjectRef;
use dittofs_interpreters::dittofs::{Address, Connect};
use dittofs_interpreters::kubernetes::Announcer;
use futures::channel::mpsc;
use futures::{FutureExt as _, StreamExt as _};
use kube::Client;
use kube::runtime::controller;
use kube::runtime::reflector::{self, ObjectRef as ServerRef};
use kube::runtime::{Controller, WatchStreamExt as _, watcher};
use tokio::task::JoinSet;

pub mod cache;
pub mod clock;
mod compact;
mod cooling;
mod credentials;
mod gate;
pub mod health;
pub mod link;
pub mod password;
mod pending;
mod reconcile;
mod refusals;
mod servers;
mod unread;
mod watching;
pub mod witness;

use cache::{Cache, Feeds, Interested, News, Scope, ServerKey};
use clock::Clock;
use gate::Gate;
use password::Entropy;
use servers::Servers;
use unread::Unread;
use watching::Watched;
pub use watching::{Hidden, Sight};
use witness::Witness;

/// What the operator is to look after, and how.
#[derive(Clone)]
pub struct Options {
    /// Which DittoServers.
    pub scope: Scope,
    /// How many of them are reconciled at once, at most.
    pub workers: u16,
    /// Where their servers are.
    pub address: Address,
    /// Executes nothing.
    pub dry_run: bool,
    /// Sees every decision.
    pub witness: Option<Arc<dyn Witness>>,
    /// Who reports events, such as the operator's pod.
    pub instance: Option<String>,
    /// What the watches see, for whoever asks whether the operator is ready.
    pub sight: Arc<Sight>,
}

/// What the operator runs on.
#[derive(Clone)]
pub struct World {
    /// The API server.
    pub client: Client,
    /// Makes transports to DittoFS.
    pub connect: Arc<dyn Connect>,
    /// Time and chance.
    pub clock: Clock,
    /// For passwords.
    pub entropy: Entropy,
}

/// What all reconciles share.
struct Context {
    world: World,
    options: Options,
    announcer: Announcer,
    cache: Arc<Cache>,
    servers: Servers,
    unreadable: reconcile::Unreadable,
    gate: Gate,
    /// Asks for a reconcile.
    wake: mpsc::UnboundedSender<ServerKey>,
    /// No further effect is begun.
    stopping: AtomicBool,
}

impl Context {
    fn wake(&self, key: ServerKey) {
        // Nobody listens once the operator stops.
        let _ = self.wake.unbounded_send(key);
    }

    fn take_news(&self, news: News) {
        match news {
            News::Changed(target, interested) => self.tell(target.as_ref(), interested),
            News::Lost(what, error) => self.options.sight.lose(what, &error),
            News::Complete(what) => self.regain(what),
        }
    }

    /// A list is complete: whoever was held because of it goes on.
    fn regain(&self, what: Watched) {
        if self.options.sight.regain(what) {
            self.servers.all().into_iter().for_each(|key| self.wake(key));
        }
    }

    /// An object changed: wakes those whom it concerns.
    fn tell(&self, target: Option<&ObjectRef>, interested: Interested) {
        let mut keys = match interested {
            Interested::One(key) => vec![key],
            Interested::Namespace(namespace) => self.servers.in_namespace(&namespace),
        };
        if let Some(target) = target {
            // Its owner is one thing, those who want its name another.
            keys.extend(self.servers.forget_refusals(target));
        }
        for key in keys {
            self.wake(key);
        }
    }
}

/// How long events may take that wait when the operator stops.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// Ends the links with the operator, however it ends: each holds the context, which holds them.
struct Ending(Arc<Context>);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.servers.retain(|_| false);
    }
}

/// Runs until `shutdown`: then no new work is begun, and the effect in hand is finished. Dropped, it is as if the process
/// were killed: nothing of it goes on.
pub async fn run(world: World, options: Options, shutdown: impl Future<Output = ()> + Send + Sync + 'static) {
    let (wake, woken) = mpsc::unbounded();
    let (announcer, publishing) = Announcer::new(world.client.clone(), options.instance.clone());
    let publishing = JoinSet::from_iter([publishing]);
    let context = Arc::new(Context {
        announcer,
        cache: Arc::default(),
        servers: Servers::default(),
        unreadable: reconcile::Unreadable::default(),
        gate: Gate::default(),
        wake,
        stopping: AtomicBool::new(false),
        world,
        options,
    });
    let ending = Ending(context.clone());
    let (client, scope) = (&context.world.client, &context.options.scope);
    let teller = context.clone();
    let tell = move |news| teller.take_news(news);
    let mut feeds = Feeds::start(&context.cache, client, scope, &context.world.clock, tell);
    let mut watch = JoinSet::new();
    watch.spawn(credentials::follow(context.clone()));
    let stopping = context.clone();
    let shutdown = shutdown.map(move |()| stopping.stopping.store(true, Ordering::Relaxed)).shared();
    tokio::select! {
        () = feeds.wait_until_complete() => {}
        () = shutdown.clone() => return,
    }
    tracing::info!(
        workers = context.options.workers,
        dry_run = context.options.dry_run,
        "the caches are complete"
    );
    tokio::select! {
        () = control(context.clone(), woken, shutdown) => {}
        () = feeds.failure() => {}
    }
    drop((ending, feeds, watch, context));
    // What was done is told, if the API server takes it.
    if tokio::time::timeout(LAST_WORDS, publishing.join_all()).await.is_err() {
        tracing::warn!("some events could not be published any more");
    }
}

async fn control(
    context: Arc<Context>,
    woken: mpsc::UnboundedReceiver<ServerKey>,
    shutdown: impl Future<Output = ()> + Send + Sync + 'static,
) {
    let (reader, writer) = reflector::store();
    let scope = &context.options.scope;
    let config = scope
        .selector
        .as_deref()
        .map_or_else(watcher::Config::default, |selector| watcher::Config::default().labels(selector));
    let (known, known_after, observed) = (reader.clone(), reader.clone(), context.clone());
    let servers = watching::watch(
        scope.api::<Unread>(context.world.client.clone()),
        config,
        context.world.clock.dice(),
    )
    .reflect(writer)
    .inspect(move |event| observed.take(event, &known))
    .applied_objects()
    // `Controller` would wait after an error, and everybody who is woken with it.
    .filter(|server| std::future::ready(server.is_ok()));
    Controller::for_stream(servers, reader)
        .with_config(controller::Config::default().concurrency(context.options.workers))
        .reconcile_on(woken.map(|key| ServerRef::new(&key.name).within(&key.namespace)))
        .graceful_shutdown_on(shutdown)
        .run(
            move |server, context| reconcile_and_forget(server, context, known_after.clone()),
            |_, error: &std::convert::Infallible, _| match *error {},
            context,
        )
        .for_each(|result| async move {
            match result {
                Ok((server, _)) => tracing::trace!(%server, "reconciled"),
                // Woken for one that is gone, which the next list or event shows.
                Err(controller::Error::ObjectNotFound(server)) => tracing::trace!(%server, "not there"),
                Err(error) => tracing::error!(%error, "the loop was told of an error that cannot be"),
            }
        })
        .await;
}

/// What was gone before its reconcile began must not be remembered by it.
async fn reconcile_and_forget(
    server: Arc<Unread>,
    context: Arc<Context>,
    known: reflector::Store<Unread>,
) -> Result<controller::Action, std::convert::Infallible> {
    let key = key_of(&server);
    let action = reconcile::reconcile(server, context.clone()).await;
    if !is_there(&known, &key) {
        context.servers.remove(&key);
    }
    action
}

impl Context {
    /// Forgets DittoServers that are gone, and notes whether changes of them would be seen.
    fn take(&self, event: &watcher::Result<watcher::Event<Unread>>, known: &reflector::Store<Unread>) {
        match event {
            Ok(watcher::Event::Delete(server)) => {
                self.servers.remove(&key_of(server));
                self.unreadable.forget(&key_of(server));
            }
            Ok(watcher::Event::InitDone) => {
                self.servers.retain(|key| is_there(known, key));
                self.regain(Watched::DittoServers);
            }
            Err(error) => self.options.sight.lose(Watched::DittoServers, error),
            Ok(watcher::Event::Apply(_) | watcher::Event::Init | watcher::Event::InitApply(_)) => {}
        }
    }
}

fn is_there(known: &reflector::Store<Unread>, key: &ServerKey) -> bool {
    known.get(&ServerRef::new(&key.name).within(&key.namespace)).is_some()
}

fn key_of(server: &Unread) -> ServerKey {
    use kube::ResourceExt as _;
    ServerKey { namespace: server.namespace().unwrap_or_default(), name: server.name_any() }
}
