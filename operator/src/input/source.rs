//! Bytes of files and of standard input.

use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use dittofs_core::api::PathSegment;
use serde::Deserialize as _;
use serde_json::Value;

use super::InputError;
use super::locate::{Place, locate};
use super::problem::Problem;
use super::unique::Unique;

/// Reads files. Standard input can be read once.
#[derive(Debug, Default)]
pub struct Reader {
    stdin: Option<&'static str>,
}

/// A file of text.
#[derive(Clone, Debug)]
pub struct Text {
    /// Its name as errors give it.
    pub name: String,
    /// What is in it.
    pub text: Arc<str>,
}

impl Reader {
    /// The bytes of a file; `-` is standard input.
    pub fn bytes(&mut self, flag: &'static str, path: &Path) -> Result<Vec<u8>, InputError> {
        let failed = |source| InputError::Read { file: name(path), flag, source };
        if path.as_os_str() != "-" {
            return std::fs::read(path).map_err(failed);
        }
        if let Some(first) = self.stdin.replace(flag) {
            return Err(InputError::StdinTwice { first, second: flag });
        }
        let mut bytes = Vec::new();
        std::io::stdin().read_to_end(&mut bytes).map_err(failed)?;
        Ok(bytes)
    }

    /// The text of a file; `-` is standard input.
    pub fn text(&mut self, flag: &'static str, path: &Path) -> Result<Text, InputError> {
        let bytes = self.bytes(flag, path)?;
        let text = String::from_utf8(bytes).map_err(|error| InputError::NotText {
            file: name(path),
            flag,
            source: error.utf8_error(),
        })?;
        // Some editors begin a file with a byte order mark.
        let text = text.strip_prefix('\u{feff}').map_or(text.as_str(), |rest| rest).into();
        Ok(Text { name: name(path), text })
    }
}

fn name(path: &Path) -> String {
    if path.as_os_str() == "-" { "standard input".to_owned() } else { path.display().to_string() }
}

impl Text {
    /// The documents of the file, by their number; empty ones are left out.
    ///
    /// JSON is read as such first: it is faster, and not every JSON string is a YAML string.
    pub fn documents(&self) -> Result<Vec<(usize, Value)>, InputError> {
        if self.text.trim_start().starts_with(['{', '['])
            && let Ok(Unique(document)) = serde_json::from_str(&self.text)
        {
            return Ok(vec![(0, document)]);
        }
        let mut documents = Vec::new();
        for (number, document) in serde_yaml::Deserializer::from_str(&self.text).enumerate() {
            match Unique::deserialize(document) {
                Ok(Unique(Value::Null)) => {}
                Ok(Unique(document)) => documents.push((number, document)),
                Err(error) => {
                    let place = error.location().map(|l| Place::new(&self.text, l.line(), l.column()));
                    return Err(InputError::located(Problem::Syntax(error), self, place));
                }
            }
        }
        Ok(documents)
    }

    /// The problem, at the field with this path.
    pub fn at(&self, document: usize, path: &[PathSegment], problem: Problem) -> InputError {
        InputError::located(problem, self, locate(&self.text, document, path))
    }
}
