//! Watches, and whether they see.
//!
//! A watch that is broken says nothing, as does one of a cluster in which nothing happens. So it begins with a list again
//! after each error: only the end of that list proves that it sees again. While one of the kinds that decide is not seen,
//! nothing is executed: a pod may have become unready, a name taken, or somebody may have pressed pause.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Debug};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use dittofs_core::backoff;
use dittofs_core::effects::Kind;
use futures::{Stream, StreamExt as _, stream};
use kube::runtime::watcher;
use kube::{Api, Resource};
use serde::de::DeserializeOwned;

use super::clock::Dice;

/// The longest pause before a watch is opened again.
const LONGEST: Duration = Duration::from_secs(30);

/// A watch that begins with a list again after each error. It waits before that, longer each time, until a list is complete:
/// that one begins says nothing yet.
pub fn watch<K>(
    api: Api<K>,
    config: watcher::Config,
    dice: Dice,
) -> impl Stream<Item = watcher::Result<watcher::Event<K>>> + Send
where
    K: Resource + Clone + Debug + DeserializeOwned + Send + 'static,
{
    let begin = move || watcher(api.clone(), config.clone()).boxed();
    let start = (begin(), Pauses { failures: 0, dice }, Duration::ZERO);
    stream::unfold(start, move |(mut watching, mut pauses, pause)| {
        let begin = begin.clone();
        async move {
            tokio::time::sleep(pause).await;
            let event = watching.next().await?;
            let mut pause = Duration::ZERO;
            match &event {
                Ok(watcher::Event::Init | watcher::Event::InitApply(_)) => {}
                Ok(watcher::Event::InitDone | watcher::Event::Apply(_) | watcher::Event::Delete(_)) => {
                    pauses.failures = 0;
                }
                Err(_) => {
                    watching = begin();
                    pause = pauses.next();
                }
            }
            Some((event, (watching, pauses, pause)))
        }
    })
}

/// Pauses that grow while a watch fails.
struct Pauses {
    failures: u32,
    dice: Dice,
}

impl Pauses {
    fn next(&mut self) -> Duration {
        // Half of what others wait: until then nothing is done for anybody.
        let pause = backoff::delay(self.failures, self.dice.jitter()) / 2;
        self.failures = self.failures.saturating_add(1);
        pause.min(LONGEST)
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

impl Watched {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::DittoServers, Self::Services, Self::NetworkPolicies, Self::StatefulSets, Self::Pods];

    /// How effects call it, if they write it.
    pub const fn written(self) -> Option<Kind> {
        match self {
            Self::Services => Some(Kind::Service),
            Self::NetworkPolicies => Some(Kind::NetworkPolicy),
            Self::StatefulSets => Some(Kind::StatefulSet),
            Self::DittoServers | Self::Pods => None,
        }
    }
}

/// What the watches see.
#[derive(Debug)]
pub struct Sight(Mutex<Watches>);

/// Those that do not see.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Watches {
    /// Whose first list is not complete yet.
    opening: BTreeSet<Watched>,
    /// Which are broken, and how often in a row.
    broken: BTreeMap<Watched, u32>,
}

impl Default for Sight {
    fn default() -> Self {
        Self(Mutex::new(Watches { opening: Watched::ALL.into(), broken: BTreeMap::new() }))
    }
}

impl Sight {
    /// A watch failed.
    pub fn lose(&self, what: Watched, error: &watcher::Error) {
        let times = {
            let mut watches = self.watches();
            let times = watches.broken.entry(what).or_default();
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
        let mut watches = self.watches();
        watches.opening.remove(&what);
        let was_lost = watches.broken.remove(&what).is_some();
        if was_lost {
            tracing::info!(watch = ?what, "the watch sees again");
        }
        was_lost && watches.broken.is_empty()
    }

    /// Nothing is hidden.
    pub fn is_clear(&self) -> bool {
        self.watches().broken.is_empty()
    }

    /// What is not seen: what was never listed, and what is hidden since.
    ///
    /// # Errors
    /// A line for people.
    pub fn whole(&self) -> Result<(), Hidden> {
        let watches = self.watches().clone();
        if watches.opening.is_empty() && watches.broken.is_empty() { Ok(()) } else { Err(Hidden(watches)) }
    }

    fn watches(&self) -> MutexGuard<'_, Watches> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What cannot be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hidden(Watches);

impl fmt::Display for Hidden {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Watches { opening, broken } = &self.0;
        for what in opening.iter().filter(|what| !broken.contains_key(what)) {
            writeln!(out, "{what:?}: not listed yet")?;
        }
        for (what, times) in broken {
            writeln!(out, "{what:?}: the watch failed {times} times in a row")?;
        }
        Ok(())
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

    #[test]
    fn everything_is_seen_once_every_kind_was_listed_and_while_no_watch_is_broken() {
        let sight = Sight::default();
        for what in Watched::ALL {
            assert!(sight.whole().unwrap_err().to_string().contains(&format!("{what:?}: not listed yet")));
            sight.regain(what);
        }
        assert_eq!(sight.whole(), Ok(()));
        sight.lose(Watched::Pods, &error());
        sight.lose(Watched::Pods, &error());
        assert_eq!(sight.whole().unwrap_err().to_string(), "Pods: the watch failed 2 times in a row\n");
        sight.regain(Watched::Pods);
        assert_eq!(sight.whole(), Ok(()));
    }

    #[test]
    fn pauses_double_from_a_second_to_half_a_minute() {
        let clock = Clock::new(std::sync::Arc::new(jiff::Timestamp::now), fastrand::Rng::with_seed(1));
        let mut pauses = Pauses { failures: 0, dice: clock.dice() };
        for middle in [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0] {
            let pause = pauses.next().as_secs_f64();
            assert!((middle * 0.79..=middle * 1.21).contains(&pause), "{pause} is not about {middle}");
        }
    }
}
