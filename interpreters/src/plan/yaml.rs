//! The document as YAML: the same keys and values as in JSON.

use super::PlanDocument;
use super::clean::obeyed;

impl PlanDocument {
    /// The document as YAML. What a terminal would obey is left out, since YAML cannot escape it everywhere.
    ///
    /// # Errors
    /// Those of serde, which the types of the document do not provoke.
    pub fn yaml(&self) -> Result<String, serde_yaml::Error> {
        let yaml = serde_yaml::to_string(self)?;
        Ok(yaml.chars().filter(|c| *c == '\n' || !obeyed(*c)).collect())
    }
}
