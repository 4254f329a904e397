//! Events of a DittoServer, by events.k8s.io/v1.

use dittofs_core::effects::ObjectRef;
use dittofs_core::{Event, EventType};
use k8s_openapi::api::core::v1::ObjectReference;
use kube::Client;
use kube::runtime::events::{self, Recorder, Reporter};
use tokio::sync::mpsc;

use super::in_time::in_time;

/// The name under which events are reported.
pub const REPORTER: &str = "dittofs-adapters";

/// The longest note that the API takes, in bytes (events.k8s.io/v1).
const LONGEST_NOTE: usize = 1024;

/// Events that wait to be published, at most. More at once are nobody's to read.
const WAITING: usize = 10_000;

/// So many events are remembered, to count equal ones; then it begins anew. Bounds what they take.
const REMEMBERED: usize = 256;

/// Takes events, and publishes them beside what goes on. Equal ones within some minutes become one with a count.
#[derive(Clone)]
pub struct Announcer {
    queue: mpsc::Sender<(Event, ObjectReference)>,
}

impl Announcer {
    /// Reports in the name of this instance, such as the operator's pod. The future publishes until it is dropped, or
    /// until all announcers are and nothing waits any more.
    pub fn new(
        client: Client,
        instance: Option<String>,
    ) -> (Self, impl Future<Output = ()> + Send + 'static) {
        let (queue, waiting) = mpsc::channel(WAITING);
        (Self { queue }, publish_all(client, instance, waiting))
    }

    /// Takes an event. One that finds too many others waiting is logged instead: nothing depends on it.
    pub fn publish(&self, event: Event, regarding: ObjectReference) {
        if let Err(error) = self.queue.try_send((event, regarding)) {
            let (event, regarding) = error.into_inner();
            tracing::warn!(
                namespace = regarding.namespace.as_deref(),
                name = regarding.name.as_deref(),
                reason = event.reason,
                message = event.message,
                "an event could not be queued"
            );
        }
    }
}

async fn publish_all(
    client: Client,
    instance: Option<String>,
    mut waiting: mpsc::Receiver<(Event, ObjectReference)>,
) {
    let reporter = Reporter { controller: REPORTER.to_owned(), instance };
    let recorder = || Recorder::new(client.clone(), reporter.clone());
    let (mut current, mut published) = (recorder(), 0);
    while let Some((event, regarding)) = waiting.recv().await {
        if published == REMEMBERED {
            (current, published) = (recorder(), 0);
        }
        published += 1;
        publish(&current, &event, &regarding).await;
    }
}

async fn publish(recorder: &Recorder, event: &Event, regarding: &ObjectReference) {
    let kind = match event.kind {
        EventType::Normal => events::EventType::Normal,
        EventType::Warning => events::EventType::Warning,
    };
    let published = events::Event {
        type_: kind,
        reason: event.reason.to_owned(),
        note: Some(shortened(&event.message)),
        action: "Reconcile".to_owned(),
        secondary: event.related.as_ref().map(reference),
    };
    if let Err(error) = in_time(recorder.publish(&published, regarding)).await {
        tracing::warn!(
            namespace = regarding.namespace.as_deref(), name = regarding.name.as_deref(),
            reason = event.reason, %error, "an event could not be published"
        );
    }
}

fn reference(target: &ObjectRef) -> ObjectReference {
    ObjectReference {
        api_version: Some(target.kind.api_version().to_owned()),
        kind: Some(target.kind.as_str().to_owned()),
        namespace: Some(target.namespace.clone()),
        name: Some(target.name.clone()),
        ..ObjectReference::default()
    }
}

fn shortened(message: &str) -> String {
    if message.len() <= LONGEST_NOTE {
        return message.to_owned();
    }
    let mut end = LONGEST_NOTE - '…'.len_utf8();
    while !message.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}…", &message[..end])
}
