//! Core's closed enums, as they are written. The compiler compares: a variant more or less does not compile.

use dittofs_core::{EmptyKind, Refusal, Why};
use serde::{Deserialize, Serialize};

/// [`Why`].
#[derive(Serialize, Deserialize)]
#[serde(remote = "Why", tag = "why", content = "what", rename_all = "camelCase")]
pub(super) enum WhyDef {
    Status { status: u16, text: String },
    MediaType { found: String, text: String },
    NotJson { error: String, text: String },
    NotAList(String),
    TooLarge { limit: usize },
    NoAnswer(String),
    NoToken,
}

/// [`EmptyKind`].
#[derive(Serialize, Deserialize)]
#[serde(remote = "EmptyKind", rename_all = "camelCase")]
pub(super) enum EmptyKindDef {
    List,
    Null,
    NoBody,
}

/// [`Refusal`].
#[derive(Serialize, Deserialize)]
#[serde(remote = "Refusal")]
pub(super) enum RefusalDef {
    NameTaken,
    NodePortsExhausted,
}
