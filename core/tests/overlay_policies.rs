//! What of a policy is mended, word by word, and what is kept.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may give up as tests do")]

use dittofs_core::testing::{Given, set};
use serde_json::{Value, json};

const NOTHING: [&str; 0] = [];

fn settled() -> Given {
    Given::default().settled(&[("nfs", 12049)]).running(&[("nfs", 12049)])
}

fn policy(given: &mut Given) -> &mut Value {
    given
        .objects
        .iter_mut()
        .find(|o| o["kind"] == "NetworkPolicy" && o["metadata"]["name"] == "srv-adapter-nfs")
        .unwrap()
}

fn edited(mut given: Given, pointer: &str, value: Value) -> Given {
    set(policy(&mut given), pointer, value);
    given
}

/// What is written to policies, and why.
fn words(given: &Given) -> Vec<String> {
    let effects = given.effects();
    let policies = effects.iter().filter(|e| e.target().is_some_and(|t| t.kind.as_str() == "NetworkPolicy"));
    let words = policies.map(|e| e.reason().unwrap().to_string()).collect();
    let after = given.settled_by_effects().decided();
    assert!(after.iter().all(|line| line.starts_with('!')), "once is enough: {after:?}");
    words
}

/// The resource asks for these source ranges, and the Service has them already.
fn with_sources(ranges: &[&str]) -> Given {
    let asked =
        json!([{ "adapter": "nfs", "externalTrafficPolicy": "Local", "loadBalancerSourceRanges": ranges }]);
    let mut given = settled().with("/spec/adapterServices/overrides", asked);
    let service = given.objects.iter_mut().find(|o| o["kind"] == "Service").unwrap();
    set(service, "/spec/externalTrafficPolicy", json!("Local"));
    set(service, "/spec/loadBalancerSourceRanges", json!(ranges));
    set(service, "/metadata/annotations/dittofs.io~1managed-fields", json!("externalTrafficPolicy"));
    set(service, "/metadata/annotations/dittofs.io~1managed-source-ranges", json!(ranges.join(",")));
    given
}

/// The policy admits these, of which the book names some.
fn admitting(given: Given, blocks: &Value, book: &str) -> Given {
    let from: Vec<Value> =
        blocks.as_array().unwrap().iter().map(|block| json!({ "ipBlock": block })).collect();
    let given = edited(given, "/spec/ingress/0/from", Value::from(from));
    edited(given, "/metadata/annotations/dittofs.io~1managed-source-ranges", json!(book))
}

fn upsert(given: Given) -> Given {
    given.with("/spec/adapterDiscovery/mode", json!("UpsertOnly"))
}

const RUNS: &str = "enabled and running on port 12049";

#[test]
fn a_selector_is_exactly_app_and_instance() {
    let labels = |labels: Value| edited(settled(), "/spec/podSelector/matchLabels", labels);
    assert_eq!(words(&labels(json!({ "app": "dittofs-server", "instance": "srv" }))), NOTHING);
    for wrong in [
        json!({ "app": "dittofs-server", "instance": "srv", "more": "x" }),
        json!({ "app": "other", "instance": "srv" }),
        json!({ "app": "dittofs-server", "instance": "other" }),
        json!({ "instance": "srv" }),
        json!({ "app": "dittofs-server", "x": "y" }),
    ] {
        assert_eq!(words(&labels(wrong.clone())), [format!("{RUNS}; repairs the pod selector")], "{wrong}");
    }
}

#[test]
fn safe_01_what_selects_other_pods_opens_before_it_narrows() {
    let both = json!([{ "cidr": "10.0.0.0/8" }, { "cidr": "192.0.2.0/24" }]);
    let given = || admitting(with_sources(&["10.0.0.0/8"]), &both, "10.0.0.0/8,192.0.2.0/24");
    assert_eq!(words(&given()).len(), 1);
    let label = edited(given(), "/metadata/labels/app", json!("x"));
    assert_eq!(words(&label).len(), 1, "a label selects nothing");
    for (pointer, value) in [
        ("/spec/podSelector/matchLabels/instance", json!("other")),
        ("/spec/policyTypes", json!(["Ingress", "Egress"])),
    ] {
        let words = words(&edited(given(), pointer, value));
        assert_eq!(words.len(), 2, "{words:?}");
        assert!(
            words[0].contains("repairs the pod selector") && !words[0].contains("no longer admits"),
            "{words:?}"
        );
        assert!(words[1].contains("no longer admits 192.0.2.0/24"), "{words:?}");
    }
}

#[test]
fn the_own_port_moves_from_where_the_service_leads_and_never_from_another_protocol() {
    let ports = |ports: Value| edited(settled().running(&[("nfs", 7000)]), "/spec/ingress/0/ports", ports);
    let tcp = |port: u16| json!({ "port": port, "protocol": "TCP" });
    let two = ports(json!([tcp(5000), tcp(12049)]));
    let told = words(&two).join("\n");
    assert!(told.contains("port 12049/TCP becomes 7000"), "{told}");
    assert!(told.contains("closes 5000/TCP"), "{told}");
    let udp = ports(json!([{ "port": 9999, "protocol": "UDP" }]));
    let told = words(&udp).join("\n");
    assert!(told.contains("opens 7000/TCP") && told.contains("closes 9999/UDP"), "{told}");
    let mut after = udp.settled_by_effects();
    assert_eq!(policy(&mut after)["spec"]["ingress"][0]["ports"], json!([tcp(7000)]));
}

#[test]
fn sources_are_told_as_they_change() {
    let ten = json!([{ "cidr": "10.0.0.0/8" }]);
    let two = json!([{ "cidr": "10.0.0.0/8" }, { "cidr": "192.0.2.0/24" }]);
    let less = admitting(with_sources(&["10.0.0.0/8"]), &two, "10.0.0.0/8,192.0.2.0/24");
    let book = "records which of its fields are ours";
    assert_eq!(words(&less), [format!("{RUNS}; no longer admits 192.0.2.0/24; {book}")]);
    let more = admitting(with_sources(&["10.0.0.0/8", "192.0.2.0/24"]), &ten, "10.0.0.0/8");
    assert_eq!(words(&more), [format!("{RUNS}; admits 192.0.2.0/24; {book}")]);
}

#[test]
fn a_source_is_the_whole_range_and_no_other() {
    for other in
        [json!({ "cidr": "172.16.0.0/12" }), json!({ "cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"] })]
    {
        let given = admitting(with_sources(&["10.0.0.0/8"]), &json!([other]), "10.0.0.0/8");
        assert_eq!(words(&given), [format!("{RUNS}; admits 10.0.0.0/8")], "{other} is another's");
    }
}

#[test]
fn mode_01_a_source_that_must_stay_stays_in_the_book() {
    let two = json!([{ "cidr": "10.0.0.0/8" }, { "cidr": "192.0.2.0/24" }]);
    let given = || admitting(with_sources(&["10.0.0.0/8"]), &two, "10.0.0.0/8,192.0.2.0/24");
    assert_eq!(words(&upsert(given())), NOTHING);
    let held = upsert(given()).decided();
    assert_eq!(held, ["! nfs UpsertOnly"]);
    let unbooked = upsert(admitting(with_sources(&["10.0.0.0/8"]), &two, "192.0.2.0/24"));
    let mut after = unbooked.settled_by_effects();
    let book = &policy(&mut after)["metadata"]["annotations"]["dittofs.io/managed-source-ranges"];
    assert_eq!(book, "10.0.0.0/8,192.0.2.0/24");
    let mut sync = given().settled_by_effects();
    let book = &policy(&mut sync)["metadata"]["annotations"]["dittofs.io/managed-source-ranges"];
    assert_eq!(book, "10.0.0.0/8");
}
