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
        let typed = self.objects.iter().cloned().map(ClusterObject::from_json);
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

#[cfg(test)]
mod tests {
    use dittofs_core::effects::{ResourceVersion, Seen, Uid};
    use serde_json::json;

    use super::*;

    fn taken() -> Taken {
        let resource: DittoServer = serde_json::from_value(json!({
            "apiVersion": "dittofs.dittofs.com/v1alpha1", "kind": "DittoServer",
            "metadata": { "name": "s", "namespace": "n", "uid": "u" }, "spec": {},
        }))
        .unwrap();
        let (spec, _) = ServerSpec::resolve(&resource);
        let (at, observation) = ("2026-01-01T00:00:00Z".to_owned(), Observation::NotYetPolled);
        let view = ClusterView::from_objects(&spec, [], NoPod::NotReady).unwrap();
        let executed = Executed::nothing(decide(&observation, &view, &spec));
        Taken { at, resource, spec, observation, objects: Vec::new(), view, executed }
    }

    #[test]
    fn plan_02_what_past_writes_were_answered_reads_back_as_it_was() {
        let mut taken = taken();
        let refusals = [Kind::Service, Kind::NetworkPolicy, Kind::StatefulSet].into_iter().flat_map(|kind| {
            [Refusal::NameTaken, Refusal::NodePortsExhausted]
                .map(|refusal| ((kind, format!("{refusal:?}").to_lowercase()), refusal))
        });
        taken.view.refusals = refusals.collect();
        let line = serde_json::to_string(&Entry::new(&taken).unwrap()).unwrap();
        let read: Entry = serde_json::from_str(&line).unwrap();
        assert_eq!(read.refusals().unwrap(), taken.view.refusals);
        assert_eq!(read.plan.effects_unlike(&read.decide().unwrap()), []);
        let unknown = line.replacen(
            "\"kind\":\"NetworkPolicy\",\"name\":\"nametaken\"",
            "\"kind\":\"X\",\"name\":\"x\"",
            1,
        );
        assert!(
            serde_json::from_str::<Entry>(&unknown).unwrap().decide().unwrap_err().contains("unknown kind X")
        );
    }

    #[test]
    fn every_outcome_has_its_word_and_keeps_what_the_api_server_said() {
        let seen = Seen { uid: Uid::new("u").unwrap(), resource_version: ResourceVersion::new("1").unwrap() };
        let all = [
            Outcome::Written(seen),
            Outcome::Deleted,
            Outcome::Held,
            Outcome::Conflict,
            Outcome::NotFound,
            Outcome::AlreadyExists,
            Outcome::Invalid("why".to_owned()),
            Outcome::Forbidden("why".to_owned()),
            Outcome::NodePortsExhausted,
            Outcome::Unavailable("why".to_owned()),
        ];
        let entries: Vec<_> = all.iter().map(Some).chain([None]).map(OutcomeEntry::new).collect();
        let words: std::collections::BTreeSet<_> = entries.iter().map(|entry| &entry.outcome).collect();
        assert_eq!(words.len(), all.len() + 1);
        assert_eq!(entries.iter().filter(|entry| entry.message.as_deref() == Some("why")).count(), 3);
    }
}
