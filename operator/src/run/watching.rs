//! Watches, and whether they see.
//!
//! A watch that is broken says nothing, as does one of a cluster in which nothing happens. So it begins with a list again
//! after each error: only the end of that list proves that it sees again. While one of the kinds that decide is not seen,
//! nothing is executed: a pod may have become unready, a name taken, or somebody may have pressed pause.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use dittofs_core::backoff;
use futures::stream::{self, BoxStream};
use futures::{Stream, StreamExt as _};
use kube::runtime::utils::Backoff;
use kube::runtime::{WatchStreamExt as _, watcher};
use kube::{Api, Resource};
use serde::de::DeserializeOwned;

use super::clock::Dice;

/// The longest pause before a watch is opened again.
const LONGEST: Duration = Duration::from_secs(30);

/// A watch that begins with a list again after each error, and waits in between.
pub fn watch<K>(
    api: Api<K>,
    config: watcher::Config,
    dice: Dice,
) -> impl Stream<Item = watcher::Result<watcher::Event<K>>> + Send
where
    K: Resource + Clone + Debug + DeserializeOwned + Send + 'static,
{
    let events = stream::unfold(None, move |watching: Option<BoxStream<'static, _>>| {
        let (api, config) = (api.clone(), config.clone());
        async move {
            let mut watching = watching.unwrap_or_else(|| watcher(api, config).boxed());
            let event = watching.next().await?;
            let goes_on = event.is_ok().then_some(watching);
            Some((event, goes_on))
        }
    });
    events.backoff(pauses(dice))
}

/// Pauses that grow while a watch fails.
pub const fn pauses(dice: Dice) -> Pauses {
    Pauses { failures: 0, dice }
}

/// See [`pauses`].
pub struct Pauses {
    failures: u32,
    dice: Dice,
}

impl Iterator for Pauses {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        // Half of what others wait: until then nothing is done for anybody.
        let pause = backoff::delay(self.failures, self.dice.jitter()) / 2;
        self.failures = self.failures.saturating_add(1);
        Some(pause.min(LONGEST))
    }
}

impl Backoff for Pauses {
    fn reset(&mut self) {
        self.failures = 0;
    }
}

/// A kind whose objects decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Watched {
    DittoServers,
    Services,
    NetworkPolicies,
    StatefulSets,
    Pods,
}

/// Which watches are broken, and how often in a row.
#[derive(Debug, Default)]
pub struct Sight(Mutex<BTreeMap<Watched, u32>>);

impl Sight {
    /// A watch failed.
    pub fn lose(&self, what: Watched, error: &watcher::Error) {
        let times = {
            let mut broken = self.broken();
            let times = broken.entry(what).or_default();
            *times = times.saturating_add(1);
            *times
        };
        if times.is_power_of_two() {
            tracing::warn!(
                watch = ?what, times, %error,
                "a watch failed and is opened again; nothing is executed until it sees again"
            );
        }
    }

    /// A list is complete. Says whether everything can be seen that could not before.
    pub fn regain(&self, what: Watched) -> bool {
        let mut broken = self.broken();
        let was_lost = broken.remove(&what).is_some();
        if was_lost {
            tracing::info!(watch = ?what, "the watch sees again");
        }
        was_lost && broken.is_empty()
    }

    /// Nothing is hidden.
    pub fn is_clear(&self) -> bool {
        self.broken().is_empty()
    }

    fn broken(&self) -> MutexGuard<'_, BTreeMap<Watched, u32>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::super::clock::Clock;
    use super::*;

    fn error() -> watcher::Error {
        watcher::Error::NoResourceVersion
    }

    #[test]
    fn sight_is_clear_again_when_every_watch_that_broke_has_listed() {
        let sight = Sight::default();
        assert!(sight.is_clear() && !sight.regain(Watched::Pods), "the first list is no news");
        sight.lose(Watched::Pods, &error());
        sight.lose(Watched::Services, &error());
        sight.lose(Watched::Pods, &error());
        assert!(!sight.is_clear());
        assert!(!sight.regain(Watched::Pods) && !sight.is_clear());
        assert!(!sight.regain(Watched::DittoServers), "it was never lost");
        assert!(sight.regain(Watched::Services) && sight.is_clear());
    }

    #[tokio::test(start_paused = true)]
    async fn pauses_double_from_a_second_to_half_a_minute_and_begin_anew_after_a_success() {
        let clock = Clock::new(std::sync::Arc::new(jiff::Timestamp::now), fastrand::Rng::with_seed(1));
        let mut pauses = pauses(clock.dice());
        let found: Vec<f64> = pauses.by_ref().take(7).map(|pause| pause.as_secs_f64()).collect();
        for (pause, middle) in found.iter().zip([1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]) {
            assert!((middle * 0.79..=middle * 1.21).contains(pause), "{found:?}");
        }
        pauses.reset();
        assert!(pauses.next().is_some_and(|pause| pause < Duration::from_secs(2)));
    }
}
