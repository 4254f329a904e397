//! What of a Service and of container ports is mended, word by word, and what is kept.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may give up as tests do")]

use dittofs_core::effects::Effect;
use dittofs_core::testing::{Given, set, stateful_set};
use serde_json::{Value, json};

const NOTHING: [&str; 0] = [];
const RUNS: &str = "enabled and running on port 12049";

fn settled() -> Given {
    Given::default().settled(&[("nfs", 12049)]).running(&[("nfs", 12049)])
}

fn edited(mut given: Given, kind: &str, pointer: &str, value: Value) -> Given {
    set(given.objects.iter_mut().find(|o| o["kind"] == kind).unwrap(), pointer, value);
    given
}

fn service(given: Given, pointer: &str, value: Value) -> Given {
    edited(given, "Service", pointer, value)
}

fn asking(given: Given, mut wanted: Value) -> Given {
    wanted["adapter"] = json!("nfs");
    given.with("/spec/adapterServices/overrides", json!([wanted]))
}

fn upsert(given: Given) -> Given {
    given.with("/spec/adapterDiscovery/mode", json!("UpsertOnly"))
}

/// What is written to objects of this kind, and why; once is enough.
fn words(given: &Given, kind: &str) -> Vec<String> {
    let effects = given.effects();
    let written = effects.iter().filter(|e| e.target().is_some_and(|t| t.kind.as_str() == kind));
    let words = written.map(|e| e.reason().unwrap().to_string()).collect();
    let after = given.settled_by_effects().decided();
    assert!(after.iter().all(|line| line.starts_with('!')), "once is enough: {after:?}");
    words
}

fn after(given: &Given) -> Value {
    given.settled_by_effects().find("Service", "srv-adapter-nfs").clone()
}

fn book<'a>(service: &'a Value, name: &str) -> &'a Value {
    &service["metadata"]["annotations"][format!("dittofs.io/managed-{name}")]
}

#[test]
fn srvc_05_a_container_port_is_its_name_number_and_protocol() {
    let ports = |given: &Given| {
        given.settled_by_effects().find("StatefulSet", "srv")["spec"]["template"]["spec"]
        ["containers"][0]["ports"].as_array().unwrap()[1..].to_vec()
    };
    let nfs = json!({ "name": "adapter-nfs", "containerPort": 12049, "protocol": "TCP" });
    let udp =
        edited(settled(), "StatefulSet", "/spec/template/spec/containers/0/ports/1/protocol", json!("UDP"));
    assert_eq!(words(&udp, "StatefulSet").len(), 1);
    assert_eq!(ports(&udp), std::slice::from_ref(&nfs));
    // Another adapter on the very same port.
    let mut other = settled();
    other.objects.retain(|o| o["kind"] != "StatefulSet");
    let other = other.object(stateful_set(&[("ftp", 12049)]));
    assert_eq!(words(&other, "StatefulSet").len(), 1);
    assert_eq!(ports(&other), [nfs]);
}

#[test]
fn books_are_told_once() {
    let wanted = json!({ "annotations": { "a": "1" }, "externalTrafficPolicy": "Local" });
    let told = words(&asking(settled(), wanted), "Service");
    let fields =
        "sets annotation a; records which of its fields are ours; sets externalTrafficPolicy to Local";
    assert_eq!(told, [format!("{RUNS}; {fields}")]);
    let told = words(&asking(settled(), json!({ "allocateLoadBalancerNodePorts": false })), "Service");
    assert!(told[0].contains("sets allocateLoadBalancerNodePorts to false"), "{told:?}");
}

#[test]
fn mode_01_a_type_that_reaches_no_less_is_no_loss() {
    let given = upsert(asking(
        service(settled(), "/spec/type", json!("ExternalName")),
        json!({ "type": "ClusterIP" }),
    ));
    assert_eq!(after(&given)["spec"]["type"], "ClusterIP");
}

#[test]
fn fields_that_the_type_does_not_have_are_not_reset() {
    let local = service(settled(), "/spec/externalTrafficPolicy", json!("Local"));
    let local =
        service(local, "/metadata/annotations/dittofs.io~1managed-fields", json!("externalTrafficPolicy"));
    let given = asking(local, json!({ "type": "ClusterIP" }));
    let left = after(&given);
    assert_eq!((&left["spec"]["externalTrafficPolicy"], book(&left, "fields")), (&Value::Null, &Value::Null));
    assert_eq!(words(&given, "Service").len(), 1);
}

#[test]
fn a_field_that_others_set_stays() {
    let sticky = service(settled(), "/spec/sessionAffinity", json!("ClientIP"));
    let given = asking(sticky, json!({ "externalTrafficPolicy": "Local" }));
    assert_eq!(after(&given)["spec"]["sessionAffinity"], "ClientIP");
    assert!(!words(&given, "Service")[0].contains("sessionAffinity"));
}

#[test]
fn mode_01_a_field_that_must_stay_stays_in_the_book() {
    let fixed = service(settled(), "/spec/loadBalancerIP", json!("192.0.2.1"));
    let fixed = service(fixed, "/metadata/annotations/dittofs.io~1managed-fields", json!("loadBalancerIP"));
    let given = upsert(fixed.clone());
    assert_eq!(given.decided(), ["! nfs UpsertOnly"]);
    let more = upsert(asking(fixed, json!({ "sessionAffinity": "ClientIP" })));
    let left = after(&more);
    assert_eq!(book(&left, "fields"), "loadBalancerIP,sessionAffinity");
    assert_eq!(left["spec"]["loadBalancerIP"], "192.0.2.1");
}

#[test]
fn source_ranges_are_told_as_they_change_and_leave_with_the_load_balancer() {
    let having = |ranges: &[&str]| {
        let given = service(settled(), "/spec/loadBalancerSourceRanges", json!(ranges));
        service(given, "/metadata/annotations/dittofs.io~1managed-source-ranges", json!(ranges.join(",")))
    };
    let asked = |given, ranges: &[&str]| asking(given, json!({ "loadBalancerSourceRanges": ranges }));
    let book = "records which of its fields are ours";
    let less = asked(having(&["10.0.0.0/8", "192.0.2.0/24"]), &["10.0.0.0/8"]);
    assert_eq!(words(&less, "Service"), [format!("{RUNS}; no longer admits 192.0.2.0/24; {book}")]);
    let more = asked(having(&["10.0.0.0/8"]), &["10.0.0.0/8", "192.0.2.0/24"]);
    assert_eq!(words(&more, "Service"), [format!("{RUNS}; admits 192.0.2.0/24; {book}")]);
    let leaving = asking(having(&["10.0.0.0/8"]), json!({ "type": "ClusterIP" }));
    assert_eq!(after(&leaving)["spec"]["loadBalancerSourceRanges"], Value::Null);
}

#[test]
fn a_port_is_recognised_by_its_number_where_names_say_nothing() {
    let port = |name: &str, port: u16, node_port: u16| json!({ "name": name, "port": port, "targetPort": port, "protocol": "TCP", "nodePort": node_port });
    let given = service(settled(), "/spec/ports", json!([port("x", 1111, 31111), port("y", 12049, 31049)]));
    let left = after(&given);
    assert_eq!(left["spec"]["ports"], json!([port("y", 12049, 31049)]), "clients keep their node port");
    let mut udp = port("x", 12049, 31111);
    udp["protocol"] = json!("UDP");
    let given = service(settled(), "/spec/ports", json!([udp, port("y", 12049, 31049)]));
    assert_eq!(after(&given)["spec"]["ports"], json!([port("y", 12049, 31049)]));
}

#[test]
fn names_are_given_where_several_ports_need_them() {
    let unnamed = || service(settled(), "/spec/ports/0/name", Value::Null);
    assert_eq!(unnamed().decided(), NOTHING, "a single port needs no name");
    assert_eq!(upsert(unnamed()).decided(), NOTHING);
    let second = json!({ "name": "x", "port": 22, "targetPort": 22, "protocol": "TCP" });
    let two = || service(unnamed(), "/spec/ports/1", second.clone());
    let names = |given: &Given| -> Vec<Value> {
        after(given)["spec"]["ports"].as_array().unwrap().iter().map(|p| p["name"].clone()).collect()
    };
    assert_eq!(names(&two()), [Value::Null], "the other one goes");
    assert_eq!(names(&upsert(two())), [json!("adapter-nfs"), json!("x")], "the other one may not go");
}

#[test]
fn a_target_that_is_not_stated_is_the_port_itself() {
    let plain = service(settled(), "/spec/ports/0/targetPort", Value::Null);
    assert_eq!(plain.decided(), NOTHING);
    let other = asking(service(plain, "/spec/ports/0/port", json!(2049)), json!({ "port": 2049 }));
    assert_eq!(after(&other)["spec"]["ports"][0]["targetPort"], 12049);
    assert_eq!(words(&other, "Service"), [format!("{RUNS}; sets targetPort of port adapter-nfs to 12049")]);
}

#[test]
fn conf_02_what_a_companion_reserves_is_named() {
    let given = asking(settled(), json!({ "companionPorts": ["Portmapper"] }));
    let given = given.running(&[("nfs", 12049), ("web", 10111)]);
    let reasons: Vec<String> = given
        .effects()
        .into_iter()
        .filter_map(|effect| match effect {
            Effect::Hold(hold) => Some(hold.reason),
            Effect::Create(_) | Effect::Update(_) | Effect::Delete(_) => None,
        })
        .collect();
    assert_eq!(reasons, ["port 10111 is the portmapper's port"]);
}

#[test]
fn conf_02_one_family_needs_no_policy_and_two_need_one() {
    use dittofs_core::api::IpFamilyPolicy;
    let policy = |families: &[&str]| {
        let server = asking(settled(), json!({ "ipFamilies": families })).server();
        server.overrides.values().next().unwrap().fields().ip_family_policy
    };
    assert_eq!(policy(&["IPv6"]), None);
    assert_eq!(policy(&["IPv6", "IPv4"]), Some(IpFamilyPolicy::RequireDualStack));
}
