//! The ServiceMonitor, raw.

use dittofs_effects::Change;
use serde_json::{Value, json};

use super::Difference;
use super::laid::{Book, Rule, lay};
use crate::ownership::MANAGED_PIECES;

const MONITOR: Rule = Rule::Members(&[
    ("metadata", Rule::Members(&[("labels", Rule::Members(&[]))])),
    ("spec", Rule::Members(&[])),
]);

/// Lays labels and spec over the ServiceMonitor, and keeps the book of them.
pub(crate) fn service_monitor(observed: &Value, wanted: &Value) -> Difference {
    let annotations = &observed["metadata"]["annotations"];
    let book: Option<Book> =
        annotations[MANAGED_PIECES].as_str().and_then(|text| serde_json::from_str(text).ok());
    let part = json!({ "metadata": { "labels": wanted["metadata"]["labels"] }, "spec": wanted["spec"] });
    let laid = lay(&[], &MONITOR, (Some(observed), &part), book.as_ref(), &[], |_, _, _| false);
    let mut difference = laid.difference;
    if book.as_ref() != Some(&laid.book) {
        let text = serde_json::to_string(&laid.book).unwrap_or_default();
        difference.ensure_object(&["metadata", "annotations"], annotations.is_object());
        difference.set(&["metadata", "annotations", MANAGED_PIECES], text);
        difference.changes.push(Change::Bookkeeping);
    }
    difference
}
