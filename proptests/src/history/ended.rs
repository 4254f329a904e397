//! How a history ends when nobody does anything any more.

use dittofs_effects::HoldCode;
use dittofs_interpreters::memory::ObjectKey;
use serde_json::Value;

use super::{Run, Step, lines};
use crate::case::Decided;
use crate::invariants::{self, Verdict};
use crate::raw;

/// Rounds of acting and settling that are enough: close, open, replace the pod, go back to rolling updates, and one each
/// for what was terminating and for a name that was taken by it.
const ROUNDS: usize = 8;

/// What came of one more rollout restart.
#[derive(Clone, Debug)]
pub struct Restart {
    /// How many pods the controller replaced for it.
    pub replaced: u64,
    /// The ports of the pod.
    pub pod: Value,
    /// The ports of the template.
    pub template: Value,
    /// The strategy in the end.
    pub strategy: String,
}

/// A history that has ended.
#[derive(Clone, Debug)]
pub struct Ended {
    /// The decision at rest.
    pub rest: Decided,
    /// What was still decided in each round, for whoever reads of a failure.
    pub rounds: Vec<Vec<String>>,
    /// Restarts that nobody asked for.
    pub needless: Vec<String>,
    /// One more restart; `None` where there is no workload of ours to restart.
    pub restart: Option<Restart>,
    /// A promise about decisions that broke on the way to rest.
    pub broken: Option<String>,
}

impl Ended {
    pub(super) fn of(mut run: Run) -> Self {
        let (mut rounds, mut broken) = (Vec::new(), None);
        come_to_rest(&mut run, &mut rounds, &mut broken);
        let rest = run.case.decided();
        let restart = restart(&mut run, &mut rounds, &mut broken);
        Self { rest, rounds, needless: run.needless, restart, broken }
    }

    /// Nothing is written any more.
    ///
    /// # Errors
    /// What still is.
    pub fn is_quiet(&self) -> Verdict {
        if let Some(why) = &self.broken {
            return Err(why.clone());
        }
        let writes = self.rest.writes().next();
        ensure!(writes.is_none(), "no rest: {:#?}\n{:#?}", lines(&self.rest), self.rounds);
        let waits = self.rest.holds().any(|h| h.code == HoldCode::RolloutInProgress);
        ensure!(!waits, "ports wait for ever: {:#?}", self.rounds);
        Ok(())
    }

    /// Restarts are those asked for: none too many on the way, exactly one in the end, with the newest ports.
    ///
    /// # Errors
    /// What was restarted needlessly, or not at all.
    pub fn restarts_are_those_asked_for(&self) -> Verdict {
        ensure!(self.needless.is_empty(), "{:?}\n{:#?}", self.needless, self.rounds);
        let Some(restart) = &self.restart else { return Ok(()) };
        ensure!(restart.replaced == 1, "one restart was asked for: {restart:?}\n{:#?}", self.rounds);
        ensure!(restart.pod == restart.template, "the pod has other ports: {restart:?}\n{:#?}", self.rounds);
        ensure!(restart.strategy != "OnDelete", "the strategy stays: {restart:?}\n{:#?}", self.rounds);
        Ok(())
    }
}

fn come_to_rest(run: &mut Run, rounds: &mut Vec<Vec<String>>, broken: &mut Option<String>) {
    for _ in 0..ROUNDS {
        run.settle();
        run.finalize();
        let decided = run.case.decided();
        if let Err(why) = invariants::check(&decided) {
            broken.get_or_insert(why);
        }
        rounds.push(lines(&decided));
        run.act(usize::MAX, dittofs_interpreters::memory::FaultPlan::default());
    }
}

fn restart(run: &mut Run, rounds: &mut Vec<Vec<String>>, broken: &mut Option<String>) -> Option<Restart> {
    let server = run.case.server();
    let set = run.case.decided();
    let set = set.seen().stateful_set().filter(|s| !s.terminating)?;
    if set.object.spec.as_ref().and_then(|s| s.replicas) == Some(0) {
        return None;
    }
    let before = run.case.world.restarts(&server.namespace, &server.name);
    let stepped = run.step(&Step::RolloutRestart);
    if let Err(why) = stepped {
        broken.get_or_insert(why);
    }
    come_to_rest(run, rounds, broken);
    let world = &run.case.world;
    let pod = world.get(&ObjectKey::new("Pod", &server.namespace, &format!("{}-0", server.name)))?;
    let set = raw::stateful_set(world, &server)?;
    let ports = |containers: Option<&Value>| -> Value {
        let all = containers.and_then(Value::as_array).into_iter().flatten();
        all.map(|c| c["ports"].clone()).collect()
    };
    Some(Restart {
        replaced: world.restarts(&server.namespace, &server.name) - before,
        pod: ports(pod.pointer("/spec/containers")),
        template: ports(set.pointer("/spec/template/spec/containers")),
        strategy: raw::text(set, "/spec/updateStrategy/type").to_owned(),
    })
}
