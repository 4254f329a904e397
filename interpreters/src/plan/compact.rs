//! A new object in few lines: YAML, with whatever fits on one line on one line.

use serde_json::Value;
use unicode_width::UnicodeWidthStr as _;

/// The lines of an object that is created, each at most `width` columns if it can be. Left out is what its heading
/// says, and who owns it.
pub(super) fn lines(object: &Value, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for field in ["labels", "annotations"] {
        if let Some(map) = object.pointer(&format!("/metadata/{field}")) {
            entry(field, map, 0, width, &mut lines);
        }
    }
    if let Some(spec) = object.get("spec") {
        entry("spec", spec, 0, width, &mut lines);
    }
    lines
}

fn entry(key: &str, value: &Value, indent: usize, width: usize, lines: &mut Vec<String>) {
    let head = format!("{}{}:", " ".repeat(indent), scalar(key));
    let inline = flow(value);
    let fits = head.width() + 1 + inline.width() <= width;
    match value {
        // The spec itself is never one line: it is what people read.
        Value::Object(map) if !map.is_empty() && (!fits || key == "spec") => {
            lines.push(head);
            for (key, value) in map {
                entry(key, value, indent + 2, width, lines);
            }
        }
        Value::Array(items) if !items.is_empty() && !fits => {
            lines.push(head);
            for item in items {
                element(item, indent, width, lines);
            }
        }
        _ => lines.push(format!("{head} {inline}")),
    }
}

fn element(item: &Value, indent: usize, width: usize, lines: &mut Vec<String>) {
    let dash = format!("{}- ", " ".repeat(indent));
    let inline = flow(item);
    match item {
        Value::Object(map) if !map.is_empty() && dash.width() + inline.width() > width => {
            let start = lines.len();
            for (key, value) in map {
                entry(key, value, indent + 2, width, lines);
            }
            if let Some(first) = lines.get_mut(start) {
                first.replace_range(..indent + 2, &dash);
            }
        }
        _ => lines.push(format!("{dash}{inline}")),
    }
}

/// A value in YAML's flow style.
fn flow(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let entries: Vec<_> = map.iter().map(|(k, v)| format!("{}: {}", scalar(k), flow(v))).collect();
            format!("{{{}}}", entries.join(", "))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Value::String(text) => scalar(text),
        other => other.to_string(),
    }
}

/// A string as YAML reads it back: bare if nothing could be meant by it but itself.
fn scalar(text: &str) -> String {
    let bare = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c))
        && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
            .contains(&text.to_ascii_lowercase().as_str());
    if bare { text.to_owned() } else { Value::from(text).to_string() }
}
