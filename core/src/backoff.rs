//! Waiting longer after each failure, and saying so less and less often (AUTH-04, OBSV-03).

use std::time::Duration;

use crate::moment::Jitter;

/// The first delay, before jitter.
pub const FIRST: Duration = Duration::from_secs(2);

/// No delay is longer, jitter included.
pub const LONGEST: Duration = Duration::from_secs(300);

/// The delay after the failure number `n`, counted from 0: 2 s · 2ⁿ ± 20 %, at most 5 min.
pub fn delay(n: u32, jitter: Jitter) -> Duration {
    let doubled = 2_u32.checked_pow(n).and_then(|factor| FIRST.checked_mul(factor));
    let base = doubled.unwrap_or(LONGEST).min(LONGEST);
    (base * (800 + jitter.thousandths() * 400 / 1000) / 1000).min(LONGEST)
}

/// Failures in a row. `C` is what counts as one cause, and is to be free of texts that differ from try to try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backoff<C> {
    failures: u32,
    cause: Option<(C, u32)>,
}

impl<C> Default for Backoff<C> {
    fn default() -> Self {
        Self { failures: 0, cause: None }
    }
}

/// What follows from one more failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure {
    /// How long to wait.
    pub delay: Duration,
    /// How often in a row this very cause was seen.
    pub times: u32,
    /// Whether it is worth a line in the log: the cause is another, or its count has doubled.
    pub line: bool,
}

impl<C: PartialEq> Backoff<C> {
    /// Takes one more failure in. A change of the cause starts its line count over, not the delay.
    pub fn fail(&mut self, cause: C, jitter: Jitter) -> Failure {
        let times = match &self.cause {
            Some((known, times)) if *known == cause => times.saturating_add(1),
            Some(_) | None => 1,
        };
        self.cause = Some((cause, times));
        let delay = delay(self.failures, jitter);
        self.failures = self.failures.saturating_add(1);
        Failure { delay, times, line: times.is_power_of_two() }
    }

    /// A success: the next failure is the first one again.
    pub fn succeed(&mut self) {
        *self = Self::default();
    }

    /// The pod became ready: the next delay is the first one again, while lines go on being rare.
    pub fn hurry(&mut self) {
        self.failures = 0;
    }

    /// Failures that the next delay is computed from.
    pub const fn failures(&self) -> u32 {
        self.failures
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auth_04_obsv_03_delays_double_from_2_s_to_5_min_and_deviate_by_a_fifth() {
        let seconds = |n, jitter| delay(n, Jitter::new(jitter)).as_secs_f64();
        let middle: Vec<f64> = (0..10).map(|n| seconds(n, 500)).collect();
        assert_eq!(middle, [2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 300.0, 300.0]);
        assert_eq!((seconds(0, 0), seconds(0, 1000)), (1.6, 2.4));
        assert_eq!((seconds(9, 0), seconds(9, 1000)), (240.0, 300.0), "never above the cap");
        assert_eq!(delay(u32::MAX, Jitter::MIDDLE), LONGEST);
        assert_eq!(Jitter::new(u16::MAX), Jitter::new(1000));
    }

    #[test]
    fn one_line_per_change_of_cause_then_per_doubling() {
        let mut backoff = Backoff::default();
        let mut lines = |cause: &'static str, tries: u32| -> Vec<u32> {
            let failures = (0..tries).map(|_| backoff.fail(cause, Jitter::MIDDLE));
            failures.filter(|f| f.line).map(|f| f.times).collect()
        };
        assert_eq!(lines("refused", 9), [1, 2, 4, 8]);
        assert_eq!(lines("timed out", 1), [1], "another cause");
        assert_eq!(lines("refused", 2), [1, 2], "and back");
        assert_eq!(backoff.failures(), 12, "the delay does not start over with the cause");
        backoff.succeed();
        assert_eq!(backoff.fail("refused", Jitter::MIDDLE).delay, FIRST);
    }

    #[test]
    fn a_pod_that_becomes_ready_ends_the_waiting_and_not_the_silence() {
        let mut backoff = Backoff::default();
        for _ in 0..5 {
            backoff.fail((), Jitter::MIDDLE);
        }
        backoff.hurry();
        let next = backoff.fail((), Jitter::MIDDLE);
        assert_eq!((next.delay, next.times, next.line), (FIRST, 6, false));
    }
}
