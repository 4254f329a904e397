//! Who sees every decision that the operator takes: it is shown, recorded, or told in the demo.

use dittofs_core::api::DittoServer;
use dittofs_core::effects::{Effect, Executed};
use dittofs_core::{ClusterObject, ClusterView, Observation, ServerSpec};
use dittofs_interpreters::memory::World;
use dittofs_interpreters::plan::PlanDocument;
use jiff::Timestamp;
use serde_json::Value;

/// A decision, with all that it was decided on.
pub struct Decision<'a> {
    /// When.
    pub at: Timestamp,
    /// The resource.
    pub resource: &'a DittoServer,
    /// The resource, resolved.
    pub spec: &'a ServerSpec,
    /// Which adapters run, as far as was known.
    pub observation: &'a Observation,
    /// The objects of the view.
    pub objects: &'a [ClusterObject],
    /// The view, with what past writes were answered.
    pub view: &'a ClusterView,
    /// What was decided, and what became of it.
    pub executed: &'a [Executed],
}

/// Sees decisions. It is called in the middle of a reconcile, and should not keep it waiting.
pub trait Witness: Send + Sync {
    /// A decision was taken.
    fn decided(&self, decision: &Decision<'_>);
}

impl Decision<'_> {
    /// What was decided.
    pub fn effects(&self) -> Vec<Effect> {
        self.executed.iter().map(|executed| executed.effect.clone()).collect()
    }

    /// The objects as JSON.
    ///
    /// # Errors
    /// Those of serde.
    pub fn json(&self) -> Result<Vec<Value>, serde_json::Error> {
        let json = |object: &ClusterObject| match object {
            ClusterObject::Service(object) => serde_json::to_value(object),
            ClusterObject::NetworkPolicy(object) => serde_json::to_value(object),
            ClusterObject::StatefulSet(object) => serde_json::to_value(object),
            ClusterObject::Pod(object) => serde_json::to_value(object),
        };
        self.objects.iter().map(json).collect()
    }

    /// The plan: what `plan` would have shown.
    ///
    /// # Errors
    /// In words; a plan that cannot be played through is a defect of this program.
    pub fn plan(&self) -> Result<PlanDocument, String> {
        let objects = self.json().map_err(|error| error.to_string())?;
        let world = World::from_objects(objects).map_err(|error| error.to_string())?;
        PlanDocument::new(self.spec, self.observation, self.view, &world, self.effects())
            .map_err(|error| error.to_string())
    }
}
