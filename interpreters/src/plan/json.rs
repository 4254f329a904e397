//! The document as JSON.

use super::PlanDocument;

impl PlanDocument {
    /// The document as indented JSON, with a line break at its end.
    ///
    /// # Errors
    /// Those of serde, which the types of the document do not provoke.
    pub fn json(&self) -> Result<String, serde_json::Error> {
        let mut json = serde_json::to_string_pretty(self)?;
        json.push('\n');
        Ok(json)
    }
}
