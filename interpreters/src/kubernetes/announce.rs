//! Events of a DittoServer, by events.k8s.io/v1.

use dittofs_core::effects::ObjectRef;
use dittofs_core::{Event, EventType};
use k8s_openapi::api::core::v1::ObjectReference;
use kube::Client;
use kube::runtime::events::{self, Recorder, Reporter};

/// The name under which events are reported.
pub const REPORTER: &str = "dittofs-adapters";

/// The longest note that the API takes, in bytes (events.k8s.io/v1).
const LONGEST_NOTE: usize = 1024;

/// Publishes events. Equal ones within some minutes become one with a count.
#[derive(Clone)]
pub struct Announcer {
    recorder: Recorder,
}

impl Announcer {
    /// Reports in the name of this instance, such as the operator's pod.
    pub fn new(client: Client, instance: Option<String>) -> Self {
        let reporter = Reporter { controller: REPORTER.to_owned(), instance };
        Self { recorder: Recorder::new(client, reporter) }
    }

    /// Publishes an event. One that cannot be published is logged: nothing depends on it.
    pub async fn publish(&self, event: &Event, regarding: &ObjectReference) {
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
        if let Err(error) = self.recorder.publish(&published, regarding).await {
            tracing::warn!(
                namespace = regarding.namespace.as_deref(), name = regarding.name.as_deref(),
                reason = event.reason, %error, "an event could not be published"
            );
        }
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
