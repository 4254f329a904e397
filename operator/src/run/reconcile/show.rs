//! The plan instead of its execution.

use super::{Done, Round};

impl Round<'_> {
    pub(super) fn show(&self, _done: &Done) {}
}
