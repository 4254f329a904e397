//! What the tour promises of the operator.

use std::time::Duration;

use tokio::time::Instant;

use super::DemoError;
use super::site::Site;
use super::snapshot::Snapshot;

/// The operator did not do what the tour promises.
#[derive(Debug, thiserror::Error)]
pub enum Unexpected {
    /// It did not come about in time.
    #[error("{what} did not come about within {seconds} s; the status is {status}")]
    Late {
        /// What was to come about.
        what: &'static str,
        /// How long was waited.
        seconds: u64,
        /// The status of the DittoServer.
        status: String,
    },
    /// Something else came about.
    #[error("the tour promises {what}, and it is not so; the status is {status}")]
    Otherwise {
        /// What was promised.
        what: &'static str,
        /// The status of the DittoServer.
        status: String,
    },
}

const LOOK: Duration = Duration::from_millis(100);

/// Waits until something holds of the site, and says how long it took.
pub async fn until<S: Site>(
    site: &S,
    what: &'static str,
    holds: impl AsyncFn(&Snapshot) -> Result<bool, DemoError>,
) -> Result<Duration, DemoError> {
    let (start, patience) = (Instant::now(), site.script().patience);
    loop {
        let snapshot = site.snapshot().await?;
        if holds(&snapshot).await? {
            return Ok(start.elapsed());
        }
        if start.elapsed() > patience {
            let late = Unexpected::Late { what, seconds: patience.as_secs(), status: snapshot.status() };
            return Err(late.into());
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Something is as it is promised.
pub fn promised(holds: bool, what: &'static str, now: &Snapshot) -> Result<(), Unexpected> {
    if holds { Ok(()) } else { Err(Unexpected::Otherwise { what, status: now.status() }) }
}
