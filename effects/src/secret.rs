//! Secrets on their way to the API server: never shown.

use std::collections::BTreeMap;
use std::fmt;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value, json};

/// What stands for a value wherever one is shown.
const HIDDEN: &str = "(hidden)";

/// A secret text. Neither Debug nor Display show it; it is wiped when dropped.
#[derive(Clone)]
pub struct SecretText(SecretString);

impl SecretText {
    /// Hides the text; `None` when it is empty, which would be no secret.
    pub fn new(text: String) -> Option<Self> {
        (!text.is_empty()).then(|| Self(SecretString::from(text)))
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

impl PartialEq for SecretText {
    fn eq(&self, other: &Self) -> bool {
        self.0.expose_secret() == other.0.expose_secret()
    }
}

impl Eq for SecretText {}

/// A Secret to create.
#[derive(Clone, Debug, PartialEq)]
pub struct NewSecret {
    /// Where it is, and whose.
    pub metadata: ObjectMeta,
    /// What is in it. `None` is a value that nobody made: it can be planned, and not sent.
    pub values: BTreeMap<String, Option<SecretText>>,
}

/// A Secret has a value that nobody made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a Secret is to be created, and nobody made its value")]
pub struct ValueMissing;

impl NewSecret {
    /// The Secret with its values hidden.
    pub(crate) fn shown(&self) -> Value {
        self.written(&self.values.keys().map(|key| (key.clone(), json!(HIDDEN))).collect())
    }

    /// The Secret with its values, for the API server alone.
    ///
    /// # Errors
    /// [`ValueMissing`].
    pub(crate) fn exposed(&self) -> Result<Value, ValueMissing> {
        let exposed = self.values.iter().map(|(key, value)| {
            let value = value.as_ref().ok_or(ValueMissing)?;
            Ok((key.clone(), json!(value.0.expose_secret())))
        });
        Ok(self.written(&exposed.collect::<Result<_, _>>()?))
    }

    fn written(&self, values: &Map<String, Value>) -> Value {
        json!({
            "apiVersion": "v1", "kind": "Secret", "metadata": self.metadata, "type": "Opaque", "stringData": values,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auth_03_a_value_is_shown_to_the_api_server_alone() {
        let value = SecretText::new("hunter2".to_owned());
        let secret = NewSecret {
            metadata: ObjectMeta::default(),
            values: BTreeMap::from([("password".to_owned(), value.clone())]),
        };
        for shown in [format!("{secret:?}"), format!("{value:?}"), secret.shown().to_string()] {
            assert!(!shown.contains("hunter2") && shown.contains(HIDDEN), "{shown}");
        }
        assert_eq!(secret.exposed().unwrap()["stringData"]["password"], "hunter2");
        let unmade = NewSecret { values: BTreeMap::from([("password".to_owned(), None)]), ..secret };
        assert_eq!(unmade.exposed(), Err(ValueMissing));
        assert_eq!(SecretText::new(String::new()), None);
    }
}
