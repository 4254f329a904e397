//! `demo`: the operator at work, on a cluster and a DittoFS server that live in this process, or on real ones.
//!
//! It is the very loop of `run`, at one of two sites. On the [`Stage`] time is virtual, so that half an hour of outage is
//! shown in a moment. Nothing is staged but what an administrator, an accident or another person does, and on the real
//! control plane its kubelets and cloud.

mod embedded;
mod expect;
mod guide;
mod page;
#[cfg(feature = "testbed")]
mod real;
mod serve;
mod site;
mod snapshot;
mod tour;

use std::sync::Arc;
use std::time::Duration;

use dittofs_interpreters::dittofs::Address;
use dittofs_interpreters::plan::Style;

use crate::run::{Options, run};
use crate::stage::Stage;

use guide::Guide;
use page::Page;

pub use expect::Unexpected;

/// How the demo goes.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Colours.
    pub style: Style,
    /// Columns.
    pub width: usize,
    /// How long a page is left to be read.
    pub pace: Duration,
    /// Which servers.
    pub servers: Servers,
}

/// Which servers the operator works on, and whether they stay afterwards, for kubectl and curl.
#[derive(Clone, Copy, Debug)]
pub enum Servers {
    /// Those in this process.
    Embedded {
        /// On these ports, where 0 is any that is free.
        serve: Option<Ports>,
    },
    /// Real ones, started for the demo.
    Real {
        /// Whether they stay.
        serve: bool,
    },
}

/// Where the servers listen afterwards.
#[derive(Clone, Copy, Debug)]
pub struct Ports {
    /// The Kubernetes API.
    pub kubernetes: u16,
    /// DittoFS.
    pub dittofs: u16,
}

/// Why the demo did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The process cannot be set up, or cannot print.
    #[error("{what}")]
    Io {
        /// What was tried.
        what: &'static str,
        /// Why it failed.
        source: std::io::Error,
    },
    /// The embedded cluster refuses an object of the demo: a defect of this program.
    #[error("setting the stage: {0}")]
    Stage(String),
    /// This binary has no real servers to start.
    #[error(
        "this binary does not carry what starts the real servers; in the repository it does: cargo run --features testbed \
         -- demo --real"
    )]
    NotCarried,
    /// There are no programs to start.
    #[error(
        "{0}; --real runs etcd, Kubernetes and DittoFS themselves, which are built once: cargo xtask testbed"
    )]
    NotBuilt(String),
    /// The real servers or one who works on them.
    #[error("{what}")]
    Real {
        /// What was tried.
        what: &'static str,
        /// Why it failed.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The operator did not do what it was to do: a defect of this program.
    #[error(transparent)]
    Unexpected(#[from] Unexpected),
}

/// The DittoServer of the demo.
const NAMESPACE: &str = "files";
const NAME: &str = "demo";

/// Runs the tour.
///
/// # Errors
/// [`DemoError`].
pub fn demo(settings: Settings) -> Result<(), DemoError> {
    match settings.servers {
        Servers::Embedded { serve } => embedded(&settings, serve),
        Servers::Real { serve } => real(&settings, serve),
    }
}

fn embedded(settings: &Settings, serve: Option<Ports>) -> Result<(), DemoError> {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().start_paused(true).build().map_err(no_runtime)?;
    runtime.block_on(async {
        let site = embedded::Embedded::open()?;
        let guide = Arc::new(Guide::default());
        let options = options(&guide, Stage::address());
        let operator = tokio::spawn(run(site.stage.world(1), options, std::future::pending()));
        let page = Page::new(settings.style, settings.width);
        let mut tour = tour::Tour { site, guide, page, pace: settings.pace };
        let outcome = match serve {
            None => tour.whole().await,
            Some(ports) => match tour.open().await {
                Ok(()) => serve::serve(&tour, ports).await,
                Err(error) => Err(error),
            },
        };
        operator.abort();
        outcome
    })
}

#[cfg(feature = "testbed")]
use real::demo as real;

/// The servers are not in what is shipped.
#[cfg(not(feature = "testbed"))]
fn real(_: &Settings, _: bool) -> Result<(), DemoError> {
    Err(DemoError::NotCarried)
}

fn no_runtime(source: std::io::Error) -> DemoError {
    DemoError::Io { what: "making a runtime", source }
}

/// The operator as the tour has it, whose decisions the guide hears.
fn options(guide: &Arc<Guide>, address: Address) -> Options {
    Options {
        sight: Arc::default(),
        workers: 1,
        witness: Some(guide.clone()),
        instance: Some("demo".to_owned()),
        address,
        ..Stage::options()
    }
}
