//! A settled server, and what its status says.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may give up as tests do")]
#![allow(dead_code, reason = "each test binary uses its own part")]

use dittofs_core::api::{AdapterState, AdapterStatus, DittoServerStatus};
use dittofs_core::effects::Outcome;
use dittofs_core::session::condition::Reason;
use dittofs_core::testing::{Given, session, succeeds};
use serde_json::{Value, json};

pub const MORNING: &str = "2030-01-01T08:00:00Z";
pub const EVENING: &str = "2030-01-01T20:00:00Z";

pub fn settled() -> Given {
    let adapters = [("nfs", 12049), ("smb", 1445)];
    Given::default().settled(&adapters).running(&adapters).with("/metadata/generation", json!(4))
}

pub fn told(given: &Given) -> DittoServerStatus {
    given.status(&given.executed(succeeds), Some(&session(Reason::Authenticated)), MORNING)
}

pub fn refusing(given: &Given, outcome: &Outcome) -> DittoServerStatus {
    given.status(&given.executed(|_| Some(outcome.clone())), Some(&session(Reason::Authenticated)), MORNING)
}

pub fn undone(given: &Given) -> DittoServerStatus {
    given.status(&given.executed(|_| None), Some(&session(Reason::Authenticated)), MORNING)
}

pub fn condition(status: &DittoServerStatus, name: &str) -> (String, String) {
    let found: Vec<_> = status.conditions.iter().filter(|c| c.type_ == name).collect();
    assert_eq!(found.len(), 1, "{name} in {status:#?}");
    (found[0].status.clone(), found[0].reason.clone())
}

pub fn message(status: &DittoServerStatus, name: &str) -> String {
    status.conditions.iter().find(|c| c.type_ == name).unwrap().message.clone()
}

pub fn is(status: &DittoServerStatus, name: &str, value: &str, reason: &str) {
    assert_eq!(condition(status, name), (value.to_owned(), reason.to_owned()), "{name}: {status:#?}");
}

pub fn adapter<'a>(status: &'a DittoServerStatus, name: &str) -> &'a AdapterStatus {
    status.adapters.iter().find(|adapter| adapter.adapter_type == name).unwrap()
}

/// State and reason.
pub fn state(status: &DittoServerStatus, name: &str) -> (AdapterState, String) {
    let adapter = adapter(status, name);
    assert!(adapter.message.as_ref().is_some_and(|message| !message.is_empty()));
    (adapter.state, adapter.reason.clone().unwrap())
}

pub fn held(code: &str) -> (AdapterState, String) {
    (AdapterState::Held, code.to_owned())
}

pub fn paused(given: Given) -> Given {
    given.with("/metadata/annotations/dittofs.io~1paused", json!("true"))
}

pub fn list(entries: &[Value]) -> String {
    Value::from(entries.to_vec()).to_string()
}
