//! The grace period: `enabled` but not `running` is believed only when it lasts (SAFE-04).
//!
//! A live server shows an adapter so while it rebinds a port. The fold from what was known and a new report to what is
//! known is pure: time comes in as a value, counted from any fixed moment.

use std::collections::BTreeMap;
use std::time::Duration;

use dittofs_effects::AdapterType;

use crate::observation::{AdapterReport, State};

/// Since when each adapter has been enabled and not running, by answers of a ready server without a gap.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Suspects(BTreeMap<AdapterType, Duration>);

impl Suspects {
    /// Takes a new report of a ready server in: an adapter that runs again is no suspect; one that has not run for
    /// longer than `grace`, by at least two answers, is confirmed in the report that comes back.
    ///
    /// `now` is the time of the answer. An answer that is no report, or of a server that is not ready, is a gap: nobody
    /// said in between that the adapter does not run, so it has to be seen all over again, by [`Suspects::default`].
    pub fn fold(&self, mut report: AdapterReport, now: Duration, grace: Duration) -> (Self, AdapterReport) {
        let mut next = BTreeMap::new();
        for entry in report.entries_mut() {
            if let State::NotRunning { confirmed } = &mut entry.state {
                let first = self.0.get(&entry.adapter).copied();
                // The first answer can never confirm, however short the grace period is.
                *confirmed = first.is_some_and(|since| now.saturating_sub(since) > grace);
                next.insert(entry.adapter.clone(), first.unwrap_or(now));
            }
        }
        (Self(next), report)
    }

    /// After when the earliest suspect can be confirmed, of those that the answer at `last` could not confirm.
    pub fn due(&self, grace: Duration, last: Duration) -> Option<Duration> {
        self.0.values().map(|since| since.saturating_add(grace)).filter(|due| *due >= last).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observation::Observation;
    use crate::wire::observe;

    const GRACE: Duration = Duration::from_secs(45);

    fn report(running: bool) -> AdapterReport {
        let body = format!(r#"[{{"type":"nfs","enabled":true,"running":{running},"port":12049}}]"#);
        match observe(200, Some("application/json"), body.as_bytes()) {
            Observation::Reported(report) => report,
            other => panic!("{other:?}"),
        }
    }

    fn confirmed(report: &AdapterReport) -> bool {
        report.entries()[0].state == State::NotRunning { confirmed: true }
    }

    #[test]
    fn safe_04_not_running_is_believed_only_when_it_lasts_longer_than_the_grace_period() {
        let at = Duration::from_secs;
        let (suspects, first) = Suspects::default().fold(report(false), at(100), GRACE);
        assert!(!confirmed(&first), "one answer is never enough");
        assert_eq!(suspects.due(GRACE, at(100)), Some(at(145)));
        let (suspects, second) = suspects.fold(report(false), at(145), GRACE);
        assert!(!confirmed(&second), "as long as is not longer than");
        assert_eq!(
            suspects.due(GRACE, at(145)),
            Some(at(145)),
            "an answer at this very moment was too early"
        );
        let (suspects, third) = suspects.fold(report(false), at(146), GRACE);
        assert!(confirmed(&third));
        assert_eq!(suspects.due(GRACE, at(146)), None, "nothing is left to be confirmed");
    }

    #[test]
    fn safe_04_two_answers_are_needed_even_without_grace() {
        let (suspects, first) =
            Suspects::default().fold(report(false), Duration::from_secs(9), Duration::ZERO);
        assert!(!confirmed(&first));
        let (_, second) = suspects.fold(report(false), Duration::from_secs(10), Duration::ZERO);
        assert!(confirmed(&second));
    }

    #[test]
    fn safe_04_running_once_in_between_starts_over() {
        let (suspects, _) = Suspects::default().fold(report(false), Duration::from_secs(0), GRACE);
        let (suspects, _) = suspects.fold(report(true), Duration::from_secs(40), GRACE);
        assert_eq!(suspects.due(GRACE, Duration::from_secs(40)), None);
        let (_, again) = suspects.fold(report(false), Duration::from_secs(90), GRACE);
        assert!(!confirmed(&again));
    }
}
