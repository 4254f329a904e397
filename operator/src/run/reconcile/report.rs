//! Status and events of what was seen and done.

use std::time::Duration;

use super::{Done, Round};

impl Round<'_> {
    pub(super) async fn report(&self, _done: &Done) -> Option<Duration> {
        None
    }
}
