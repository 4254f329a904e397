//! The difference that an update makes, as a unified diff of YAML.

use serde_json::Value;
use similar::algorithms::{Capture, Compact, Replace, myers};
use similar::udiff::UnifiedHunkHeader;
use similar::{ChangeTag, DiffOp, group_diff_ops};

use super::clean;

/// Unchanged lines shown around a change.
const CONTEXT: usize = 3;

/// One line of a diff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// Where the lines that follow stand.
    Hunk(String),
    /// Unchanged.
    Same(String),
    /// Only before.
    Removed(String),
    /// Only after.
    Added(String),
}

impl Line {
    /// The line with its sign.
    pub(super) fn signed(&self) -> String {
        match self {
            Self::Hunk(text) => text.clone(),
            Self::Same(text) => format!(" {text}"),
            Self::Removed(text) => format!("-{text}"),
            Self::Added(text) => format!("+{text}"),
        }
    }
}

/// What differs between two states of an object; status and bookkeeping of the API server are left out.
pub(super) fn lines(before: &Value, after: &Value) -> Vec<Line> {
    let (before, after) = (shown(before), shown(after));
    let before: Vec<&str> = before.split_inclusive('\n').collect();
    let after: Vec<&str> = after.split_inclusive('\n').collect();
    let mut lines = Vec::new();
    for hunk in group_diff_ops(operations(&before, &after), CONTEXT) {
        lines.push(Line::Hunk(UnifiedHunkHeader::new(&hunk).to_string()));
        for change in hunk.iter().flat_map(|operation| operation.iter_changes(&before[..], &after[..])) {
            let text = clean(change.value());
            lines.push(match change.tag() {
                ChangeTag::Equal => Line::Same(text),
                ChangeTag::Delete => Line::Removed(text),
                ChangeTag::Insert => Line::Added(text),
            });
        }
    }
    lines
}

/// As `TextDiff` finds them, which would bring every algorithm into the program that a caller could choose.
fn operations(before: &[&str], after: &[&str]) -> Vec<DiffOp> {
    let mut found = Compact::new(Replace::new(Capture::new()), before, after);
    let Ok(()) = myers::diff(&mut found, before, 0..before.len(), after, 0..after.len());
    found.into_inner().into_inner().into_ops()
}

/// Every line of an object that is new.
pub(super) fn added(object: &Value) -> Vec<Line> {
    shown(object).lines().map(|line| Line::Added(clean(line))).collect()
}

fn shown(object: &Value) -> String {
    let mut object = object.clone();
    if let Some(fields) = object.as_object_mut() {
        fields.remove("status");
    }
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
    }
    // JSON values are always YAML; if they were not, no diff is better than no plan.
    serde_yaml::to_string(&object).unwrap_or_default()
}
