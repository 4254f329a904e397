//! One recorded decision: a line of JSON.

use std::collections::BTreeMap;

use dittofs_core::api::DittoServer;
use dittofs_core::effects::{Effect, Executed, Kind, Outcome};
use dittofs_core::{ClusterObject, ClusterView, NoPod, Observation, Refusal, ServerSpec, decide};
use dittofs_interpreters::memory::World;
use dittofs_interpreters::plan::{PlanDocument, ServerEntry};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::objects;
use super::observation::ObservationEntry;
use super::why::RefusalDef;

/// The version of the format: the first number changes when a reader has to.
pub const FORMAT_VERSION: &str = "1.0";

/// One recorded decision.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    format_version: String,
    /// When it was taken.
    pub at: String,
    /// For whom.
    pub server: ServerEntry,
    resource: Value,
    observation: ObservationEntry,
    objects: Vec<Value>,
    refusals: Vec<RefusalEntry>,
    /// What was decided.
    pub plan: PlanDocument,
    outcomes: Vec<OutcomeEntry>,
}

/// What an earlier write was answered.
#[derive(Serialize, Deserialize)]
struct RefusalEntry {
    kind: String,
    name: String,
    #[serde(with = "RefusalDef")]
    refusal: Refusal,
}

/// What became of an effect.
#[derive(Serialize, Deserialize)]
struct OutcomeEntry {
    outcome: String,
    message: Option<String>,
}

/// A decision, with all that is needed to write it down later.
pub(super) struct Taken {
    pub at: String,
    pub resource: DittoServer,
    pub spec: ServerSpec,
    pub observation: Observation,
    pub objects: Vec<ClusterObject>,
    pub view: ClusterView,
    pub executed: Vec<Executed>,
}

impl Entry {
    pub(super) fn new(taken: &Taken) -> Result<Self, String> {
        let Taken { at, resource, spec, observation, objects, view, executed } = taken;
        let said = |error: serde_json::Error| error.to_string();
        let objects = objects::objects(objects).map_err(said)?;
        let world = World::from_objects(objects.iter().cloned()).map_err(|error| error.to_string())?;
        let effects = executed.iter().map(|executed| executed.effect.clone()).collect();
        let plan = PlanDocument::new(spec, observation, view, &world, effects);
        let refusals = view.refusals.iter().map(|((kind, name), refusal)| RefusalEntry {
            kind: kind.to_string(),
            name: name.clone(),
            refusal: *refusal,
        });
        let writes = executed.iter().filter(|executed| !matches!(executed.effect, Effect::Hold(_)));
        Ok(Self {
            format_version: FORMAT_VERSION.to_owned(),
            at: at.clone(),
            server: ServerEntry { namespace: spec.namespace.clone(), name: spec.name.clone() },
            resource: objects::resource(resource).map_err(said)?,
            observation: observation.into(),
            objects,
            refusals: refusals.collect(),
            plan: plan.map_err(|error| error.to_string())?,
            outcomes: writes.map(|executed| OutcomeEntry::new(executed.outcome.as_ref())).collect(),
        })
    }

    /// Decides again, with the code of this program.
    pub fn decide(&self) -> Result<PlanDocument, String> {
        let said = |error: &dyn std::fmt::Display| error.to_string();
        let resource: DittoServer = serde_json::from_value(self.resource.clone())
            .map_err(|error| format!("the resource: {error}"))?;
        let (spec, _) = ServerSpec::resolve(&resource);
        let observation = self.observation.clone().try_into()?;
        let world = World::from_objects(self.objects.iter().cloned()).map_err(|error| said(&error))?;
        let typed = self.objects.iter().map(ClusterObject::from_json);
        let typed: Vec<_> = typed.collect::<Result<_, _>>().map_err(|error| format!("an object: {error}"))?;
        let mut view = ClusterView::from_objects(&spec, typed.into_iter().flatten(), NoPod::NotReady)
            .map_err(|error| said(&error))?;
        view.refusals = self.refusals()?;
        let effects = decide(&observation, &view, &spec);
        PlanDocument::new(&spec, &observation, &view, &world, effects).map_err(|error| said(&error))
    }

    fn refusals(&self) -> Result<BTreeMap<(Kind, String), Refusal>, String> {
        let one = |entry: &RefusalEntry| {
            let kinds = [Kind::Service, Kind::NetworkPolicy, Kind::StatefulSet];
            let kind = kinds.into_iter().find(|kind| kind.as_str() == entry.kind);
            let kind = kind.ok_or_else(|| format!("a refusal of the unknown kind {}", entry.kind))?;
            Ok(((kind, entry.name.clone()), entry.refusal))
        };
        self.refusals.iter().map(one).collect()
    }

    /// What two decisions have to have in common to be the same: all but the time, and what the answers say in words.
    pub(super) fn essence(mut self) -> Result<String, serde_json::Error> {
        self.at.clear();
        for outcome in &mut self.outcomes {
            outcome.message = None;
        }
        serde_json::to_string(&self)
    }
}

impl OutcomeEntry {
    fn new(outcome: Option<&Outcome>) -> Self {
        let (outcome, message) = match outcome {
            None => ("notExecuted", None),
            Some(Outcome::Written(_)) => ("written", None),
            Some(Outcome::Deleted) => ("deleted", None),
            Some(Outcome::Held) => ("held", None),
            Some(Outcome::Conflict) => ("conflict", None),
            Some(Outcome::NotFound) => ("notFound", None),
            Some(Outcome::AlreadyExists) => ("alreadyExists", None),
            Some(Outcome::Invalid(words)) => ("invalid", Some(words)),
            Some(Outcome::Forbidden(words)) => ("forbidden", Some(words)),
            Some(Outcome::NodePortsExhausted) => ("nodePortsExhausted", None),
            Some(Outcome::Unavailable(words)) => ("unavailable", Some(words)),
        };
        Self { outcome: outcome.to_owned(), message: message.cloned() }
    }
}
