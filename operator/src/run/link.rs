//! The operator's link to one DittoFS server: a task that keeps the session alive and asks which adapters run.
//!
//! It runs `core`'s two machines, [`Session`](dittofs_core::session::Session) and
//! [`Discovery`](dittofs_core::discovery::Discovery), moves bytes for them, and publishes what they know as [`Facts`].
//! It is apart from the reconciling of Kubernetes objects, so that a server that does not answer delays nobody: only a
//! change of facts asks for a reconcile.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use dittofs_core::connection::Connection;
use dittofs_core::effects::Uid;
use dittofs_core::session::condition::{Condition, Reason};
use dittofs_core::session::{Settings, Version};
use dittofs_core::{Observation, ServerSpec};
use futures::FutureExt as _;
use futures::channel::mpsc;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use tokio::task::JoinHandle;

mod admin_secret;
mod channel;
mod request;
mod surroundings;
mod task;

pub use surroundings::Surroundings;

/// Before a link that panicked begins anew.
const PAUSE: Duration = Duration::from_secs(30);

/// What a link has to know of its DittoServer; sent when it changes.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// The resource, resolved.
    pub spec: Arc<ServerSpec>,
    /// How to reach it.
    pub connection: Connection,
    /// By which the credentials Secret is owned.
    pub owner: OwnerReference,
    /// The pod that is ready, if one is.
    pub ready_pod: Option<Uid>,
    /// Whether anything may be written.
    pub writes: bool,
    /// It carries our finalizer: the account that is made is also taken away.
    pub is_begun: bool,
}

impl Known {
    /// The DittoServer is being deleted, and nobody has stopped the operator from writing.
    fn is_leaving(&self) -> bool {
        self.spec.deleting && self.writes
    }

    /// Only a server with a ready pod has anything to say; one that is being deleted is asked anyway, for its account,
    /// unless somebody pauses it in the midst of that. And no account is made before it is sure to be taken away.
    fn is_active(&self, is_taking_away: bool) -> bool {
        let is_held = is_taking_away && !self.is_leaving();
        !is_held && (self.is_begun || !self.writes) && (self.ready_pod.is_some() || self.is_leaving())
    }

    fn settings(&self, base: String, is_taking_away: bool) -> Settings {
        let settings = self.connection.settings(&self.spec.name, base);
        Settings { acts: self.is_active(is_taking_away), writes: self.writes, ..settings }
    }

    /// A pod became ready since.
    fn is_another_pod(&self, before: &Self) -> bool {
        self.ready_pod.is_some() && self.ready_pod != before.ready_pod
    }
}

/// What a link has found out.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    /// Which adapters run, as far as that is known.
    pub observation: Arc<Observation>,
    /// The condition `Authenticated`.
    pub condition: Option<Condition>,
    /// The DittoServer is being deleted, and the session has done its part.
    pub is_signed_off: bool,
    /// How many pods had become ready when this was known.
    pods: u64,
    /// It failed, and another one is to take its place.
    has_failed: bool,
}

/// What a link is told.
#[derive(Debug)]
enum Message {
    Known(Arc<Known>),
    CredentialsChanged(Version),
    CredentialsDeleted,
}

/// A link, which ends when it is dropped.
#[derive(Debug)]
pub struct Link {
    inbox: mpsc::UnboundedSender<Message>,
    facts: Arc<Mutex<Facts>>,
    told: Arc<Known>,
    /// How many pods became ready: the link may not know of the last one yet.
    pods: u64,
    task: JoinHandle<()>,
}

impl Link {
    /// Begins to talk. `published` is the reason of the condition from before: it is no news.
    pub fn start(surroundings: Surroundings, known: Known, published: Option<Reason>) -> Self {
        let (inbox, messages) = mpsc::unbounded();
        let known = Arc::new(known);
        let facts = Facts {
            observation: Arc::new(Observation::NotYetPolled),
            condition: None,
            is_signed_off: false,
            pods: 0,
            has_failed: false,
        };
        let facts = Arc::new(Mutex::new(facts));
        let wake = surroundings.wake.clone();
        // On the heap: a future holds what it is given twice.
        let mut task = Box::new(task::Task::new(surroundings, known.clone(), published, facts.clone()));
        let task = async move { task.run(messages).await };
        let task = tokio::spawn(survived(task, facts.clone(), wake));
        Self { inbox, facts, told: known, pods: 0, task }
    }

    /// What is known by now of the pod that was told of: what another one said, or this one before it was ready, is not
    /// (SAFE-06).
    pub fn facts(&self) -> Facts {
        let mut facts = locked(&self.facts).clone();
        if facts.pods != self.pods {
            facts.observation = Arc::new(Observation::NotYetPolled);
        }
        facts
    }

    /// It panicked a while ago: begin with another one.
    pub fn has_failed(&self) -> bool {
        locked(&self.facts).has_failed
    }

    /// Tells of the resource and the pod, if they are not as they were told before.
    pub fn tell(&mut self, known: Known) {
        if *self.told != known {
            self.pods += u64::from(known.is_another_pod(&self.told));
            self.told = Arc::new(known);
            self.send(Message::Known(self.told.clone()));
        }
    }

    /// The credentials Secret was written, by us or by somebody else.
    pub fn credentials_changed(&self, version: Version) {
        self.send(Message::CredentialsChanged(version));
    }

    /// The credentials Secret is gone.
    pub fn credentials_deleted(&self) {
        self.send(Message::CredentialsDeleted);
    }

    fn send(&self, message: Message) {
        // The task ends with the link, or with the process.
        let _ = self.inbox.unbounded_send(message);
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A defect in one link ends neither the operator nor what it knew for ever: nobody is believed any more, everybody is
/// held, and after a pause another link begins.
async fn survived(
    task: impl Future<Output = ()> + Send,
    facts: Arc<Mutex<Facts>>,
    wake: Arc<dyn Fn() + Send + Sync>,
) {
    if AssertUnwindSafe(task).catch_unwind().await.is_ok() {
        return;
    }
    tracing::error!(pause_in_seconds = PAUSE.as_secs(), "a link panicked, which is a defect: it begins anew");
    locked(&facts).observation = Arc::new(Observation::NotYetPolled);
    wake();
    tokio::time::sleep(PAUSE).await;
    locked(&facts).has_failed = true;
    wake();
}

fn locked(facts: &Mutex<Facts>) -> MutexGuard<'_, Facts> {
    facts.lock().unwrap_or_else(PoisonError::into_inner)
}
