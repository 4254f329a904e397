//! `demo`: the operator at work, on a cluster and a DittoFS server that live in this process.
//!
//! It is the very loop of `run`, on the [`Stage`]. Time is virtual, so that half an hour of outage is
//! shown in a moment; nothing is staged but what an administrator, an accident or another person does.

mod expect;
mod guide;
mod page;
mod serve;
mod tour;

use std::sync::Arc;
use std::time::Duration;

use dittofs_interpreters::plan::Style;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

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
    /// Stays afterwards, for kubectl and curl; on these ports, where 0 is any that is free.
    pub serve: Option<Ports>,
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
    /// The operator did not do what it was to do: a defect of this program.
    #[error(transparent)]
    Unexpected(#[from] Unexpected),
}

/// The DittoServer of the demo.
const NAMESPACE: &str = "files";
const NAME: &str = "demo";

/// When the stage's clocks start: the tour takes some 35 minutes of theirs, after which they show about the real time.
fn began() -> Timestamp {
    Timestamp::now().saturating_sub(SignedDuration::from_mins(35)).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Runs the tour.
///
/// # Errors
/// [`DemoError`].
pub fn demo(settings: Settings) -> Result<(), DemoError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .map_err(|source| DemoError::Io { what: "making a runtime", source })?;
    runtime.block_on(async {
        let stage = Stage::new(embedded_kubernetes::Options { base: began(), ..Default::default() });
        let spec = json!({
            "image": "dittofs:x", "storage": { "metadataSize": "1Gi", "controlPlaneSize": "1Gi" },
        });
        let dittofs = stage
            .add(
                NAMESPACE,
                NAME,
                &spec,
                embedded_dittofs::Options { started_at: began(), ..Default::default() },
            )
            .map_err(|failure| DemoError::Stage(failure.message))?;
        let guide = Arc::new(Guide::default());
        let options = Options {
            workers: 1,
            witness: Some(guide.clone()),
            instance: Some("demo".to_owned()),
            ..Stage::options()
        };
        let operator = tokio::spawn(run(stage.world(1), options, std::future::pending()));
        let page = Page::new(settings.style, settings.width);
        let mut tour = tour::Tour { stage, dittofs, guide, page, pace: settings.pace };
        let outcome = match settings.serve {
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
