//! What happens when, out of a seed.

use std::fmt;

use fastrand::Rng;
use tokio::time::Duration;

use super::act::{Act, People, Resource, Server};

/// How long things happen, at most.
pub const TROUBLED: Duration = Duration::from_secs(600);

/// What a seed stands for.
pub struct Schedule {
    pub seed: u64,
    /// The polling interval to begin with, in seconds.
    pub interval: u64,
    /// The grace period, in seconds.
    pub grace: u64,
    /// What happens, and when.
    pub acts: Vec<(Duration, Act)>,
    /// The DittoServer is deleted while things still go wrong.
    pub is_deleted: bool,
}

impl Schedule {
    pub fn new(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let interval = [10, 30, 30, 60][rng.usize(..4)];
        let grace = [20, 45][rng.usize(..2)];
        let count = rng.usize(3..=24);
        let troubled = rng.u64(20..=TROUBLED.as_secs());
        let mut acts: Vec<_> = (0..count)
            .map(|_| (Duration::from_millis(rng.u64(..troubled * 1000)), Act::any(&mut rng)))
            .collect();
        acts.sort_by_key(|(at, _)| *at);
        // What follows at once upon each other meets in one decision.
        for index in 1..acts.len() {
            if rng.u8(..4) == 0 {
                acts[index].0 = acts[index - 1].0;
            }
        }
        let is_deleted = rng.u8(..8) == 0;
        if is_deleted {
            acts.push((Duration::from_secs(troubled), Act::Resource(Resource::Deleted)));
        }
        Self { seed, interval, grace, acts, is_deleted }
    }

    /// The account, or its password, is lost at some time, while its tokens stay good.
    pub fn loses_the_account(&self) -> bool {
        self.losses() > 0
    }

    /// It is lost so often that it looks as if somebody else wanted it.
    pub fn contests_the_account(&self) -> bool {
        self.losses() >= 3
    }

    fn losses(&self) -> usize {
        let is = |act: &Act| match act {
            Act::Server(server) => matches!(server, Server::DatabaseReset | Server::Replaced),
            Act::Account(_) => true,
            Act::Administrator(_) | Act::ApiServer(_) | Act::Resource(_) | Act::Crash { .. } => false,
            Act::People(act) => matches!(act, People::EditCredentials | People::DeleteCredentials),
        };
        self.acts.iter().filter(|(_, act)| is(act)).count()
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seed {}: interval {} s, grace period {} s", self.seed, self.interval, self.grace)?;
        for (at, act) in &self.acts {
            writeln!(f, "{:>9.3} {act:?}", at.as_secs_f64())?;
        }
        Ok(())
    }
}
