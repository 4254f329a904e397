//! The plan instead of its execution: what `plan` prints, whenever it is not what was printed last.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use dittofs_interpreters::plan::Style;

use crate::cli::When;
use crate::run::cache::ServerKey;
use crate::run::witness::{Decision, Witness};
use crate::terminal;

/// Prints plans.
pub struct Show {
    style: Style,
    width: usize,
    printed: Mutex<HashMap<ServerKey, String>>,
}

impl Show {
    /// Prints to standard output.
    pub fn new(color: When) -> Self {
        Self { style: terminal::style(color), width: terminal::width(None), printed: Mutex::default() }
    }
}

impl Witness for Show {
    fn decided(&self, decision: &Decision<'_>) {
        let (namespace, name) = (&decision.spec.namespace, &decision.spec.name);
        let text = match decision.plan() {
            Ok(document) => document.text(self.width, self.style),
            Err(error) => {
                tracing::error!(namespace, name, error, "the plan cannot be made");
                return;
            }
        };
        let key = ServerKey { namespace: namespace.clone(), name: name.clone() };
        let mut printed = self.printed.lock().unwrap_or_else(PoisonError::into_inner);
        if printed.get(&key) == Some(&text) {
            return;
        }
        if let Err(error) = terminal::print(&format!("{text}\n")) {
            tracing::error!(%error, "the plan cannot be printed");
        }
        printed.insert(key, text);
    }
}
