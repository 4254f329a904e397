//! The policy, on one screen.
//!
//! | observed | what happens |
//! | --- | --- |
//! | the DittoServer is being deleted | its StatefulSet goes; everything else waits for garbage collection |
//! | no replicas; pod not ready; no report; empty list (not trusted) | everything of every adapter stays, byte for byte |
//! | a report | each adapter is exposed, withdrawn or held ([`intent`](crate::intent)) |
//! | … exposed | policy, then Service, as wanted; no difference, no effect |
//! | … withdrawn | policy, then Service, deleted |
//! | … held | nothing is written for it, and the hold says why |
//! | always | the baseline policy stands before any other; rollouts go on by their own table |
//!
//! An update is a difference laid over what was seen, so a steady state has no effects. Everything is ordered so that a
//! crash between any two effects opens nothing that neither end opens ([`order`](crate::order)).

use dittofs_effects::{Effect, Hold, HoldCode};

use crate::api::Mode;
use crate::cluster_view::ClusterView;
use crate::intent::{Intent, Intents};
use crate::observation::Observation;
use crate::order::Steps;
use crate::server::ServerSpec;
use crate::{baseline, deletion, expose, withdraw, workload};

/// Decides what is to be done: three values in, effects out. No I/O, no clock, no randomness.
///
/// Holds come first, then effects in the order of execution. In the modes that do not write, the effects are those that
/// `Sync` would execute, and one hold says that nobody executes them (MODE-01).
pub fn decide(observed_adapters: &Observation, observed_k8s: &ClusterView, spec: &ServerSpec) -> Vec<Effect> {
    let mut steps = Steps::default();
    if let Some(hold) = not_executed(spec) {
        steps.hold(hold);
    }
    if spec.deleting {
        deletion::delete(observed_k8s, spec, &mut steps);
        return steps.in_order();
    }
    let intents = Intents::new(observed_adapters, observed_k8s, spec);
    for hold in &intents.server {
        steps.hold(hold.clone());
    }
    baseline::bring(&intents, observed_k8s, spec, &mut steps);
    let mut exposing = expose::Exposing::new(observed_k8s, spec);
    for adapter in &intents.adapters {
        match &adapter.intent {
            Intent::Expose(port) => exposing.bring(adapter, *port, &mut steps),
            Intent::Withdraw(cause) => withdraw::withdraw(adapter, cause, spec, &mut steps),
            Intent::Hold(code, reason) => {
                let (adapter, reason) = (Some(adapter.adapter.clone()), reason.clone());
                steps.hold(Hold { adapter, code: *code, reason });
            }
        }
    }
    workload::bring(&intents, observed_k8s, spec, &mut steps);
    steps.in_order()
}

fn not_executed(server: &ServerSpec) -> Option<Hold> {
    let (code, reason) = if server.paused {
        (HoldCode::Paused, "nothing is executed: the resource is paused (dittofs.io/paused)")
    } else if server.mode == Mode::Observe {
        (HoldCode::Observe, "nothing is executed: the mode is Observe")
    } else {
        return None;
    };
    Some(Hold { adapter: None, code, reason: reason.to_owned() })
}
