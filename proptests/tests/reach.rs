//! A promise is worth as much as the inputs that it is held against: what the strategies must reach.

#![allow(clippy::unwrap_used, reason = "helpers of tests may give up as tests do")]

use std::collections::BTreeMap;

use dittofs_core::effects::{Cause, Effect, HoldCode, Precondition};
use dittofs_proptests::case::Decided;
use dittofs_proptests::open::Openness;
use dittofs_proptests::strategies::input;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

const SAMPLES: usize = 6000;

/// How often the strategies lead to what a predicate finds, by its name.
fn counted(find: impl Fn(&Decided) -> Vec<String>) -> BTreeMap<String, usize> {
    let mut runner = TestRunner::deterministic();
    let mut counts = BTreeMap::new();
    for _ in 0..SAMPLES {
        let input = input().new_tree(&mut runner).unwrap().current();
        for name in find(&input.case().decided()) {
            *counts.entry(name).or_insert(0) += 1;
        }
    }
    counts
}

/// The cause without what it carries.
fn cause(effect: &Effect) -> Option<String> {
    let cause = format!("{:?}", effect.reason()?.cause);
    Some(cause.split('(').next().unwrap().to_owned())
}

fn situations(decided: &Decided) -> Vec<String> {
    let mut found: Vec<String> = decided.holds().map(|h| h.code.to_string()).collect();
    found.extend(decided.effects.iter().filter_map(cause));
    let mut is = |name: &str, holds: bool| found.extend(holds.then(|| name.to_owned()));
    let open = |view| Openness::of(view, &decided.server);
    let serves = decided.seen().has_adapter_service();
    is("open before, and served", !open(decided.seen()).is_isolated() && serves);
    is("everything at rest", decided.effects.is_empty() && serves);
    is("more than five writes", decided.outcomes.len() > 5);
    let follows =
        |e: &Effect| matches!(e, Effect::Update(u) if u.precondition == Precondition::AfterEarlierWrite);
    is("written twice", decided.effects.iter().any(follows));
    let replaced =
        |e: &Effect| matches!(e, Effect::Delete(d) if d.reason.cause == Cause::ReplacementApproved);
    is("replaced", decided.effects.iter().any(replaced));
    found
}

#[test]
fn the_strategies_reach_every_hold_every_cause_and_the_rare_situations() {
    let counts = counted(situations);
    let codes = HoldCode::ALL.iter().map(ToString::to_string);
    let causes = [
        "Running",
        "Disabled",
        "Absent",
        "TrustedEmptyList",
        "StoppedRunning",
        "NotExposed",
        "ClosedUntilKnown",
        "KeepsServedPortsOpen",
        "AdapterPoliciesInPlace",
        "OwnPorts",
        "SurplusPolicy",
        "ReplacementApproved",
        "PortsForNextRestart",
        "PortsNow",
        "RolloutComplete",
        "RestartRequested",
        "ServerDeleted",
        "Wanted",
        "WantedOtherwise",
        "NotWanted",
        "TakenOver",
        "TemplateChanged",
        "TemplateForNextRestart",
        "Scaled",
        "BrokenRollout",
        "Grown",
    ];
    let rare = [
        "open before, and served",
        "everything at rest",
        "more than five writes",
        "written twice",
        "replaced",
    ];
    let wanted = codes.chain(causes.map(str::to_owned)).chain(rare.map(str::to_owned));
    let missed: Vec<_> = wanted.filter(|name| counts.get(name).copied().unwrap_or(0) < 3).collect();
    assert!(missed.is_empty(), "not reached three times in {SAMPLES}: {missed:?}\n{counts:#?}");
}
