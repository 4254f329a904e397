//! Where in a file a field stands.
//!
//! A parsed value has no memory of its place. So the file is walked once more, down the path to the field, and there a
//! made-up error stops the parser, which says where it is. That costs nothing as long as nothing is wrong.

use std::cell::Cell;
use std::fmt;

use dittofs_core::api::PathSegment;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A place in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Bytes before it.
    pub offset: usize,
    /// Bytes of what stands there.
    pub length: usize,
    /// Its line, counted from 1.
    pub line: usize,
    /// Its column in characters, counted from 1.
    pub column: usize,
}

impl Place {
    /// The place at a line and column, and how long the word there is.
    pub fn new(text: &str, line: usize, column: usize) -> Self {
        let lines = text.split_inclusive('\n');
        let start: usize = lines.take(line.saturating_sub(1)).map(str::len).sum();
        let rest = text.get(start..).unwrap_or_default();
        let within = rest.char_indices().nth(column.saturating_sub(1)).map_or(rest.len(), |(at, _)| at);
        let offset = start + within;
        Self { offset, length: word(text.get(offset..).unwrap_or_default()), line, column }
    }
}

/// The length of a scalar: to its closing quote, or to what ends a bare one.
fn word(text: &str) -> usize {
    let quoted = text.chars().next().filter(|c| matches!(c, '"' | '\''));
    if let Some(end) = quoted.and_then(|quote| text.get(1..)?.find([quote, '\n'])) {
        return end + 2;
    }
    let line = text.find(['\n', ',', '}', ']', '#']).map_or(text, |end| &text[..end]);
    line.trim_end().len()
}

/// Where the field at `path` stands, or else the nearest of the fields around it.
pub fn locate(text: &str, document: usize, path: &[PathSegment]) -> Option<Place> {
    (0..=path.len()).rev().find_map(|length| exactly(text, document, &path[..length]))
}

fn exactly(text: &str, document: usize, path: &[PathSegment]) -> Option<Place> {
    let reached = Cell::new(false);
    let document = serde_yaml::Deserializer::from_str(text).nth(document)?;
    let error = Walk { path, reached: &reached }.deserialize(document).err()?;
    let location = error.location().filter(|_| reached.get())?;
    Some(Place::new(text, location.line(), location.column()))
}

/// Goes down the path.
#[derive(Clone, Copy)]
struct Walk<'a> {
    path: &'a [PathSegment],
    reached: &'a Cell<bool>,
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Walk<'_> {
    /// At the end of the path, the error that stops the parser. A scalar on the way leads nowhere.
    fn arrive<E: Error>(self) -> Result<(), E> {
        if self.path.is_empty() {
            self.reached.set(true);
            return Err(E::custom("here"));
        }
        Ok(())
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        self.arrive()?;
        while let Some(key) = map.next_key::<String>()? {
            match self.path {
                [PathSegment::Key(wanted), rest @ ..] if *wanted == key => {
                    map.next_value_seed(Walk { path: rest, ..self })?;
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        self.arrive()?;
        let (wanted, rest) = match self.path {
            [PathSegment::Index(index), rest @ ..] => (Some(*index), rest),
            _ => (None, self.path),
        };
        for index in 0.. {
            let more = if Some(index) == wanted {
                seq.next_element_seed(Walk { path: rest, ..self })?.is_some()
            } else {
                seq.next_element::<IgnoredAny>()?.is_some()
            };
            if !more {
                break;
            }
        }
        Ok(())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        self.arrive()
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        self.arrive()
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        self.arrive()
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        self.arrive()
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        self.arrive()
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.arrive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> PathSegment {
        PathSegment::Key(name.to_owned())
    }

    const YAML: &str =
        "first: 1\n---\nspec:\n  ä: x\n  list:\n  - port: 70000 # too high\n  - {port: \"a b\", n: 2}\n";

    #[test]
    fn a_field_is_found_in_block_and_flow_style_and_in_later_documents() {
        let place = |path: &[PathSegment]| {
            let place = locate(YAML, 1, path).unwrap();
            (place.line, place.column, &YAML[place.offset..place.offset + place.length])
        };
        let list = [key("spec"), key("list")];
        let item = |index, field| [&list[..], &[PathSegment::Index(index), key(field)]].concat();
        assert_eq!(place(&item(0, "port")), (6, 11, "70000"));
        assert_eq!(place(&item(1, "port")), (7, 12, "\"a b\""));
        assert_eq!(place(&item(1, "n")), (7, 22, "2"));
        assert_eq!(place(&[key("spec"), key("ä")]), (4, 6, "x"));
    }

    #[test]
    fn a_missing_field_is_shown_at_what_it_is_missing_from() {
        let place = locate(YAML, 1, &[key("spec"), key("list"), PathSegment::Index(1), key("nope")]).unwrap();
        assert_eq!((place.line, place.column), (7, 5));
        assert_eq!(locate(YAML, 0, &[key("spec")]).map(|place| place.line), Some(1));
        assert_eq!(locate(YAML, 2, &[key("spec")]), None);
    }

    #[test]
    fn json_is_located_too() {
        let json = "{\n\t\"spec\": {\"port\": 0, \"a\": []}}";
        let place = locate(json, 0, &[key("spec"), key("port")]).unwrap();
        assert_eq!((place.line, &json[place.offset..place.offset + place.length]), (2, "0"));
    }
}
