//! The difference that an update makes, as a unified diff of YAML.

use serde_json::Value;
use similar::{ChangeTag, TextDiff};

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
    let diff = TextDiff::from_lines(before.as_str(), after.as_str());
    let mut lines = Vec::new();
    for hunk in diff.unified_diff().context_radius(CONTEXT).iter_hunks() {
        lines.push(Line::Hunk(hunk.header().to_string()));
        for change in hunk.iter_changes() {
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
