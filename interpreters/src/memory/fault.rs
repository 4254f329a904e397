//! What can go wrong between the operator and the API server.

use std::collections::BTreeMap;

use dittofs_effects::Outcome;

/// One thing that goes wrong with one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// Somebody else wrote first: a stale cache.
    Conflict,
    /// We may not.
    Forbidden,
    /// The call does not arrive.
    Unavailable,
    /// No node port is free.
    NodePortsExhausted,
    /// The call is carried out, and its answer never arrives.
    AnswerLost,
}

impl Fault {
    /// Every fault there is.
    pub const ALL: [Self; 5] =
        [Self::Conflict, Self::Forbidden, Self::Unavailable, Self::NodePortsExhausted, Self::AnswerLost];

    pub(super) fn outcome(self) -> Outcome {
        match self {
            Self::Conflict => Outcome::Conflict,
            Self::Forbidden => Outcome::Forbidden("the role does not allow it".to_owned()),
            Self::Unavailable => Outcome::Unavailable("connection refused".to_owned()),
            Self::NodePortsExhausted => Outcome::NodePortsExhausted,
            Self::AnswerLost => Outcome::Unavailable("connection closed before the answer came".to_owned()),
        }
    }
}

/// Which of the calls to come go wrong; a hold is no call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FaultPlan {
    calls: u64,
    faults: BTreeMap<u64, Fault>,
}

impl FaultPlan {
    /// The next call goes wrong.
    pub fn next(fault: Fault) -> Self {
        [(0, fault)].into_iter().collect()
    }

    pub(super) fn next_call(&mut self) -> Option<Fault> {
        let fault = self.faults.remove(&self.calls);
        self.calls += 1;
        fault
    }
}

/// From calls, counted from 0, and what goes wrong with them.
impl FromIterator<(u64, Fault)> for FaultPlan {
    fn from_iter<I: IntoIterator<Item = (u64, Fault)>>(faults: I) -> Self {
        Self { calls: 0, faults: faults.into_iter().collect() }
    }
}
