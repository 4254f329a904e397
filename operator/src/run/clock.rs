//! Time and chance: the two things that no decision may take by itself.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use dittofs_core::{Jitter, Moment};
use jiff::Timestamp;
use tokio::time::Instant;

/// Tells the time, and rolls the dice.
#[derive(Clone)]
pub struct Clock {
    /// What [`Moment::now`] counts from.
    start: Instant,
    wall: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    dice: Arc<Mutex<fastrand::Rng>>,
}

/// See [`Clock::dice`].
pub struct Dice(fastrand::Rng);

impl Dice {
    /// How much to deviate from a round figure.
    pub fn jitter(&mut self) -> Jitter {
        Jitter::new(self.0.u16(..1001))
    }
}

impl Clock {
    /// The system's clock, and dice that nobody can foresee.
    pub fn system() -> Self {
        Self::new(Arc::new(Timestamp::now), fastrand::Rng::new())
    }

    /// A clock on the wall, and dice, of the caller's choice: a simulation runs the same way for the same ones.
    pub fn new(wall: Arc<dyn Fn() -> Timestamp + Send + Sync>, dice: fastrand::Rng) -> Self {
        Self { start: Instant::now(), wall, dice: Arc::new(Mutex::new(dice)) }
    }

    /// Now, for decisions.
    pub fn moment(&self) -> Moment {
        Moment { now: self.now(), jitter: Jitter::new(self.roll(1001)) }
    }

    /// Now, counted from the start.
    pub fn now(&self) -> Duration {
        self.start.elapsed()
    }

    /// When this moment is, for a timer.
    pub fn instant(&self, at: Duration) -> Instant {
        // Beyond a century nobody waits.
        self.start + at.min(Duration::from_secs(100 * 365 * 24 * 3600))
    }

    /// Now, as the API server writes it.
    pub fn timestamp(&self) -> Timestamp {
        (self.wall)()
    }

    /// Dice of one's own: what one rolls then does not depend on when others do.
    pub fn dice(&self) -> Dice {
        Dice(self.dice.lock().unwrap_or_else(PoisonError::into_inner).fork())
    }

    fn roll(&self, sides: u16) -> u16 {
        self.dice.lock().unwrap_or_else(PoisonError::into_inner).u16(..sides)
    }
}
