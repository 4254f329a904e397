//! Listens to the operator's decisions, for the tour to tell them.

use std::sync::{Mutex, PoisonError};

use dittofs_interpreters::plan::PlanDocument;

use crate::run::witness::{Decision, Witness};

/// What was decided since the last look.
#[derive(Default)]
pub struct Guide(Mutex<Vec<PlanDocument>>);

impl Guide {
    /// What was decided since the last look; plans that say the same come once.
    pub fn take(&self) -> Vec<PlanDocument> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Witness for Guide {
    fn decided(&self, decision: &Decision<'_>) {
        let Ok(plan) = decision.plan() else { return };
        let mut plans = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let says_more =
            plans.last().is_none_or(|last| last.effects != plan.effects || last.holds != plan.holds);
        if says_more && (!plan.effects.is_empty() || !plan.holds.is_empty()) {
            plans.push(plan);
        }
    }
}
