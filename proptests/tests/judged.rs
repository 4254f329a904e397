//! What `reachable` says, held against an evaluator of policies that is not ours, at every prefix of every decision (SECU-04).

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may give up as tests do")]

use std::collections::BTreeMap;

use dittofs_core::reachable;
use dittofs_proptests::case::Decided;
use dittofs_proptests::judged::{Question, Target};
use dittofs_proptests::raw;
use dittofs_proptests::strategies::input;
use dittofs_testbed::{Judge, tools_or_skip};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use serde_json::Value;

const SAMPLES: usize = 1500;

/// A question for each world that the decision leads through.
fn questions(decided: &Decided) -> Vec<Question> {
    let server = &decided.server;
    let mut questions = Vec::new();
    for (world, view) in decided.worlds.iter().zip(&decided.views) {
        let pods: Vec<&BTreeMap<String, String>> = view.pods.iter().map(|pod| &pod.labels).collect();
        let template = raw::stateful_set(world, server);
        let labels =
            |set: &Value| serde_json::from_value(set["spec"]["template"]["metadata"]["labels"].clone());
        let labels = match (&pods[..], template.map(labels)) {
            // Of several pods the one that lets in most counts, which no evaluator is asked about at once.
            ([only], _) => (*only).clone(),
            ([], Some(Ok(labels))) => labels,
            _ => continue,
        };
        let policies: Vec<&Value> =
            raw::of_kind(world, "NetworkPolicy", server).map(|(_, policy)| policy).collect();
        let ports: Vec<Value> = template
            .map(|set| raw::list(set, "/spec/template/spec/containers"))
            .into_iter()
            .flatten()
            .flat_map(|container| raw::list(container, "/ports").to_vec())
            .collect();
        let pod = Target { namespace: &server.namespace, labels: &labels, ports: &ports };
        questions.push(Question::new(&policies, &pod, &reachable(view, server)));
    }
    questions
}

#[test]
fn secu_04_another_evaluator_lets_in_exactly_what_reachable_says() {
    let Some(tools) = tools_or_skip("the judge of policies") else { return };
    let mut judge = Judge::start(&tools).unwrap();
    let mut runner = TestRunner::deterministic();
    let (mut asked, mut attempts, mut admitted) = (0, 0, 0);
    for _ in 0..SAMPLES {
        let input = input().new_tree(&mut runner).unwrap().current();
        for question in questions(&input.case().decided()) {
            let answer = judge.ask(&question.line).unwrap();
            question.check(&answer).unwrap_or_else(|why| panic!("{why}\n{input:#?}"));
            let (all, let_in) = question.size();
            (asked, attempts, admitted) = (asked + 1, attempts + all, admitted + let_in);
        }
    }
    println!("{asked} worlds, {attempts} attempts, {admitted} let in");
    assert!(
        asked > SAMPLES && admitted > 1000 && attempts - admitted > 1000,
        "{asked} {attempts} {admitted}"
    );
}
