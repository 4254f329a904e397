//! What comes from outside with every step: the time, and a roll of the dice.

use std::time::Duration;

/// When a step is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Counted from any fixed moment, by a clock that never goes back.
    pub now: Duration,
    /// Spreads what many sessions would otherwise do at once.
    pub jitter: Jitter,
}

/// A number between 0 and 1, in thousandths. Whoever calls rolls it anew for each step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Jitter(u16);

impl Jitter {
    /// The middle: no deviation of a delay.
    pub const MIDDLE: Self = Self(500);

    /// Thousandths above 1000 count as 1000.
    pub const fn new(thousandths: u16) -> Self {
        Self(if thousandths > 1000 { 1000 } else { thousandths })
    }

    /// In thousandths, 0 to 1000.
    pub const fn thousandths(self) -> u32 {
        self.0 as u32
    }
}
