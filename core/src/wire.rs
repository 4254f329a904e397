//! (status, content type, bytes) of `GET /api/v1/adapters` → [`Observation`].
//!
//! Nothing panics, and nothing is dropped without a word: what cannot be read is `Unavailable` as a whole, or held as
//! one entry, with the offending value named. Four fields of an entry decide; the rest is read past.

use dittofs_effects::{AdapterType, Port};
use serde_json::Value;

use crate::observation::{AdapterReport, EmptyKind, Entry, Observation, State, Why};

mod element;

use element::{Element, Field};

/// The largest body that is read, in bytes. 10,000 adapters take about 3 MB.
pub const BODY_LIMIT: usize = 16 * 1024 * 1024;

/// Characters of an answer that are shown.
const SHOWN: usize = 120;

/// Reads an answer. `body` is what was read, at most [`BODY_LIMIT`] + 1 bytes.
pub fn observe(status: u16, content_type: Option<&str>, body: &[u8]) -> Observation {
    if status != 200 {
        return Observation::Unavailable(Why::Status {
            status,
            text: problem(body).unwrap_or_else(|| shown(body)),
        });
    }
    if body.len() > BODY_LIMIT {
        return Observation::Unavailable(Why::TooLarge { limit: BODY_LIMIT });
    }
    if body.iter().all(u8::is_ascii_whitespace) {
        return Observation::Empty(EmptyKind::NoBody);
    }
    if !content_type.is_some_and(is_json) {
        let found = content_type.map_or_else(|| "no media type".to_owned(), |t| shown(t.as_bytes()));
        return Observation::Unavailable(Why::MediaType { found, text: shown(body) });
    }
    match str::from_utf8(body) {
        // JSON is UTF-8 (RFC 8259 §8.1), also in fields that are read past.
        Err(error) => Observation::Unavailable(Why::NotJson { error: error.to_string(), text: shown(body) }),
        Ok(_) => parse(body),
    }
}

/// `application/json`, with or without parameters; media types compare without case (RFC 9110 §8.3.1).
fn is_json(content_type: &str) -> bool {
    let media_type = content_type.split(';').next().unwrap_or_default();
    media_type.trim().eq_ignore_ascii_case("application/json")
}

/// What a problem document says (RFC 7807): its detail, else its title.
fn problem(body: &[u8]) -> Option<String> {
    let document: Value = serde_json::from_slice(body.get(..body.len().min(BODY_LIMIT))?).ok()?;
    let text = |key: &str| document.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    text("detail").or_else(|| text("title")).map(|text| shown(text.as_bytes()))
}

fn parse(body: &[u8]) -> Observation {
    let first = body.iter().find(|b| !b.is_ascii_whitespace());
    if first == Some(&b'[') {
        return match serde_json::from_slice::<Vec<Element>>(body) {
            Ok(elements) => report(elements),
            Err(error) => not_json(&error, body),
        };
    }
    match serde_json::from_slice::<Value>(body) {
        Ok(Value::Null) => Observation::Empty(EmptyKind::Null),
        Ok(other) => Observation::Unavailable(Why::NotAList(described(&other))),
        Err(error) => not_json(&error, body),
    }
}

fn not_json(error: &serde_json::Error, body: &[u8]) -> Observation {
    Observation::Unavailable(Why::NotJson { error: error.to_string(), text: shown(body) })
}

fn report(elements: Vec<Element>) -> Observation {
    let mut entries = Vec::with_capacity(elements.len());
    let mut unnamed = Vec::new();
    for (index, element) in elements.into_iter().enumerate() {
        match entry(element) {
            Ok(entry) => entries.push(entry),
            Err(what) => unnamed.push(format!("entry {index} {what}")),
        }
    }
    AdapterReport::new(entries, unnamed).map_or(Observation::Empty(EmptyKind::List), Observation::Reported)
}

fn entry(element: Element) -> Result<Entry, String> {
    let fields = match element {
        Element::Object(fields) => fields,
        Element::Other(value) => return Err(format!("is {}", described(&value))),
    };
    let written = match fields.adapter_type {
        Field::Once(Value::String(written)) => written,
        Field::Missing => return Err("has no type".to_owned()),
        Field::Once(other) => return Err(format!("has {} as its type", described(&other))),
        Field::Repeated => return Err("has two types".to_owned()),
    };
    let adapter =
        AdapterType::sanitise(&written).map_err(|e| format!("has a type without a usable name: {e}"))?;
    let state = match (flag("enabled", &fields.enabled), flag("running", &fields.running)) {
        (Err(what), _) | (_, Err(what)) => State::Invalid(what),
        (Ok(false), Ok(_)) => State::Disabled,
        (Ok(true), Ok(false)) => State::NotRunning { confirmed: false },
        (Ok(true), Ok(true)) => State::Running(port(&adapter, &fields.port)),
    };
    Ok(Entry { adapter, written, state })
}

fn flag(name: &str, field: &Field) -> Result<bool, String> {
    match field {
        Field::Once(Value::Bool(value)) => Ok(*value),
        Field::Missing => Err(format!("{name} is missing")),
        Field::Once(other) => Err(format!("{name} is {}, not a boolean", described(other))),
        Field::Repeated => Err(format!("{name} is there twice")),
    }
}

/// Port 0 means the default of the type, which the server never resolves in its answer.
fn port(adapter: &AdapterType, field: &Field) -> Result<Port, String> {
    let number = match field {
        Field::Once(value) => {
            value.as_i64().ok_or_else(|| format!("port {} is not an integer in 1–65535", described(value)))?
        }
        Field::Missing => return Err("port is missing".to_owned()),
        Field::Repeated => return Err("port is there twice".to_owned()),
    };
    match (number, adapter.as_str()) {
        (0, "nfs") => Ok(Port::literal::<12049>()),
        (0, "smb") => Ok(Port::literal::<12445>()),
        (0, other) => {
            Err(format!("port 0 means the default of the type, and {other} has none that is known"))
        }
        (number, _) => Port::try_from(number).map_err(|e| e.to_string()),
    }
}

fn described(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(b) => format!("the boolean {b}"),
        Value::Number(n) => n.to_string(),
        Value::String(s) => format!("the string {:?}", shown(s.as_bytes())),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}

/// The beginning of foreign text, on one line and without control characters, which a terminal would obey. A page that
/// repeats the request has our token in it: what looks like one is not shown.
fn shown(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(&text[..text.len().min(4 * SHOWN)]);
    let words = text.split_whitespace().map(|word| if is_token(word) { "[token]" } else { word });
    let line = words.collect::<Vec<_>>().join(" ");
    let mut shown: String = line.chars().filter(|c| !c.is_control()).take(SHOWN).collect();
    if line.chars().count() > SHOWN {
        shown.push('…');
    }
    shown
}

/// A JSON Web Token begins with a JSON object in base64 (RFC 7519 §3), and so with these letters.
fn is_token(word: &str) -> bool {
    word.contains("eyJ")
}

#[cfg(test)]
mod tests;
