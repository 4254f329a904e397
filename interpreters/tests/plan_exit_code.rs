//! `--detailed-exitcode`, each rule both ways.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

mod given;

use dittofs_interpreters::plan::{NumberOrName, PlanDocument, PortEntry};
use given::Given;
use serde_json::{Value, json};

#[test]
fn nothing_to_do_is_0_and_a_hold_makes_it_4() {
    assert_eq!(Given::settled().plan().exit_code(), 0);
    assert_eq!(Given::settled().answered(503, "").plan().exit_code(), 4);
}

#[test]
fn effects_outrank_holds() {
    let plan = Given::fresh().answered(503, "").plan();
    assert_eq!((plan.summary.create, plan.summary.hold), (1, 1), "the baseline alone");
    assert_eq!(plan.exit_code(), 2);
}

#[test]
fn mode_01_holds_that_only_stop_the_execution_do_not_count() {
    let observe = Given::settled().spec("adapterDiscovery", json!({"mode": "Observe"}));
    assert_eq!((observe.plan().summary.hold, observe.plan().exit_code()), (1, 0));
    assert_eq!(observe.answered(503, "").plan().exit_code(), 4);
}

#[test]
fn creating_is_2_and_deleting_a_service_or_policy_is_3() {
    let gone = Given::settled().without("Service", "minimal-adapter-nfs");
    assert_eq!(gone.plan().exit_code(), 2);
    assert_eq!(Given::settled().adapters(&[("nfs", true, true, 12049)]).plan().exit_code(), 3);
}

/// A plan of one update between two states of an object, with these open ports.
fn plan(kind: &str, before: &Value, after: &Value, open: [&[PortEntry]; 2]) -> PlanDocument {
    let mut plan = Given::settled().spec("adapterServices", json!({"annotations": {"a": "b"}})).plan();
    plan.effects.truncate(1);
    kind.clone_into(&mut plan.effects[0].kind);
    plan.effects[0].before = Some(before.clone());
    plan.effects[0].after = Some(after.clone());
    plan.reachable.before.ports = open[0].to_vec();
    plan.reachable.after.ports = open[1].to_vec();
    assert!(plan.reachable.before.isolated && plan.reachable.after.isolated, "it has a baseline");
    plan
}

fn service(kind: &str, ports: &[(u16, &str)]) -> Value {
    let ports: Vec<_> =
        ports.iter().map(|(port, protocol)| json!({"port": port, "protocol": protocol})).collect();
    json!({"spec": {"type": kind, "ports": ports}})
}

#[test]
fn a_service_that_loses_a_port_or_its_load_balancer_is_3() {
    let code = |before: &Value, after: &Value| plan("Service", before, after, [&[], &[]]).exit_code();
    let one = service("LoadBalancer", &[(111, "TCP")]);
    let two = service("LoadBalancer", &[(111, "TCP"), (111, "UDP")]);
    assert_eq!(code(&two, &one), 3);
    assert_eq!(code(&one, &two), 2);
    assert_eq!(code(&one, &service("LoadBalancer", &[(112, "TCP")])), 3);
    assert_eq!(code(&one, &service("NodePort", &[(111, "TCP")])), 3);
    assert_eq!(code(&service("NodePort", &[(111, "TCP")]), &one), 2);
    assert_eq!(code(&service("NodePort", &[(1, "TCP")]), &service("ClusterIP", &[(1, "TCP")])), 2);
    let absent = json!({"spec": {"type": "LoadBalancer", "ports": [{"port": 111}]}});
    assert_eq!(code(&one, &absent), 2, "TCP is what no protocol means");
    let set = plan("StatefulSet", &two, &one, [&[], &[]]);
    assert_eq!(set.exit_code(), 2, "container ports open nothing");
}

fn open(port: Option<NumberOrName>, end_port: Option<u16>, protocol: &str) -> PortEntry {
    PortEntry {
        port,
        end_port,
        protocol: protocol.to_owned(),
        adapter: None,
        from: vec!["anywhere".to_owned()],
        policy: "p".to_owned(),
        ours: true,
    }
}

/// The ports from one to another.
fn range(first: u16, last: u16) -> PortEntry {
    open(Some(NumberOrName::Number(first)), Some(last), "TCP")
}

fn number(port: u16, protocol: &str) -> PortEntry {
    open(Some(NumberOrName::Number(port)), None, protocol)
}

#[test]
fn a_port_that_is_closed_is_3() {
    let tcp = number(111, "TCP");
    let name = |name: &str| open(Some(NumberOrName::Name(name.to_owned())), None, "TCP");
    for (before, after, code) in [
        (tcp.clone(), vec![], 3),
        (tcp.clone(), vec![tcp.clone()], 2),
        (tcp.clone(), vec![number(111, "UDP")], 3),
        (tcp.clone(), vec![open(None, None, "TCP")], 2),
        (tcp.clone(), vec![range(100, 111)], 2),
        (tcp.clone(), vec![range(100, 110)], 3),
        (tcp.clone(), vec![name("x")], 3),
        (range(1, 3), vec![range(1, 2)], 3),
        (range(1, 3), vec![range(1, 4)], 2),
        (open(None, None, "TCP"), vec![range(1, 65535)], 3),
        (name("x"), vec![name("x")], 2),
        (name("x"), vec![name("y")], 3),
    ] {
        let same = service("LoadBalancer", &[(1, "TCP")]);
        let plan = plan("Service", &same, &same, [std::slice::from_ref(&before), &after]);
        assert_eq!(plan.exit_code(), code, "{before:?} -> {after:?}");
    }
}

#[test]
fn becoming_isolated_alone_is_no_withdrawal_and_neither_is_the_other_way() {
    let mut plan = Given::settled().spec("adapterServices", json!({"annotations": {"a": "b"}})).plan();
    assert_eq!(plan.exit_code(), 2);
    plan.reachable.after.isolated = false;
    plan.reachable.after.ports.clear();
    assert_eq!(plan.exit_code(), 2, "everything is open now");
    std::mem::swap(&mut plan.reachable.before, &mut plan.reachable.after);
    assert_eq!(plan.exit_code(), 2);
}
