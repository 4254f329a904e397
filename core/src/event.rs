//! An event of a DittoServer.

use dittofs_effects::ObjectRef;

/// How an event is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventType {
    /// Good to know.
    Normal,
    /// Somebody should look.
    Warning,
}

impl EventType {
    /// The word of the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "Normal",
            Self::Warning => "Warning",
        }
    }
}

/// An event, to be published once. It regards the DittoServer, as the Go operator's do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// How it is shown.
    pub kind: EventType,
    /// One of a closed set.
    pub reason: &'static str,
    /// What happened, or what to do.
    pub message: String,
    /// The object that it is about, beside the DittoServer.
    pub related: Option<ObjectRef>,
}

impl Event {
    /// An event about the DittoServer alone.
    pub(crate) const fn new(kind: EventType, reason: &'static str, message: String) -> Self {
        Self { kind, reason, message, related: None }
    }
}
