//! What executes effects, and all that a world can answer.

use std::future::Future;

use crate::{Effect, Seen};

/// Executes one effect after another. Takes no decision: the next observation shows what came of it.
pub trait Interpreter {
    /// Executes one effect and says what the world answered.
    fn interpret(&mut self, effect: &Effect) -> impl Future<Output = Outcome>;
}

/// What a world can answer to an effect. Closed, so that every answer is thought about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Written; the identity and version after the write.
    Written(Seen),
    /// Deleted, or being deleted.
    Deleted,
    /// A hold: nothing was to be done.
    Held,
    /// The object is not as it was seen (409): decide again from a fresh view.
    Conflict,
    /// The object is gone (404).
    NotFound,
    /// The name is taken (409 AlreadyExists).
    AlreadyExists,
    /// The API server refuses the content (422), with its words.
    Invalid(String),
    /// We may not (403), with the API server's words.
    Forbidden(String),
    /// No node port is free ("range is full", 500): not transient.
    NodePortsExhausted,
    /// No answer, or one that says to come back (429, 5xx).
    Unavailable(String),
}
