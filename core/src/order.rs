//! Closing first, opening last (SAFE-01).
//!
//! Every effect belongs to a stage. Within a stage effects stand in the order of adapters, so the same input always
//! gives the same list.

use dittofs_effects::Effect;

/// When an effect is executed. The order of the variants is the order of execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    /// The first policy of a pod closes everything, so the one that opens the server's own ports comes first.
    OpenBaseline,
    /// Traffic stops before the address goes.
    WithdrawPolicies,
    WithdrawServices,
    /// What a pod is started on: configuration, Secrets, the server's own Services.
    Ground,
    /// A prerequisite of nothing that follows.
    ContainerPorts,
    /// Traffic may flow before the address leads to it.
    ExposePolicies,
    ExposeServices,
    /// A policy that only loses sources follows its Service, which until then sends them.
    NarrowPolicies,
    /// What the baseline opened for adapters, their own policies open by now.
    NarrowBaseline,
    /// What nobody waits for.
    Last,
}

/// Effects by stage, and holds.
#[derive(Debug, Default)]
pub(crate) struct Steps {
    holds: Vec<Effect>,
    effects: Vec<(Stage, Effect)>,
}

impl Steps {
    /// Adds an effect.
    pub fn add(&mut self, stage: Stage, effect: Effect) {
        self.effects.push((stage, effect));
    }

    /// Adds a hold.
    pub fn hold(&mut self, hold: dittofs_effects::Hold) {
        self.holds.push(Effect::Hold(hold));
    }

    /// Holds first, then effects in the order of execution.
    pub fn in_order(mut self) -> Vec<Effect> {
        // Stable: within a stage the order of adapters stays.
        self.effects.sort_by_key(|(stage, _)| *stage);
        self.holds.extend(self.effects.into_iter().map(|(_, effect)| effect));
        self.holds
    }
}
