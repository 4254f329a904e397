//! Effects as a plan: what would happen, in which order, and why.
//!
//! A [`PlanDocument`] is the whole of it, and what `--out` writes. It is rendered as [`text`](PlanDocument::text) for a
//! person, as [`json`](PlanDocument::json) or [`yaml`](PlanDocument::yaml) for a script, and as
//! [`markdown`](PlanDocument::markdown) for a pull request. Everything is computed from the very effects that an
//! operator would execute, so the plan can say nothing else.

mod clean;
mod compact;
mod diff;
mod difference;
mod document;
mod exit_code;
mod json;
mod markdown;
mod preview;
mod reachability;
mod style;
mod text;
mod warnings;
mod wrap;
mod yaml;

pub use clean::clean;
pub use difference::Difference;
pub use document::{
    Action, EffectEntry, Explanation, FORMAT_VERSION, GuardEntry, HoldEntry, PlanDocument, PreconditionEntry,
    ServerEntry, SummaryEntry,
};
pub use preview::{Preview, PreviewError};
pub use reachability::{NumberOrName, PortEntry, ReachabilityEntry, ReachableEntry};
pub use style::{Style, Tone};
pub use wrap::wrap;
