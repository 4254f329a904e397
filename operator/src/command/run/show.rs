//! The plan instead of its execution: what `plan` prints, whenever it is not what was printed last.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use dittofs_interpreters::plan::Style;
use jiff::{SignedDuration, Timestamp};

use crate::cli::When;
use crate::run::cache::ServerKey;
use crate::run::witness::{Decision, Witness};
use crate::terminal;

/// Nobody says when a DittoServer is gone for good. One that nothing was decided on for so long is forgotten; if it is
/// there still, its plan is printed once more.
const FORGOTTEN_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// Prints plans.
pub struct Show {
    style: Style,
    width: usize,
    printed: Mutex<Printed>,
}

/// What was printed last of each DittoServer, and when that was last decided.
#[derive(Default)]
struct Printed(HashMap<ServerKey, (String, Timestamp)>);

impl Printed {
    /// Whether this is not what was printed last.
    fn is_news(&mut self, key: ServerKey, text: &str, now: Timestamp) -> bool {
        if let Some((last, at)) = self.0.get_mut(&key)
            && last == text
        {
            *at = now;
            return false;
        }
        self.0.retain(|_, (_, at)| now.duration_since(*at) < FORGOTTEN_AFTER);
        self.0.insert(key, (text.to_owned(), now));
        true
    }
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
        if !printed.is_news(key, &text, decision.at) {
            return;
        }
        if let Err(error) = terminal::print(&format!("{text}\n")) {
            tracing::error!(%error, "the plan cannot be printed");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> ServerKey {
        ServerKey { namespace: "files".to_owned(), name: name.to_owned() }
    }

    #[test]
    fn a_plan_is_printed_when_it_is_not_what_was_printed_last() {
        let (mut printed, now) = (Printed::default(), Timestamp::UNIX_EPOCH);
        let told: Vec<bool> = [("a", "1"), ("a", "1"), ("b", "1"), ("a", "2"), ("a", "2"), ("a", "1")]
            .map(|(name, text)| printed.is_news(key(name), text, now))
            .into();
        assert_eq!(told, [true, false, true, true, false, true]);
    }

    #[test]
    fn servers_that_are_gone_are_forgotten_and_those_that_are_there_are_not() {
        let (mut printed, start) = (Printed::default(), Timestamp::UNIX_EPOCH);
        assert!(printed.is_news(key("stays"), "1", start));
        for hour in 1..1_000 {
            let now = start + SignedDuration::from_hours(hour);
            assert!(printed.is_news(key(&format!("passing-{hour}")), "1", now));
            assert!(!printed.is_news(key("stays"), "1", now), "hour {hour}");
            assert!(printed.0.len() <= 25, "{}", printed.0.len());
        }
    }
}
