//! One life of the operator's process.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether the process lives: of one that was killed nothing is heard any more, whatever tasks it had.
#[derive(Clone, Default)]
pub struct Process(Arc<AtomicBool>);

impl Process {
    pub fn is_dead(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    pub fn kill(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
