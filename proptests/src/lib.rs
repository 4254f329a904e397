//! Property tests of what the product promises.
//!
//! Read [`invariants`] first: it is the list of promises, each a predicate over one decision and what came of it.
//! [`strategies`] makes servers, clusters and answers, from settled to hostile; [`history`] strings decisions, faults
//! and other people's doings together. `docs/invariants.md` says which break of the product turns which promise red.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "for tests, where a panic is a failure"
)]

/// Gives up with a sentence unless something holds.
macro_rules! ensure {
    ($holds:expr, $($why:tt)+) => {
        if !$holds {
            return Err(format!($($why)+));
        }
    };
}

pub mod case;
pub mod history;
pub mod invariants;
pub mod judged;
pub mod open;
pub mod raw;
pub mod strategies;
