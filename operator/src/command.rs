//! The commands: wiring only.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};

use crate::cli::{Cli, Command, When};
use crate::input::InputError;
use crate::terminal;

mod apply;
mod crd;
#[cfg(feature = "demo")]
mod demo;
mod manifests;
mod plan;
mod replay;
mod run;

pub use apply::ApplyError;

/// Any error; also one in how the command was called, for which clap's own code is 2.
const FAILED: u8 = 1;

/// Parses the command line, runs the command and says how it went.
pub fn run(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let Cli { command } = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // `--help` and `--version` come here too. Nobody is left to be told when printing fails.
            let _ = error.print();
            return if error.use_stderr() { FAILED.into() } else { ExitCode::SUCCESS };
        }
    };
    let (result, color) = match command {
        Command::Plan(args) => (plan::run(&args), args.output.color),
        Command::Apply(args) => (apply::run(&args), args.color),
        Command::Replay(args) => (replay::run(&args), args.color),
        Command::Run(args) => (run::run(&args), args.color),
        #[cfg(feature = "demo")]
        Command::Demo(args) => (demo::run(&args), args.color),
        Command::Manifests(args) => (manifests::run(&args), When::Auto),
        Command::Crd => (crd::run(), When::Auto),
        Command::Completions { shell } => (completions(shell), When::Auto),
    };
    match result {
        Ok(code) => code.into(),
        Err(error) => {
            terminal::report(&error, color);
            FAILED.into()
        }
    }
}

fn completions(shell: clap_complete::Shell) -> Result<u8, InputError> {
    let mut script = Vec::new();
    let mut command = Cli::command();
    clap_complete::generate(shell, &mut command, "dittofs-adapters", &mut script);
    print(&String::from_utf8_lossy(&script))
}

fn print(text: &str) -> Result<u8, InputError> {
    terminal::print(text).map_err(InputError::Print)?;
    Ok(0)
}
