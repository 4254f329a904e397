//! What is not done once something failed (SAFE-01). That it is enough is for `proptests/tests/failures.rs` to show; here
//! it is that it is not more.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may give up as tests do")]

use dittofs_core::effects::Effect;
use dittofs_core::stopped_by;
use dittofs_core::testing::{Given, line, pod, policy, service, set, stateful_set};
use serde_json::json;

/// What is not done when this fails, a line each.
fn stopped(effects: &[Effect], failed: &str) -> Vec<String> {
    let lines: Vec<String> = effects.iter().map(line).collect();
    let index =
        lines.iter().position(|line| line == failed).unwrap_or_else(|| panic!("{failed} in {lines:#?}"));
    stopped_by(effects, index).into_iter().map(|index| lines[index].clone()).collect()
}

const NOTHING: [&str; 0] = [];

/// Nothing isolates the pod: a wide baseline, one adapter that goes, two that come, and a baseline that is narrowed.
fn busy() -> Vec<Effect> {
    let given = Given::default()
        .object(service("ftp", 21))
        .object(service("old", 22))
        .object(policy("old", 22))
        .object(stateful_set(&[]))
        .object(pod())
        .running(&[("nfs", 12049), ("smb", 1445), ("ftp", 21)]);
    // Its policy is there but selects other pods, so that nothing isolates this one.
    let mut given = given;
    for object in given.objects.iter_mut().filter(|o| o["kind"] == "NetworkPolicy") {
        set(object, "/spec/podSelector/matchLabels/instance", json!("other"));
    }
    given.effects()
}

#[test]
fn without_its_baseline_a_server_gets_nothing_but_container_ports() {
    let effects = busy();
    let lines: Vec<String> = effects.iter().map(line).collect();
    let expected = [
        "+ NetworkPolicy srv-baseline",
        "- NetworkPolicy srv-adapter-old",
        "- Service srv-adapter-old",
        "~ StatefulSet srv",
        "+ NetworkPolicy srv-adapter-ftp",
        "+ NetworkPolicy srv-adapter-nfs",
        "+ NetworkPolicy srv-adapter-smb",
        "+ Service srv-adapter-nfs",
        "+ Service srv-adapter-smb",
        "~ NetworkPolicy srv-baseline",
    ];
    assert_eq!(lines, expected);
    let all = stopped(&effects, "+ NetworkPolicy srv-baseline");
    let but_ports: Vec<&str> = expected[1..].iter().copied().filter(|l| *l != "~ StatefulSet srv").collect();
    assert_eq!(all, but_ports);
}

#[test]
fn one_adapter_s_failure_is_not_another_s() {
    let effects = busy();
    let after_policy = ["+ Service srv-adapter-nfs", "~ NetworkPolicy srv-baseline"];
    assert_eq!(stopped(&effects, "+ NetworkPolicy srv-adapter-nfs"), after_policy);
    assert_eq!(stopped(&effects, "+ Service srv-adapter-nfs"), ["~ NetworkPolicy srv-baseline"]);
    for nothing in ["- NetworkPolicy srv-adapter-old", "- Service srv-adapter-old", "~ StatefulSet srv"] {
        assert_eq!(stopped(&effects, nothing), NOTHING, "{nothing}");
    }
    assert_eq!(stopped(&effects, "~ NetworkPolicy srv-baseline"), NOTHING, "it is the last one");
}

#[test]
fn safe_05_a_replacement_that_fails_half_way_goes_no_further() {
    let template = |name: &str| {
        Given::default()
            .settled(&[("nfs", 12049)])
            .running(&[("nfs", 12049)])
            .with("/spec/adapterServices/nameTemplate", json!(name))
            .with("/metadata/annotations/dittofs.io~1approve-replace", json!("svc-nfs"))
    };
    let renamed = template("{name}-x-{type}").effects();
    assert_eq!(stopped(&renamed, "+ Service srv-x-nfs"), ["- Service srv-adapter-nfs"]);
    assert_eq!(stopped(&renamed, "- Service srv-adapter-nfs"), NOTHING);
    let class = json!([{ "adapter": "nfs", "loadBalancerClass": "x" }]);
    let same = template("{name}-adapter-{type}").with("/spec/adapterServices/overrides", class).effects();
    assert_eq!(stopped(&same, "- Service srv-adapter-nfs"), ["+ Service srv-adapter-nfs"]);
}

#[test]
fn the_next_write_of_an_object_waits_for_the_one_before_whoever_it_is_for() {
    let gone = Given::default().settled(&[("nfs", 12049)]).running(&[("smb", 1445)]).effects();
    let delete = gone.iter().find(|e| line(e) == "- Service srv-adapter-nfs").unwrap().clone();
    let back = Given::default().running(&[("nfs", 12049)]).effects();
    let create = back.iter().find(|e| line(e) == "+ Service srv-adapter-nfs").unwrap().clone();
    assert_eq!(stopped_by(&[delete.clone(), create.clone()], 0), [1]);
    assert!(stopped_by(&[create, delete], 1).is_empty());
}

#[test]
fn holds_are_neither_stopped_nor_stop_anything() {
    let given =
        Given::default().settled(&[("nfs", 12049)]).running(&[("nfs", 12049), ("api", 8080), ("smb", 1445)]);
    let effects = given.effects();
    assert_eq!(stopped(&effects, "! api ReservedPort"), NOTHING);
    let stopped = stopped(&effects, "+ NetworkPolicy srv-adapter-smb");
    assert_eq!(stopped, ["+ Service srv-adapter-smb"]);
}
