//! A whole cycle: what was decided, what became of it, and what is told.

use dittofs_effects::status::DittoServerStatus;
use dittofs_effects::{Effect, Executed, Outcome, ResourceVersion, Seen, Uid};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use serde_json::json;

use super::Given;
use crate::api::DittoServer;
use crate::session::condition::{Condition, Reason};
use crate::status::{self, Cycle};

/// Every effect succeeds.
///
/// # Panics
/// Never: the identity is not empty.
pub fn succeeds(_: &Effect) -> Option<Outcome> {
    let seen = Seen { uid: Uid::new("new").unwrap(), resource_version: ResourceVersion::new("8").unwrap() };
    Some(Outcome::Written(seen))
}

/// The session's condition for this reason.
pub fn session(reason: Reason) -> Condition {
    Condition { status: reason.status(), reason, message: format!("told of {}", reason.as_str()) }
}

/// A moment, as RFC 3339 writes it.
///
/// # Panics
/// When the text is none.
pub fn time(text: &str) -> Time {
    Time(text.parse().unwrap())
}

impl Given {
    /// What is decided, with what becomes of it.
    pub fn executed(&self, outcome: impl Fn(&Effect) -> Option<Outcome>) -> Vec<Executed> {
        let executed = |effect: Effect| {
            let outcome = effect.target().and_then(|_| outcome(&effect));
            Executed { effect, outcome }
        };
        self.effects().into_iter().map(executed).collect()
    }

    /// The status after this.
    ///
    /// # Panics
    /// When the resource does not parse.
    pub fn status(&self, executed: &[Executed], session: Option<&Condition>, now: &str) -> DittoServerStatus {
        let resource: DittoServer = serde_json::from_value(self.resource.clone()).unwrap();
        status::status(&Cycle {
            resource: &resource,
            server: &self.server(),
            cluster: &self.cluster(),
            observed: &self.observed,
            executed,
            session,
            now: &time(now),
        })
    }

    /// The resource has this status.
    #[must_use]
    pub fn having(self, status: &DittoServerStatus) -> Self {
        self.with("/status", json!(status))
    }
}
