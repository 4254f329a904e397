//! The little YAML that the configuration consists of: blocks, texts, numbers, flags and lists of texts.
//!
//! Written by hand, since the form is a contract: four spaces, and quotes where the Go operator's writer has them (a text
//! in another form would be another ConfigMap at takeover). What it writes, any YAML parser reads back.

use std::fmt::{Display, Write as _};

const INDENT: usize = 4;

/// A block of keys, as text.
#[derive(Debug, Default)]
pub(super) struct Block {
    text: String,
    depth: usize,
}

impl Block {
    /// The whole text.
    pub fn written(self) -> String {
        self.text
    }

    /// A key with a text.
    pub fn text(&mut self, key: &str, text: &str) {
        self.line(key, &scalar(text));
    }

    /// A key with a text, where there is one.
    pub fn text_if_set(&mut self, key: &str, text: &str) {
        if !text.is_empty() {
            self.text(key, text);
        }
    }

    /// A key with a number.
    pub fn number(&mut self, key: &str, number: impl Display) {
        self.line(key, &number.to_string());
    }

    /// A key with a flag.
    pub fn flag(&mut self, key: &str, flag: bool) {
        self.line(key, if flag { "true" } else { "false" });
    }

    /// A key with `true`, where it is true.
    pub fn flag_if_set(&mut self, key: &str, flag: bool) {
        if flag {
            self.flag(key, flag);
        }
    }

    /// A key with a block.
    pub fn block(&mut self, key: &str, fill: impl FnOnce(&mut Self)) {
        self.indent();
        self.text.push_str(key);
        self.text.push_str(":\n");
        self.depth += 1;
        fill(self);
        self.depth -= 1;
    }

    /// A key with a list of texts.
    pub fn list(&mut self, key: &str, items: &[String]) {
        self.block(key, |list| {
            for item in items {
                list.indent();
                list.text.push_str("- ");
                list.text.push_str(&scalar(item));
                list.text.push('\n');
            }
        });
    }

    fn line(&mut self, key: &str, value: &str) {
        self.indent();
        // Writing to a String cannot fail.
        let _ = writeln!(self.text, "{key}: {value}");
    }

    fn indent(&mut self) {
        self.text.extend(std::iter::repeat_n(' ', self.depth * INDENT));
    }
}

/// A text as it stands after its key: plain where it can be, in single quotes where its characters mean something, in
/// double ones where it would be read as another type, or cannot be written otherwise.
fn scalar(text: &str) -> String {
    if text.is_empty() || reads_as_another_type(text) || text.chars().any(is_unprintable) {
        double_quoted(text)
    } else if needs_quotes(text) {
        format!("'{}'", text.replace('\'', "''"))
    } else {
        text.to_owned()
    }
}

fn is_unprintable(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}')
}

/// The indicators of YAML 1.2 §5.3, where they stand first, and what ends a plain text within it.
fn needs_quotes(text: &str) -> bool {
    const FIRST: &[char] =
        &[',', '[', ']', '{', '}', '#', '&', '*', '!', '|', '>', '\'', '"', '%', '@', '`', ' '];
    let dashes = |c: char| text.strip_prefix(c).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '));
    text.starts_with(FIRST)
        || ['-', '?', ':'].into_iter().any(dashes)
        || text.starts_with("---")
        || text.starts_with("...")
        || text.contains(": ")
        || text.contains(" #")
        || text.ends_with(':')
        || text.ends_with(' ')
}

/// A flag, nothing, a number or a time, as YAML 1.1 or 1.2 reads them.
fn reads_as_another_type(text: &str) -> bool {
    const WORDS: [&str; 13] =
        ["true", "false", "yes", "no", "on", "off", "y", "n", "null", "~", ".nan", ".inf", "<<"];
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
        || text == "="
        || unsigned.eq_ignore_ascii_case(".inf")
        || is_number(unsigned)
        || is_date(text)
}

fn is_number(unsigned: &str) -> bool {
    let digits = unsigned.replace('_', "");
    let all = |text: &str, radix: u32| !text.is_empty() && text.chars().all(|c| c.is_digit(radix));
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if digits.to_ascii_lowercase().strip_prefix(prefix).is_some_and(|rest| all(rest, radix)) {
            return true;
        }
    }
    // Base 60, as in 12:30:45.6.
    if let Some((whole, last)) = digits.rsplit_once(':') {
        let last = last.split('.').next().unwrap_or_default();
        return all(last, 10) && whole.split(':').all(|part| all(part, 10));
    }
    let starts = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    starts && digits.parse::<f64>().is_ok()
}

fn is_date(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let mut next = |least: usize, most: usize| {
        let part = parts.next().unwrap_or_default();
        let digits = part.chars().take_while(char::is_ascii_digit).count();
        (least..=most).contains(&digits)
    };
    text.starts_with(|c: char| c.is_ascii_digit()) && next(4, 4) && next(1, 2) && next(1, 2)
}

fn double_quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            c if is_unprintable(c) => {
                let _ = write!(quoted, "\\U{:08X}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_written_as_the_go_operator_writes_them() {
        for (text, written) in [
            ("stdout", "stdout"),
            ("0.0.0.0", "0.0.0.0"),
            ("30s", "30s"),
            ("1m30s", "1m30s"),
            ("ldaps://dc.example.com:636", "ldaps://dc.example.com:636"),
            ("cn=a b,dc=example", "cn=a b,dc=example"),
            ("nfs/files.example.com@EXAMPLE.COM", "nfs/files.example.com@EXAMPLE.COM"),
            ("FILES$", "FILES$"),
            ("10.0.0.5:88", "10.0.0.5:88"),
            ("a: b", "'a: b'"),
            ("it's: so", "'it''s: so'"),
            ("@x", "'@x'"),
            ("", "\"\""),
            ("true", "\"true\""),
            ("No", "\"No\""),
            ("12", "\"12\""),
            ("1e3", "\"1e3\""),
            ("2026-01-01", "\"2026-01-01\""),
            ("a\nb", "\"a\\nb\""),
        ] {
            assert_eq!(scalar(text), written);
        }
    }

    const PARTS: [&str; 57] = [
        "",
        "a",
        "true",
        "~",
        "null",
        "-",
        "- a",
        "? a",
        ": a",
        ":",
        "#",
        " #",
        "a: b",
        "a:",
        "'",
        "\"",
        "\\",
        "\n",
        "\nadapters:\n    - nfs",
        "\t",
        "\r",
        "\u{0}",
        "\u{85}",
        "\u{2028}",
        "\u{feff}",
        "{a: b}",
        "[a]",
        "&a",
        "*a",
        "!a",
        "|",
        ">",
        "%a",
        "@a",
        "`a",
        "0x1f",
        "0o7",
        "017",
        "1_000",
        ".5",
        "5.",
        "-.inf",
        ".NaN",
        "1:30",
        "---",
        "--- a",
        "...",
        "2026-01-01T00:00:00Z",
        "é",
        "<<",
        "=",
        " a ",
        "a ",
        "+1",
        "-1",
        "1e",
        "e1",
    ];

    /// Whatever somebody writes into a field stays one text: nothing of it becomes a key.
    #[test]
    fn secu_02_every_text_is_read_back_as_it_was() {
        for first in PARTS {
            for second in PARTS {
                let text = format!("{first}{second}");
                let mut block = Block::default();
                block.text("key", &text);
                block.block("more", |more| more.list("list", std::slice::from_ref(&text)));
                let read: serde_yaml::Value = serde_yaml::from_str(&block.written())
                    .unwrap_or_else(|error| panic!("{text:?}: {error}"));
                assert_eq!(read["key"].as_str(), Some(text.as_str()));
                assert_eq!(read["more"]["list"][0].as_str(), Some(text.as_str()));
                assert_eq!(read.as_mapping().unwrap().len(), 2, "{text:?}");
            }
        }
    }
}
