//! What one reconcile decides on.

use std::collections::BTreeSet;

use dittofs_core::effects::{Executed, Kind};
use dittofs_core::{ClusterObject, ClusterView, MissingIdentity, NoPod};

use super::{Facts, Round, known};
use crate::run::servers::locked;
use crate::run::witness::Decision;

/// What is known of a server and its objects.
pub(super) struct Seen {
    pub facts: Facts,
    pub view: ClusterView,
    /// What the view was made of, if somebody wants to know.
    objects: Vec<ClusterObject>,
}

impl Round<'_> {
    /// Tells the link what is to be seen, and takes what it knows.
    pub(super) fn look(&self, objects: Vec<ClusterObject>) -> Result<Seen, MissingIdentity> {
        let kept = if self.context.options.witness.is_some() { objects.clone() } else { Vec::new() };
        let mut view = ClusterView::from_objects(&self.spec, objects, NoPod::NotReady)?;
        let now = self.context.world.clock.now();
        let mut memory = locked(&self.memory);
        memory.taken = taken(&view);
        memory.link.tell(known(self.context, self.resource, &self.spec, &view));
        view.refusals = memory.refusals.current(now);
        Ok(Seen { facts: memory.link.facts(), view, objects: kept })
    }

    pub(super) fn witness(&self, seen: &Seen, executed: &[Executed]) {
        let Some(witness) = &self.context.options.witness else { return };
        witness.decided(&Decision {
            at: self.context.world.clock.timestamp(),
            resource: self.resource,
            spec: &self.spec,
            observation: &seen.facts.observation,
            objects: &seen.objects,
            view: &seen.view,
            executed,
        });
    }
}

fn taken(view: &ClusterView) -> BTreeSet<(Kind, String)> {
    let services = view.taken_services.keys().map(|name| (Kind::Service, name.clone()));
    let policies = view.taken_policies.keys().map(|name| (Kind::NetworkPolicy, name.clone()));
    services.chain(policies).collect()
}
