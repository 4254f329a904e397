//! Long histories: answers, edits, crashes and other people's doings, one after another, and what they end in.

use dittofs_core::api::Mode;
use dittofs_effects::{Cause, Effect, Kind, Outcome};
use dittofs_interpreters::memory::{Fault, FaultPlan, ObjectKey, World};
use proptest::prelude::*;
use serde_json::Value;

use crate::case::{Answer, Case, Decided};
use crate::invariants::{self, Verdict};
use crate::raw;
use crate::strategies::{self, Drift, Foreign, Rollout, Scene, Wish};

mod ended;

pub use ended::{Ended, Restart};

/// One thing that happens.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// DittoFS answers.
    Answer(Answer),
    /// What it says has lasted (SAFE-04).
    Lasts,
    /// An administrator edits the resource.
    Edit(Vec<Wish>),
    /// The operator decides and executes everything.
    Act,
    /// The operator crashes after so many writes.
    Crash(usize),
    /// A call goes wrong, and the operator stops there.
    Fails(u64, Fault),
    /// The StatefulSet controller and the kubelet do what they have to.
    Settle,
    /// The pod fails.
    PodFails,
    /// Somebody deletes the pod.
    PodDeleted,
    /// The pod's probe says so.
    PodReady(bool),
    /// `kubectl rollout restart`.
    RolloutRestart,
    /// Somebody changes our objects.
    Drift(Drift),
    /// Somebody makes objects.
    Foreign(Foreign),
    /// Finalizers are done.
    Finalized,
}

/// A history, as it was made.
#[derive(Clone, Debug)]
pub struct History {
    /// The resource at the beginning.
    pub wishes: Vec<Wish>,
    /// The cluster at the beginning.
    pub scene: Scene,
    /// What happens.
    pub steps: Vec<Step>,
    /// What is asked for in the end.
    pub last_wishes: Vec<Wish>,
    /// What is answered in the end.
    pub last_answer: Answer,
}

/// Any history of at most so many steps.
pub fn history(steps: usize) -> impl Strategy<Value = History> {
    let scene = strategies::scene().prop_map(without_what_never_ends);
    let wishes = || strategies::wishes().prop_map(without_deletion);
    let steps = prop::collection::vec(step(), 1..steps);
    let last_wishes = wishes().prop_map(|wishes| wishes.into_iter().filter(acts).collect());
    (wishes(), scene, steps, last_wishes, strategies::good_answer()).prop_map(
        |(wishes, scene, steps, last_wishes, last_answer)| History {
            wishes,
            scene,
            steps,
            last_wishes,
            last_answer,
        },
    )
}

/// A partition stops rollouts on purpose, and a pod that lost an annotation looks as if a restart had been asked for.
fn without_what_never_ends(mut scene: Scene) -> Scene {
    scene.rollout.retain(|r| !matches!(r, Rollout::Partition | Rollout::PodAnnotationGone));
    scene.is_live = true;
    // Histories are those of adapters: a workload that is ours has restarts of its own, which are not counted here yet.
    (scene.whole, scene.own) = (false, Vec::new());
    scene
}

fn without_deletion(mut wishes: Vec<Wish>) -> Vec<Wish> {
    wishes.retain(|w| !matches!(w, Wish::Field("/metadata/deletionTimestamp", _)));
    wishes
}

/// Something can come of it.
fn acts(wish: &Wish) -> bool {
    !matches!(wish, Wish::Field("/metadata/annotations/dittofs.io~1paused" | "/spec/replicas", _))
        && !matches!(wish, Wish::Field(_, value) if value == "Observe")
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => Just(Step::Act),
        3 => (0..6_usize).prop_map(Step::Crash),
        3 => (0..6_u64, prop::sample::select(Fault::ALL.to_vec())).prop_map(|(call, fault)| Step::Fails(call, fault)),
        5 => strategies::answer().prop_map(Step::Answer),
        4 => strategies::good_answer().prop_map(Step::Answer),
        5 => Just(Step::Settle),
        3 => strategies::wishes().prop_map(|wishes| Step::Edit(without_deletion(wishes))),
        3 => Just(Step::RolloutRestart),
        3 => strategies::drift().prop_map(Step::Drift),
        1 => strategies::foreign().prop_map(Step::Foreign),
        1 => Just(Step::PodFails),
        1 => Just(Step::PodDeleted),
        2 => any::<bool>().prop_map(Step::PodReady),
        2 => Just(Step::Lasts),
        1 => Just(Step::Finalized),
    ]
}

/// A history under way.
#[derive(Clone, Debug)]
pub struct Run {
    /// Where it is.
    pub case: Case,
    /// Restarts that nobody asked for.
    pub needless: Vec<String>,
    /// Writes that say that the pod restarts for them.
    immediate: u64,
    restarts_asked: usize,
}

impl Run {
    /// At the beginning: what is under way there has come to its end.
    pub fn begin(history: &History) -> Self {
        let mut world = history.scene.world();
        world.settle();
        let case = Case {
            resource: strategies::resource(&history.wishes),
            answer: Answer::NotPolled,
            confirmed: false,
            world,
            no_pod: dittofs_core::NoPod::NotReady,
            refusals: Vec::new(),
            whole: history.scene.whole,
        };
        Self { case, needless: Vec::new(), immediate: 0, restarts_asked: 0 }
    }

    /// Lets one thing happen, and checks every promise about what would be decided then.
    ///
    /// # Errors
    /// What is broken.
    pub fn step(&mut self, step: &Step) -> Verdict {
        match step {
            Step::Answer(answer) => (self.case.answer, self.case.confirmed) = (answer.clone(), false),
            Step::Lasts => self.case.confirmed = true,
            Step::Edit(wishes) => self.case.resource = strategies::resource(wishes),
            Step::Act => self.act(usize::MAX, FaultPlan::default()),
            Step::Crash(count) => self.act(*count, FaultPlan::default()),
            Step::Fails(call, fault) => self.act(usize::MAX, [(*call, *fault)].into_iter().collect()),
            Step::Settle => self.settle(),
            Step::RolloutRestart => self.rollout_restart(),
            Step::PodFails => _ = self.case.world.crash("files", "srv-0"),
            Step::PodDeleted => _ = self.case.world.restart_pod("files", "srv-0"),
            Step::PodReady(ready) => _ = self.case.world.set_pod_ready("files", "srv-0", *ready),
            Step::Drift(drift) => self.others_do(|objects| drift.apply(objects)),
            Step::Foreign(foreign) => self.others_do(|objects| foreign.apply(objects)),
            Step::Finalized => self.finalize(),
        }
        invariants::check(&self.case.decided())
    }

    /// Decides, and executes so many writes, or as many as go well. In modes that only watch, nothing.
    fn act(&mut self, count: usize, faults: FaultPlan) {
        let server = self.case.server();
        if server.paused || server.mode == Mode::Observe {
            return;
        }
        let effects = self.case.decided().effects;
        let world = &mut self.case.world;
        world.begin_plan();
        world.schedule(faults);
        for effect in effects.iter().filter(|e| e.target().is_some()).take(count) {
            let outcome = world.apply(effect);
            if matches!(effect, Effect::Update(u) if matches!(u.reason.cause, Cause::PortsNow | Cause::TemplateChanged))
            {
                self.immediate += 1;
            }
            if !matches!(outcome, Outcome::Written(_) | Outcome::Deleted) {
                break;
            }
        }
        world.schedule(FaultPlan::default());
    }

    /// A pod is replaced only if a restart was asked for, and then once.
    fn settle(&mut self) {
        let before = self.case.world.restarts("files", "srv");
        let allowed = u64::from(restart_pending(&self.case.world)) + self.immediate;
        self.case.world.settle();
        let replaced = self.case.world.restarts("files", "srv") - before;
        self.immediate -= replaced.min(self.immediate);
        if replaced > allowed {
            self.needless.push(format!("{replaced} replacements, where {allowed} were asked for"));
        }
    }

    fn rollout_restart(&mut self) {
        self.restarts_asked += 1;
        self.case.world.rollout_restart("files", "srv", &format!("restart-{}", self.restarts_asked));
    }

    fn finalize(&mut self) {
        let gone: Vec<ObjectKey> = self
            .case
            .world
            .iter()
            .filter(|(key, object)| raw::is_terminating(object) && key.kind != "Pod")
            .map(|(key, _)| key.clone())
            .collect();
        for key in gone {
            self.case.world.finish_deletion(&key);
        }
    }

    /// Somebody else changes, makes and deletes objects; not the workload, whose template would then restart the pod.
    fn others_do(&mut self, change: impl FnOnce(&mut Vec<Value>)) {
        let world = &mut self.case.world;
        let open =
            |key: &ObjectKey| key.namespace == "files" && key.kind != "StatefulSet" && key.kind != "Pod";
        let before: Vec<(ObjectKey, Value)> =
            world.iter().filter(|(key, _)| open(key)).map(|(k, o)| (k.clone(), o.clone())).collect();
        let mut objects: Vec<Value> = before.iter().map(|(_, object)| object.clone()).collect();
        change(&mut objects);
        for (key, _) in &before {
            if !objects.iter().any(|o| ObjectKey::of(o).as_ref() == Ok(key)) {
                world.delete_by_somebody(key);
            }
        }
        for object in objects {
            let key = ObjectKey::of(&object).unwrap();
            if world.get(&key).is_none() {
                world.insert(object).unwrap();
            } else {
                world.edit(&key, |old| *old = object);
            }
        }
    }
}

/// A restart was asked for that the pod has not had yet.
fn restart_pending(world: &World) -> bool {
    let key = |kind: &str, name| ObjectKey::new(kind, "files", name);
    let at = |pointer: &str, o: Option<&Value>| o.and_then(|o| o.pointer(pointer)).cloned();
    let set = world.get(&key(Kind::StatefulSet.as_str(), "srv"));
    let wanted = at("/spec/template/metadata/annotations/kubectl.kubernetes.io~1restartedAt", set);
    let has = at("/metadata/annotations/kubectl.kubernetes.io~1restartedAt", world.get(&key("Pod", "srv-0")));
    wanted.is_some() && wanted != has
}

/// Lets everything happen, then leaves the server alone under a good report.
///
/// # Errors
/// What is broken on the way.
pub fn run(history: &History) -> Result<Ended, String> {
    let mut run = Run::begin(history);
    for (index, step) in history.steps.iter().enumerate() {
        run.step(step).map_err(|why| format!("after step {index}, {step:?}: {why}"))?;
    }
    run.case.resource = strategies::resource(&history.last_wishes);
    (run.case.answer, run.case.confirmed) = (history.last_answer.clone(), true);
    run.case.world.set_pod_ready("files", "srv-0", true);
    Ok(Ended::of(run))
}

/// What a decision does, a line each.
pub fn lines(decided: &Decided) -> Vec<String> {
    decided.effects.iter().map(dittofs_core::testing::line).collect()
}
