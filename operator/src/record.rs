//! Recordings: every decision of a running operator, with all that it was decided on, so that it can be decided again
//! offline (PLAN-02). What a line holds is in `docs/cli.md`.
//!
//! Secrets cannot be in it: what is written are the types of this folder, and they are made of the resource, the objects
//! of the view and the plan. No Secret is among those, and values of environment variables are left out.

mod entry;
mod error;
mod file;
mod objects;
mod observation;
mod recorder;
mod why;

use std::path::Path;
use std::sync::Arc;

pub use entry::{Entry, FORMAT_VERSION};
pub use error::RecordingError;
pub use recorder::Recorder;

use crate::run::witness::{Decision, Witness};

/// The witness that there is, and a recorder beside it if there is to be one.
pub fn beside(
    witness: Option<Arc<dyn Witness>>,
    folder: Option<&Path>,
) -> Result<Option<Arc<dyn Witness>>, RecordingError> {
    let Some(folder) = folder else { return Ok(witness) };
    let recorder = Recorder::start(folder)?;
    Ok(Some(match witness {
        Some(witness) => Arc::new(Both(witness, recorder)),
        None => Arc::new(recorder),
    }))
}

/// Two that see the same.
struct Both(Arc<dyn Witness>, Recorder);

impl Witness for Both {
    fn decided(&self, decision: &Decision<'_>) {
        self.0.decided(decision);
        self.1.decided(decision);
    }
}
