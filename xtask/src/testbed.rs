//! Builds the programs of the testbed.

mod build;
mod cache;

use std::error::Error;
use std::io;
use std::process::ExitCode;

use dittofs_testbed::tools::{self, Missing};
use dittofs_testbed::{REQUIRED, VARIABLE};

/// Build the real Kubernetes and DittoFS that tests run against, once, into a cache outside the tree.
///
/// The cache is $DITTOFS_TESTBED_CACHE, or `dittofs-adapters/testbed` in $XDG_CACHE_HOME or ~/.cache.
///
/// Exit code: 0 all is there, 1 it failed, 2 usage, 3 there is no Go toolchain.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Print where the programs are, or would be, and do nothing.
    #[arg(long, conflicts_with = "clean")]
    path: bool,
    /// Remove builds of other versions than those of this checkout.
    #[arg(long)]
    clean: bool,
}

/// Nothing can be built, which is not a failure of anything here.
const NO_GO: u8 = 3;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failed {
    /// There is nothing to build it with or no place to build it.
    #[error(transparent)]
    Missing(#[from] Missing),
    /// A file or a process.
    #[error("cannot {act}")]
    Io {
        /// What was tried.
        act: String,
        /// Why it failed.
        #[source]
        source: io::Error,
    },
    /// `go build` has said why itself.
    #[error("go build of {tool} failed: {status}; what it said stands above")]
    Build {
        /// Which one.
        tool: &'static str,
        /// Its exit code.
        status: std::process::ExitStatus,
    },
}

impl Failed {
    fn to(act: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let act = act.into();
        move |source| Self::Io { act, source }
    }
}

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    match act(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failed) => report(&failed),
    }
}

fn act(arguments: &Arguments) -> Result<(), Failed> {
    if arguments.path {
        println!("{}", tools::folder()?.display());
        return Ok(());
    }
    if arguments.clean {
        return cache::clean(&tools::cache()?, &tools::folder()?);
    }
    build::all(&tools::cache()?, &tools::folder()?)
}

fn report(failed: &Failed) -> ExitCode {
    eprintln!("error: {failed}");
    let mut cause = failed.source();
    while let Some(error) = cause {
        eprintln!("  because: {error}");
        cause = error.source();
    }
    match failed {
        Failed::Missing(Missing::Go | Missing::GoUnusable(_)) => {
            eprintln!("Without it, tests against the real Kubernetes and DittoFS are skipped, and say so;");
            eprintln!("{VARIABLE}={REQUIRED} makes failures of them.");
            ExitCode::from(NO_GO)
        }
        Failed::Missing(Missing::NoCache | Missing::NotBuilt { .. })
        | Failed::Io { .. }
        | Failed::Build { .. } => ExitCode::FAILURE,
    }
}
