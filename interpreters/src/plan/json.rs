//! The document as JSON.

use std::fmt::Write as _;

use super::PlanDocument;
use super::clean::obeyed;

impl PlanDocument {
    /// The document as indented JSON, with a line break at its end.
    ///
    /// # Errors
    /// Those of serde, which the types of the document do not provoke.
    pub fn json(&self) -> Result<String, serde_json::Error> {
        let mut json = serde_json::to_string_pretty(self)?;
        json.push('\n');
        Ok(escaped(&json))
    }
}

/// JSON may carry any character but the first control characters as it is. What a terminal would obey is escaped, so that
/// the document can be looked at.
fn escaped(json: &str) -> String {
    if !json.chars().any(|c| c != '\n' && obeyed(c)) {
        return json.to_owned();
    }
    let mut escaped = String::with_capacity(json.len());
    for c in json.chars() {
        if c != '\n' && obeyed(c) {
            // Writing to a String cannot fail; all of them are in the first plane.
            let _ = write!(escaped, "\\u{:04x}", u32::from(c));
        } else {
            escaped.push(c);
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_escaped_and_reads_back() {
        let text = "a\u{202e}b\u{9b}c\u{7f}d";
        let json = serde_json::to_string_pretty(&[text]).unwrap();
        let escaped = escaped(&json);
        assert!(!escaped.contains(['\u{202e}', '\u{9b}', '\u{7f}']), "{escaped}");
        assert_eq!(serde_json::from_str::<Vec<String>>(&escaped).unwrap(), [text]);
    }
}
