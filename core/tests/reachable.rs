//! Which ports are open, by the semantics of NetworkPolicy.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may give up as tests do")]

use dittofs_core::effects::Protocol;
use dittofs_core::testing::{Given, baseline, but, pod, policy, set, stateful_set};
use dittofs_core::{OpenPort, PolicyPort, Reachability, reachable};
use serde_json::{Value, json};

fn open(given: &Given) -> Reachability {
    reachable(&given.cluster(), &given.server())
}

/// A policy that is not ours, selecting the server's pods by label `app`.
fn foreign(spec: &Value) -> Value {
    let mut policy = but(policy("nfs", 1), "/metadata/ownerReferences", json!([]));
    set(&mut policy, "/metadata/name", json!("theirs"));
    set(&mut policy, "/spec", json!({ "podSelector": { "matchLabels": { "app": "dittofs-server" } } }));
    for (field, value) in spec.as_object().unwrap() {
        policy["spec"][field] = value.clone();
    }
    policy
}

fn opened(spec: &Value) -> Vec<OpenPort> {
    let reachable = open(&Given::default().object(foreign(spec)));
    assert!(reachable.isolated, "{spec}");
    reachable.ports
}

fn numbers(ports: &[OpenPort]) -> Vec<(PolicyPort, Protocol)> {
    ports.iter().map(|p| (p.port.clone(), p.protocol)).collect()
}

#[test]
fn without_a_policy_that_selects_the_pod_it_is_not_isolated() {
    assert_eq!(open(&Given::default()), Reachability::default());
    for spec in [
        json!({ "podSelector": { "matchLabels": { "app": "other" } }, "ingress": [{}] }),
        json!({ "policyTypes": ["Egress"], "ingress": [{}] }),
    ] {
        assert_eq!(open(&Given::default().object(foreign(&spec))), Reachability::default(), "{spec}");
    }
}

#[test]
fn what_a_policy_admits_is_read_as_the_api_says() {
    use PolicyPort::{All, Named, Number, Range};
    use Protocol::{Sctp, Tcp, Udp};
    let every = vec![(All, Tcp), (All, Udp), (All, Sctp)];
    for (ingress, expected) in [
        (json!([]), vec![]),
        (json!([{}]), every.clone()),
        (json!([{ "ports": [] }]), every),
        (json!([{ "ports": [{ "port": 80 }] }]), vec![(Number(80), Tcp)]),
        (json!([{ "ports": [{ "port": 80, "protocol": "UDP" }] }]), vec![(Number(80), Udp)]),
        (json!([{ "ports": [{ "protocol": "SCTP" }] }]), vec![(All, Sctp)]),
        (json!([{ "ports": [{ "port": 80, "endPort": 90 }] }]), vec![(Range(80, 90), Tcp)]),
        (json!([{ "ports": [{ "port": "nfs" }] }]), vec![(Named("nfs".to_owned()), Tcp)]),
        (json!([{ "ports": [{ "port": 70_000 }, { "port": -1 }, { "port": 1, "protocol": "X" }] }]), vec![]),
        (
            json!([{ "ports": [{ "port": 2 }] }, { "ports": [{ "port": 1 }] }]),
            vec![(Number(1), Tcp), (Number(2), Tcp)],
        ),
    ] {
        assert_eq!(numbers(&opened(&json!({ "ingress": ingress }))), expected, "{ingress}");
    }
    assert!(opened(&json!({})).is_empty(), "a policy without rules admits nothing");
    assert!(opened(&json!({ "policyTypes": [] })).is_empty(), "no types are Ingress at least");
    assert!(opened(&json!({ "podSelector": {} })).is_empty(), "an empty selector selects every pod");
}

#[test]
fn sources_are_named() {
    let everybody = "anywhere".to_owned();
    for (from, expected) in [
        (Value::Null, everybody.as_str()),
        (json!([]), &everybody),
        (json!([{ "ipBlock": { "cidr": "10.0.0.0/8" } }]), "10.0.0.0/8"),
        (
            json!([{ "ipBlock": { "cidr": "10.0.0.0/8", "except": ["10.1.0.0/16", "10.2.0.0/16"] } }]),
            "10.0.0.0/8 except 10.1.0.0/16, 10.2.0.0/16",
        ),
        (json!([{ "podSelector": { "matchLabels": { "a": "b" } } }]), "pods:a=b"),
        (json!([{ "namespaceSelector": {} }]), "namespaces:<all>"),
        (
            json!([{ "namespaceSelector": { "matchLabels": { "n": "m" } }, "podSelector": {} }]),
            "namespaces:n=m pods:<all>",
        ),
        (json!([{}]), "nobody"),
    ] {
        let ports = opened(&json!({ "ingress": [{ "from": from, "ports": [{ "port": 1 }] }] }));
        assert_eq!(ports[0].from, [expected], "{from}");
    }
}

#[test]
fn it_is_said_whose_a_port_is() {
    let given = Given::default().settled(&[("nfs", 12049)]).with("/spec/metrics", json!({ "enabled": true }));
    let mut given = given.object(foreign(&json!({ "ingress": [{ "ports": [{ "port": 12049 }] }] })));
    for port in
        [json!({ "port": 9090 }), json!({ "port": 12049 }), json!({ "port": 8080, "protocol": "UDP" })]
    {
        given.objects[0]["spec"]["ingress"][0]["ports"].as_array_mut().unwrap().push(port);
    }
    let ports = open(&given).ports;
    let found: Vec<_> = ports
        .iter()
        .map(|p| {
            let PolicyPort::Number(number) = p.port else { panic!("{p:?}") };
            (number, p.adapter.as_ref().map(ToString::to_string), p.policy.as_str(), p.ours)
        })
        .collect();
    let nfs = || Some("nfs".to_owned());
    assert_eq!(
        found,
        [
            (8080, None, "srv-baseline", true),
            (8080, None, "srv-baseline", true),
            (9090, None, "srv-baseline", true),
            (12049, None, "theirs", false),
            (12049, nfs(), "srv-adapter-nfs", true),
            (12049, nfs(), "srv-baseline", true),
        ]
    );
}

#[test]
fn labels_are_those_of_the_pods_else_of_the_template_else_ours() {
    let selecting = |label: &str| foreign(&json!({ "podSelector": { "matchLabels": { label: "x" } } }));
    let isolated = |objects: Vec<Value>| open(&Given { objects, ..Given::default() }).isolated;
    let labelled_pod = but(pod(), "/metadata/labels/of-pod", json!("x"));
    let labelled_set = but(stateful_set(&[]), "/spec/template/metadata/labels/of-template", json!("x"));
    assert!(isolated(vec![selecting("of-pod"), labelled_pod.clone()]));
    assert!(!isolated(vec![selecting("of-template"), labelled_set.clone(), labelled_pod]));
    assert!(isolated(vec![selecting("of-template"), labelled_set.clone()]));
    assert!(!isolated(vec![baseline(), but(labelled_set, "/spec/template/metadata/labels", json!({}))]));
    assert!(isolated(vec![baseline()]), "without pod and template: the labels that the server's pods have");
    // One pod of several is enough.
    let second =
        but(but(pod(), "/metadata/name", json!("srv-1")), "/metadata/labels/only-second", json!("x"));
    assert!(isolated(vec![selecting("only-second"), pod(), second]));
}

#[test]
fn a_port_covers_what_is_no_wider_than_itself() {
    use PolicyPort::{All, Named, Number, Range};
    let named = |name: &str| Named(name.to_owned());
    let every = [All, Number(80), Number(81), Range(80, 80), Range(79, 81), named("a"), named("b")];
    for port in &every {
        assert!(All.covers(port), "{port:?}");
    }
    for (wide, covered) in [
        (Number(80), vec![Number(80), Range(80, 80)]),
        (Range(80, 80), vec![Number(80), Range(80, 80)]),
        (Range(79, 81), vec![Number(80), Number(81), Range(80, 80), Range(79, 81)]),
        (named("a"), vec![named("a")]),
        // From the end to the beginning opens nothing.
        (Range(81, 79), vec![]),
    ] {
        let found: Vec<PolicyPort> = every.iter().filter(|port| wide.covers(port)).cloned().collect();
        assert_eq!(found, covered, "{wide:?}");
    }
}
