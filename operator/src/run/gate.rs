//! How many statuses are written in a second: an outage of all servers at once must not become a storm of writes.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Statuses a second, over time.
const RATE: u32 = 200;
/// Statuses at once.
const BURST: u32 = 400;

/// A token bucket.
#[derive(Debug)]
pub struct Gate(Mutex<Bucket>);

#[derive(Debug)]
struct Bucket {
    /// In thousandths of a write.
    level: u64,
    since: Duration,
}

impl Default for Gate {
    fn default() -> Self {
        Self(Mutex::new(Bucket { level: u64::from(BURST) * 1000, since: Duration::ZERO }))
    }
}

impl Gate {
    /// Lets one through, or says how long to wait before asking again.
    ///
    /// # Errors
    /// How long until one is let through, if nobody else asks.
    pub fn pass(&self, now: Duration) -> Result<(), Duration> {
        let mut bucket = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = now.saturating_sub(bucket.since);
        let gained = u64::try_from(passed.as_micros()).unwrap_or(u64::MAX) / 1000 * u64::from(RATE);
        if gained > 0 {
            bucket.level = bucket.level.saturating_add(gained).min(u64::from(BURST) * 1000);
            bucket.since = now;
        }
        match bucket.level.checked_sub(1000) {
            Some(level) => {
                bucket.level = level;
                Ok(())
            }
            None => Err(Duration::from_millis((1000 - bucket.level) / u64::from(RATE) + 1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_then_the_rate() {
        let gate = Gate::default();
        let start = Duration::from_secs(9);
        assert_eq!((0..1000).filter(|_| gate.pass(start).is_ok()).count(), BURST as usize);
        let wait = gate.pass(start).unwrap_err();
        assert!(wait <= Duration::from_millis(6), "{wait:?}");
        let later = start + Duration::from_secs(1);
        assert_eq!((0..1000).filter(|_| gate.pass(later).is_ok()).count(), RATE as usize);
    }
}
