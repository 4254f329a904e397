//! What the API server answered to past writes, for as long as that counts: folded into the view before a decision.

use std::collections::BTreeMap;
use std::time::Duration;

use dittofs_core::Refusal;
use dittofs_core::effects::Kind;

/// How long a refusal counts when nothing is seen to change (design, "The loop").
const COUNTS_FOR: Duration = Duration::from_secs(300);

/// Refusals of one server's writes, by kind and name.
#[derive(Debug, Default)]
pub struct Refusals(BTreeMap<(Kind, String), (Refusal, Duration)>);

impl Refusals {
    /// A write was refused.
    pub fn add(&mut self, kind: Kind, name: String, refusal: Refusal, now: Duration) {
        self.0.insert((kind, name), (refusal, now.saturating_add(COUNTS_FOR)));
    }

    /// An object of this name was seen to change: whoever had it may have given it up.
    /// Says whether anything was refused of it.
    pub fn forget(&mut self, kind: Kind, name: &str) -> bool {
        !self.0.is_empty() && self.0.remove(&(kind, name.to_owned())).is_some()
    }

    /// Those that count now.
    pub fn current(&mut self, now: Duration) -> BTreeMap<(Kind, String), Refusal> {
        self.0.retain(|_, (_, until)| now < *until);
        self.0.iter().map(|(key, (refusal, _))| (key.clone(), *refusal)).collect()
    }

    /// When the next one counts no more.
    pub fn due(&self) -> Option<Duration> {
        self.0.values().map(|(_, until)| *until).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_counts_for_five_minutes_or_until_the_name_is_seen_to_change() {
        let mut refusals = Refusals::default();
        let at = Duration::from_secs;
        refusals.add(Kind::Service, "a".to_owned(), Refusal::NameTaken, at(100));
        refusals.add(Kind::Service, "b".to_owned(), Refusal::NodePortsExhausted, at(200));
        assert_eq!(refusals.due(), Some(at(400)));
        assert_eq!(refusals.current(at(399)).len(), 2);
        assert_eq!(refusals.current(at(400)).len(), 1);
        assert!(refusals.forget(Kind::Service, "b") && !refusals.forget(Kind::Service, "b"));
        assert!(refusals.current(at(401)).is_empty());
        assert_eq!(refusals.due(), None);
    }
}
