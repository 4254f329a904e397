//! `dittofs-adapters`: the cluster follows the adapters that a DittoFS server runs. Wiring only.

use std::process::ExitCode;

mod cli;
mod command;
#[cfg(feature = "demo")]
pub mod demo;
mod input;
mod live;
mod record;
pub mod run;
#[cfg(feature = "demo")]
pub mod stage;
mod terminal;
mod trust;

/// Parses the command line, runs the command and says how it went.
pub fn main() -> ExitCode {
    command::run(std::env::args_os())
}
