//! What is worth a line in the log: one per change of the cause, then per doubling (AUTH-04).

use std::fmt;
use std::time::Duration;

use crate::observation::{EmptyKind, Why};

/// A line for the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A poll failed.
    Failed {
        /// How.
        why: Why,
        /// How often in a row for this cause.
        times: u32,
        /// When it is tried again.
        retry_in: Duration,
    },
    /// An answer said nothing, for the first time.
    Empty(EmptyKind),
    /// A poll succeeded again.
    Recovered,
}

impl Notice {
    /// Somebody should look.
    pub const fn is_warning(&self) -> bool {
        match self {
            Self::Failed { .. } | Self::Empty(_) => true,
            Self::Recovered => false,
        }
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed { why, times, retry_in } => {
                let seconds = retry_in.as_secs_f64();
                write!(
                    f,
                    "the adapters cannot be read, so they stay as they are: {why} ({times} in a row; next try in \
                     {seconds:.1} s)"
                )
            }
            Self::Empty(kind) => write!(f, "DittoFS answered with {kind} for its adapters"),
            Self::Recovered => f.write_str("the adapters can be read again"),
        }
    }
}
