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
    /// When the last of those may ask again who were told to wait: each has a place of its own in the queue.
    queued: Duration,
}

impl Default for Gate {
    fn default() -> Self {
        Self(Mutex::new(Bucket {
            level: u64::from(BURST) * 1000,
            since: Duration::ZERO,
            queued: Duration::ZERO,
        }))
    }
}

impl Gate {
    /// Lets one through, or says how long to wait before asking again.
    ///
    /// # Errors
    /// How long until this one is let through, behind those who wait already.
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
            None => {
                let next = now + Duration::from_millis((1000 - bucket.level) / u64::from(RATE) + 1);
                bucket.queued = bucket.queued.saturating_add(Duration::from_secs(1) / RATE).max(next);
                Err(bucket.queued.saturating_sub(now))
            }
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
        assert_eq!((0..BURST).filter(|_| gate.pass(start).is_ok()).count(), BURST as usize);
        let wait = gate.pass(start).unwrap_err();
        assert!(wait <= Duration::from_millis(6), "{wait:?}");
        let later = start + Duration::from_secs(1);
        assert_eq!((0..1000).filter(|_| gate.pass(later).is_ok()).count(), RATE as usize);
    }

    #[test]
    fn obsv_02_those_who_wait_do_not_ask_all_the_time() {
        let (gate, mut waiting) = (Gate::default(), std::collections::BTreeSet::new());
        waiting.extend((0..10_000_u32).map(|server| (Duration::from_secs(9), server)));
        let (mut asked, mut last) = (0, Duration::ZERO);
        while let Some((at, server)) = waiting.pop_first() {
            asked += 1;
            assert!(asked < 30_000, "asked {asked} times until {at:?}");
            last = at;
            if let Err(wait) = gate.pass(at) {
                waiting.insert((at + wait.max(Duration::from_millis(10)), server));
            }
        }
        assert!(last < Duration::from_secs(9 + 60), "the last one is let through after {last:?}");
    }
}
