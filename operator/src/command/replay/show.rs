//! What differs, for a person: each decision with its line and time, then each difference, then what was done to it.

use std::fmt::Write as _;

use dittofs_interpreters::plan::{Difference, PlanDocument, Style, Tone, clean, wrap};
use serde_json::Value;

use super::{Differing, Replay, Replayed};

/// Columns of what is wrapped.
const WIDTH: usize = 78;
/// Of these, what stands before a sentence.
const INDENT: usize = 10;

/// The whole answer; errors are said elsewhere.
pub fn text(replay: &Replay, style: Style) -> String {
    replay.files.iter().map(|file| of_file(file, style)).collect()
}

fn of_file(file: &Replayed, style: Style) -> String {
    let count = file.differing.len();
    let differ = match count {
        0 if file.decisions == 0 => "nothing to compare".to_owned(),
        0 => "all the same".to_owned(),
        1 => "1 differs".to_owned(),
        count => format!("{count} differ"),
    };
    let unread = match file.errors.len() {
        0 => String::new(),
        1 => ", 1 line cannot be replayed".to_owned(),
        count => format!(", {count} lines cannot be replayed"),
    };
    let decisions = if file.decisions == 1 { "1 decision" } else { &format!("{} decisions", file.decisions) };
    let mut text = format!("{}: {decisions}, {differ}{unread}\n", clean(&file.file));
    for differing in &file.differing {
        text.push_str(&of_decision(differing, style));
    }
    text
}

fn of_decision(differing: &Differing, style: Style) -> String {
    let Differing { line, at, namespace, name, differences, recorded, decided } = differing;
    let heading = format!("line {line}, {at}, DittoServer {namespace}/{name}");
    let mut text = format!("\n{}\n", style.paint(Tone::Heading, &clean(&heading)));
    for Difference { subject, field, then, now } in differences {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  {}", clean(&format!("{subject}, {field}:")));
        for (sign, tone, value) in [('-', Tone::Removed, then), ('+', Tone::Added, now)] {
            for line in lines(value) {
                let _ = writeln!(text, "    {}", style.paint(tone, &clean(&format!("{sign} {line}"))));
            }
        }
    }
    let _ = writeln!(text, "  recorded: {}", recorded.count_line());
    let _ = writeln!(text, "  now:      {}", decided.count_line());
    for reason in reasons(decided, differences) {
        for (index, line) in wrap(&clean(&reason), WIDTH - INDENT).iter().enumerate() {
            let _ = writeln!(text, "  {:INDENT$}{line}", if index == 0 { "because:" } else { "" });
        }
    }
    text
}

/// A value as it is easiest to compare: a scalar as it is, a list of words in one line, all else as YAML.
fn lines(value: &Value) -> Vec<String> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(words) if words.iter().all(Value::is_string) => {
            let words: Vec<_> = words.iter().filter_map(Value::as_str).collect();
            if words.is_empty() { Vec::new() } else { vec![words.join(", ")] }
        }
        Value::Array(_) | Value::Object(_) => {
            serde_yaml::to_string(value).unwrap_or_default().lines().map(str::to_owned).collect()
        }
        Value::Bool(_) | Value::Number(_) | Value::String(_) => vec![value.to_string()],
    }
}

/// Why this program decides as it does, for what differs.
fn reasons(decided: &PlanDocument, differences: &[Difference]) -> Vec<String> {
    let is_about = |subject: &str| differences.iter().any(|difference| difference.subject == subject);
    let effects = decided.effects.iter().filter_map(|effect| {
        let subject = format!("{} {}/{}", effect.kind, effect.namespace, effect.name);
        is_about(&subject).then(|| format!("{} {subject}: {}", effect.action.as_str(), effect.reason))
    });
    let holds = decided.holds.iter().filter_map(|hold| {
        let subject = hold.adapter.as_ref().map(|adapter| format!("adapter {adapter}"));
        let subject = subject.unwrap_or_else(|| "the whole server".to_owned());
        is_about(&subject).then(|| format!("{} for {subject}: {}", hold.code, hold.reason))
    });
    effects.chain(holds).collect()
}
