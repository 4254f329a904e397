//! Flags of `replay`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::When;

/// `replay`.
#[derive(Debug, Args)]
pub struct ReplayArgs {
    /// What run --record wrote; - is standard input
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The form of the answer
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t = ReplayFormat::Text)]
    pub output: ReplayFormat,
    /// Colours; auto is on a terminal, unless NO_COLOR is set
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = When::Auto)]
    pub color: When,
}

/// The form of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReplayFormat {
    /// For a person.
    Text,
    /// A versioned schema.
    Json,
}

/// The end of the help of `replay`.
pub const REPLAY_HELP: &str = "\
Compared is what is done (effects in their order, with the objects before and after) and what is \
held, by its code. Sentences may be worded otherwise.

Exit codes:
  0  every decision is the same
  1  an error, such as a line that cannot be read
  2  a decision differs

Example:
  dittofs-adapters run --record /var/lib/dittofs-adapters
  dittofs-adapters replay /var/lib/dittofs-adapters/*.jsonl";
