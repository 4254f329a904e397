//! Effects split into what is done and what is held.

use serde::Serialize;

use crate::{Effect, Hold};

/// An ordered list of effects to execute, and the holds beside it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// In the order of execution; none of them is a hold.
    pub effects: Vec<Effect>,
    /// What is left as it is.
    pub holds: Vec<Hold>,
}

/// How much a plan does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Objects to create.
    pub create: usize,
    /// Updates to make; one object may be updated twice.
    pub update: usize,
    /// Objects to delete.
    pub delete: usize,
    /// Holds.
    pub hold: usize,
}

impl Plan {
    /// Counts effects and holds.
    pub fn summary(&self) -> Summary {
        let mut summary = Summary { hold: self.holds.len(), ..Summary::default() };
        for effect in &self.effects {
            match effect {
                Effect::Create(_) => summary.create += 1,
                Effect::Update(_) => summary.update += 1,
                Effect::Delete(_) => summary.delete += 1,
                // Holds stand beside the effects.
                Effect::Hold(_) => {}
            }
        }
        summary
    }
}

impl FromIterator<Effect> for Plan {
    fn from_iter<I: IntoIterator<Item = Effect>>(effects: I) -> Self {
        let mut plan = Self::default();
        for effect in effects {
            match effect {
                Effect::Hold(hold) => plan.holds.push(hold),
                Effect::Create(_) | Effect::Update(_) | Effect::Delete(_) => plan.effects.push(effect),
            }
        }
        plan
    }
}
