//! `dittofs-adapters`: the cluster follows the adapters that a DittoFS server runs. Wiring only.

use std::process::ExitCode;

mod cli;
mod command;
mod input;
mod terminal;

fn main() -> ExitCode {
    command::run(std::env::args_os())
}
