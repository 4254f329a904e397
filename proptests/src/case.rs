//! One decision, and the worlds that it leads through.

use std::fmt;

use dittofs_core::api::DittoServer;
use dittofs_core::{
    ClusterObject, ClusterView, NoPod, Observation, Refusal, SecretView, ServerSpec, Why, decide,
    secrets_to_read, wire,
};
use dittofs_effects::{AdapterType, Effect, Hold, Kind, Outcome};
use dittofs_interpreters::memory::World;
use serde_json::Value;

/// What DittoFS answered, as it came over the wire.
#[derive(Clone, PartialEq)]
pub enum Answer {
    /// Nobody asked.
    NotPolled,
    /// There was none.
    None,
    /// Status, media type and body.
    Http(u16, Option<String>, Vec<u8>),
}

impl Answer {
    /// 200 with this body.
    pub fn json(body: &str) -> Self {
        Self::Http(200, Some("application/json".to_owned()), body.as_bytes().to_vec())
    }

    /// 200 with a list of these entries.
    pub fn list(entries: &[Value]) -> Self {
        Self::json(&Value::Array(entries.to_vec()).to_string())
    }

    /// What the product reads out of it.
    pub fn observe(&self) -> Observation {
        match self {
            Self::NotPolled => Observation::NotYetPolled,
            Self::None => Observation::Unavailable(Why::NoAnswer("connection refused".to_owned())),
            Self::Http(status, media_type, body) => wire::observe(*status, media_type.as_deref(), body),
        }
    }

    /// The same list with its entries in the opposite order; `None` if it is no list.
    pub fn reversed(&self) -> Option<Self> {
        let Self::Http(status, media_type, body) = self else { return None };
        let Ok(Value::Array(mut entries)) = serde_json::from_slice(body) else { return None };
        entries.reverse();
        Some(Self::Http(*status, media_type.clone(), Value::Array(entries).to_string().into_bytes()))
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotPolled => f.write_str("NotPolled"),
            Self::None => f.write_str("None"),
            Self::Http(status, media_type, body) => {
                let media_type = media_type.as_deref().unwrap_or("no media type");
                write!(f, "{status} ({media_type}) {}", String::from_utf8_lossy(body))
            }
        }
    }
}

/// A server, its cluster, and what it answered.
#[derive(Clone, Debug)]
pub struct Case {
    /// The resource.
    pub resource: Value,
    /// The answer.
    pub answer: Answer,
    /// An adapter that does not run counts as not having run for long (SAFE-04).
    pub confirmed: bool,
    /// The cluster.
    pub world: World,
    /// What no pod means.
    pub no_pod: NoPod,
    /// What earlier writes were answered.
    pub refusals: Vec<(Kind, String, Refusal)>,
    /// The workload is ours.
    pub whole: bool,
}

impl Case {
    /// The resource, resolved.
    pub fn server(&self) -> ServerSpec {
        let resource: DittoServer = serde_json::from_value(self.resource.clone()).unwrap();
        if self.whole { ServerSpec::resolve_whole(&resource).0 } else { ServerSpec::resolve(&resource).0 }
    }

    /// What was observed.
    pub fn observed(&self) -> Observation {
        confirm(self.answer.observe(), self.confirmed)
    }

    /// Decides, and carries everything out.
    pub fn decided(&self) -> Decided {
        Decided::new(self.clone(), self.server())
    }
}

fn confirm(observed: Observation, confirmed: bool) -> Observation {
    match observed {
        Observation::Reported(report) if confirmed => Observation::Reported(report.confirmed()),
        other => other,
    }
}

/// A decision with everything that a promise can be about.
#[derive(Clone, Debug)]
pub struct Decided {
    /// What it was taken on.
    pub case: Case,
    /// The server, as decisions see it.
    pub server: ServerSpec,
    /// The observation.
    pub observed: Observation,
    /// What was decided.
    pub effects: Vec<Effect>,
    /// The world before, and after each write: every point at which the operator can crash.
    pub worlds: Vec<World>,
    /// The same worlds, as the server sees them.
    pub views: Vec<ClusterView>,
    /// What the API server answered to each write.
    pub outcomes: Vec<Outcome>,
}

impl Decided {
    /// Decides for a server that may differ from the one of the resource, and carries everything out.
    pub fn new(case: Case, server: ServerSpec) -> Self {
        let observed = case.observed();
        let before = view(&case, &case.world, &server);
        let effects = decide(&observed, &before, &server);
        let mut world = case.world.clone();
        world.begin_plan();
        let (mut worlds, mut views, mut outcomes) = (vec![world.clone()], vec![before], Vec::new());
        for effect in effects.iter().filter(|e| e.target().is_some()) {
            outcomes.push(world.apply(effect));
            views.push(view(&case, &world, &server));
            worlds.push(world.clone());
        }
        Self { case, server, observed, effects, worlds, views, outcomes }
    }

    /// The same, for a server that is changed.
    #[must_use]
    pub fn but(&self, change: impl FnOnce(&mut ServerSpec)) -> Self {
        let mut server = self.server.clone();
        change(&mut server);
        Self::new(self.case.clone(), server)
    }

    /// Decides once more, on a world, and carries nothing out.
    pub fn again(&self, world: &World) -> Vec<Effect> {
        decide(&self.observed, &view(&self.case, world, &self.server), &self.server)
    }

    /// The world before.
    pub fn before(&self) -> &World {
        &self.worlds[0]
    }

    /// The world after.
    pub fn after(&self) -> &World {
        &self.worlds[self.worlds.len() - 1]
    }

    /// The view before.
    pub fn seen(&self) -> &ClusterView {
        &self.views[0]
    }

    /// The view after.
    pub fn left(&self) -> &ClusterView {
        &self.views[self.views.len() - 1]
    }

    /// What is written, each with the API server's answer.
    pub fn writes(&self) -> impl Iterator<Item = (&Effect, &Outcome)> {
        self.effects.iter().filter(|e| e.target().is_some()).zip(&self.outcomes)
    }

    /// What is held.
    pub fn holds(&self) -> impl Iterator<Item = &Hold> {
        self.effects.iter().filter_map(|e| if let Effect::Hold(hold) = e { Some(hold) } else { None })
    }

    /// Whether the adapter has a hold of any kind.
    pub fn is_held(&self, adapter: &AdapterType) -> bool {
        self.holds().any(|h| h.adapter.as_ref() == Some(adapter))
    }

    /// Every write was carried out.
    pub fn went_well(&self) -> bool {
        self.outcomes.iter().all(|o| matches!(o, Outcome::Written(_) | Outcome::Deleted))
    }
}

/// The cluster as the server sees it.
pub fn view(case: &Case, world: &World, server: &ServerSpec) -> ClusterView {
    view_of(case, world, world.objects().unwrap(), server)
}

/// The same, of these of its objects.
pub fn view_of(case: &Case, world: &World, objects: Vec<ClusterObject>, server: &ServerSpec) -> ClusterView {
    let view = ClusterView::from_objects(server, objects, case.no_pod).unwrap();
    let mut view = view.with_own(server, world.own_objects().unwrap()).unwrap();
    view.refusals =
        case.refusals.iter().map(|(kind, name, refusal)| ((*kind, name.clone()), *refusal)).collect();
    for name in secrets_to_read(server) {
        view.own.secrets.entry(name).or_insert(SecretView::Missing);
    }
    for (key, class) in world.iter().filter(|(key, _)| key.kind.starts_with("StorageClass")) {
        view.own.expandable.insert(key.name.clone(), class["allowVolumeExpansion"] == true);
    }
    view
}
