//! A saved plan: read, and compared with what would be done now.

use std::fmt::Write as _;

use dittofs_interpreters::plan::{Difference, PlanDocument, clean};
use serde_json::Value;

use super::error::ApplyError;

/// Differences that are listed; more are counted.
const LISTED: usize = 20;
/// Characters of a value that are shown.
const SHOWN: usize = 60;

/// Reads what `plan --out` wrote.
pub fn parse(text: &str, file: &str) -> Result<PlanDocument, ApplyError> {
    let no_plan = |cause: String| ApplyError::NoPlan { file: file.to_owned(), cause };
    let json: Value =
        serde_json::from_str(text).map_err(|error| no_plan(format!("parsing JSON: {error}")))?;
    let Some(found) = json.get("formatVersion").and_then(Value::as_str) else {
        return Err(no_plan("it has no formatVersion".to_owned()));
    };
    if found.split('.').next() != Some("1") {
        return Err(ApplyError::Format { file: file.to_owned(), found: found.to_owned() });
    }
    serde_path_to_error::deserialize(json)
        .map_err(|error| no_plan(format!("reading {}: {}", error.path(), error.inner())))
}

/// What is no longer so.
pub fn stale(differences: &[Difference], since: &str) -> String {
    let mut text = format!("Nothing was done: this has changed since {since}.\n");
    for Difference { subject, field, then, now } in differences.iter().take(LISTED) {
        let (then, now) = (shown(then), shown(now));
        // Writing to a String cannot fail.
        let _ = match field.as_str() {
            "effects" => writeln!(text, "  {subject}: planned was {then}, now it would be {now}"),
            field => {
                let field = field.strip_prefix("before.").unwrap_or(field);
                writeln!(text, "  {subject}: {field} was {then}, and is {now}")
            }
        };
    }
    if differences.len() > LISTED {
        let _ = writeln!(text, "  … and {} more", differences.len() - LISTED);
    }
    text.push_str("Make the plan anew, look at it, and apply that.\n");
    clean_lines(&text)
}

fn shown(value: &Value) -> String {
    let text = match value {
        Value::Null => "absent".to_owned(),
        Value::Array(actions) if actions.is_empty() => "nothing".to_owned(),
        Value::Array(actions) if actions.iter().all(Value::is_string) => {
            actions.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
        }
        value => value.to_string(),
    };
    if text.chars().count() > SHOWN {
        format!("{}…", text.chars().take(SHOWN).collect::<String>())
    } else {
        text
    }
}

fn clean_lines(text: &str) -> String {
    text.lines().map(|line| clean(line) + "\n").collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_no_plan_is_refused_with_a_cause() {
        let cause = |text: &str| parse(text, "f").unwrap_err().to_string();
        assert!(cause("apiVersion: v1").contains("parsing JSON"));
        assert!(cause("{}").contains("no formatVersion"));
        assert!(cause(r#"{"formatVersion":"2.0"}"#).contains("format 2.0"));
        assert!(cause(r#"{"formatVersion":"1.0"}"#).contains("missing field"));
    }

    #[test]
    fn a_change_is_named_by_object_and_field() {
        let difference = |field: &str, then, now| Difference {
            subject: "Service n/s".to_owned(),
            field: field.to_owned(),
            then,
            now,
        };
        let text = stale(
            &[
                difference("before.spec.type", json!("ClusterIP"), json!("NodePort")),
                difference("effects", json!(["update"]), json!([])),
            ],
            "the plan was made",
        );
        assert!(text.contains("Service n/s: spec.type was \"ClusterIP\", and is \"NodePort\""), "{text}");
        assert!(text.contains("planned was update, now it would be nothing"), "{text}");
    }
}
