//! A live cluster, looked at once: what a plan is decided on, with nothing written anywhere.
//!
//! ```text
//! kubeconfig ─▶ connect ─▶ server ─▶ objects ─▶ ask (DittoFS) ─▶ Looked ─▶ decide
//! ```

use dittofs_core::effects::Effect;
use dittofs_core::{ClusterObject, ClusterView, NoPod, Observation, ServerSpec, decide};
use dittofs_interpreters::memory::World;
use dittofs_interpreters::plan::PlanDocument;

use crate::cli::LiveArgs;
use crate::input::InputError;

mod ask;
mod connect;
mod error;
mod forward;
mod objects;
mod server;
mod stream;

pub use connect::{Connected, connect};
pub use error::LiveError;

/// All that is known of one server and its cluster.
pub struct Looked {
    /// The resource, resolved.
    pub spec: ServerSpec,
    /// What of the resource is not taken as it is written.
    pub warnings: Vec<String>,
    observation: Observation,
    view: ClusterView,
    world: World,
    notes: Vec<String>,
}

/// Reads the DittoServer, its namespace's objects, and what DittoFS says.
pub async fn look(connected: &Connected, args: &LiveArgs, name: Option<&str>) -> Result<Looked, InputError> {
    let resource = server::read(connected, name).await?;
    let (spec, warnings) = ServerSpec::resolve(&resource);
    let objects = objects::read(connected, &spec.name).await?;
    let world = World::from_objects(objects)?;
    let typed: Vec<ClusterObject> = world.objects().map_err(LiveError::Unreadable)?;
    let view = ClusterView::from_objects(&spec, typed, NoPod::NotReady)?;
    let ask::Answer { observation, notes } = ask::ask(connected, args, &resource, &spec, &view).await;
    Ok(Looked { spec, warnings, observation, view, world, notes })
}

impl Looked {
    /// Decides: the effects, and the plan of them.
    pub fn decide(&self) -> Result<(Vec<Effect>, PlanDocument), InputError> {
        let Self { spec, observation, view, world, notes, warnings: _ } = self;
        let effects = decide(observation, view, spec);
        let mut document = PlanDocument::new(spec, observation, view, world, effects.clone())?;
        document.explanation.notes.extend(notes.iter().cloned());
        Ok((effects, document))
    }
}

/// A runtime for one command: nothing in it is done at once.
pub fn runtime() -> Result<tokio::runtime::Runtime, InputError> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|source| InputError::Start { what: "making a runtime", source })
}
