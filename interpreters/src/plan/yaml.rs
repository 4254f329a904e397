//! The document as YAML: the same keys and values as in JSON.

use super::PlanDocument;

impl PlanDocument {
    /// The document as YAML.
    ///
    /// # Errors
    /// Those of serde, which the types of the document do not provoke.
    pub fn yaml(&self) -> Result<String, serde_yaml::Error> {
        serde_yaml::to_string(self)
    }
}
