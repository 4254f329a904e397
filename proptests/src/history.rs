//! Placeholder.
use crate::case::Decided;
use crate::invariants::Verdict;

/// Placeholder.
#[derive(Clone, Debug)]
pub struct Ended {
    /// Placeholder.
    pub decided: Decided,
}

impl Ended {
    /// Placeholder.
    ///
    /// # Errors
    /// Placeholder.
    pub fn is_quiet(&self) -> Verdict {
        Ok(())
    }
    /// Placeholder.
    ///
    /// # Errors
    /// Placeholder.
    pub fn restarts_are_those_asked_for(&self) -> Verdict {
        Ok(())
    }
}
