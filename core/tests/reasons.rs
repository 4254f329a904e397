//! What is said: every hold names the offending value, every effect its cause and what it changes.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may give up as tests do")]

use dittofs_core::effects::{Effect, Hold, HoldCode};
use dittofs_core::testing::{Given, baseline, but, entry, policy, service, set};
use dittofs_core::{Observation, wire};
use serde_json::{Value, json};

fn settled() -> Given {
    Given::default().settled(&[("nfs", 12049)])
}

fn answered(entries: &[Value]) -> Given {
    settled().answer(&Value::Array(entries.to_vec()).to_string())
}

fn holds(given: &Given) -> Vec<Hold> {
    given
        .effects()
        .into_iter()
        .filter_map(|e| if let Effect::Hold(hold) = e { Some(hold) } else { None })
        .collect()
}

fn says(given: &Given, code: HoldCode, words: &[&str]) {
    let held = holds(given);
    let hold = held.iter().find(|hold| hold.code == code).unwrap_or_else(|| panic!("no {code} in {held:?}"));
    for word in words {
        assert!(hold.reason.contains(word), "{code}: {:?} does not say {word:?}", hold.reason);
    }
}

fn reasons(given: &Given) -> Vec<String> {
    given.effects().iter().filter_map(Effect::reason).map(ToString::to_string).collect()
}

fn observed(status: u16, content_type: &str, body: &str) -> Given {
    Given { observed: wire::observe(status, Some(content_type), body.as_bytes()), ..settled() }
}

#[test]
fn a_hold_names_the_offending_value() {
    use HoldCode::*;
    let running = |port: Value| json!({ "type": "nfs", "enabled": true, "running": true, "port": port });
    says(&answered(&[running(json!(70_000))]), InvalidPort, &["70000", "1–65535"]);
    says(&answered(&[running(json!("x"))]), InvalidPort, &["\"x\""]);
    says(&answered(&[running(json!(8080))]), ReservedPort, &["8080", "the port of the API"]);
    says(&answered(&[json!({ "type": "nfs", "enabled": 1 })]), InvalidEntry, &["enabled is 1"]);
    says(
        &answered(&[running(json!(1)), entry("NFS", true, true, 2)]),
        NameClash,
        &["\"NFS\" and \"nfs\"", "nfs"],
    );
    says(&answered(&[running(json!(5)), entry("smb", true, true, 5)]), PortClash, &["nfs and smb", "5"]);
    let newcomer = answered(&[entry("nfs", true, false, 1), entry("smb", true, true, 12049)]);
    says(&newcomer, PortClash, &["nfs is held", "12049", "smb"]);
    says(&answered(&[entry("nfs", true, false, 1)]), NotRunning, &["enabled but not running"]);
    let long = "x".repeat(64);
    says(&answered(&[entry(&long, true, true, 1)]), NameTooLong, &["64 characters", "63"]);
    let taken = but(service("smb", 1), "/metadata/ownerReferences/0/name", json!("other"));
    let taken = but(taken, "/metadata/ownerReferences/0/uid", json!("other"));
    let given = settled().object(taken).running(&[("nfs", 12049), ("smb", 1)]);
    says(&given, NameTaken, &["Service srv-adapter-smb", "DittoServer other controls it"]);
    let nobodys = but(policy("smb", 1), "/metadata/ownerReferences", json!([]));
    let given = settled().object(nobodys).running(&[("nfs", 12049), ("smb", 1)]);
    says(&given, NameTaken, &["NetworkPolicy srv-adapter-smb", "nobody controls it"]);
}

#[test]
fn a_name_that_the_server_uses_otherwise_says_for_what() {
    let other = but(but(service("x", 1), "/metadata/name", json!("files")), "/metadata/labels", json!({}));
    let given = settled().object(other).with("/spec/adapterServices/nameTemplate", json!("{type}"));
    says(
        &given.running(&[("nfs", 12049), ("files", 1)]),
        HoldCode::NameTaken,
        &["in another role (unknown)"],
    );
    for (suffix, role) in [("api", "API"), ("headless", "headless"), ("metrics", "metrics")] {
        use dittofs_core::Taken;
        let object = but(service("x", 1), "/metadata/name", json!(format!("srv-{suffix}")));
        let cluster = Given { objects: vec![object], ..settled() }.cluster();
        assert_eq!(cluster.taken_services[&format!("srv-{suffix}")], Taken::OtherRole(role));
    }
}

#[test]
fn an_entry_without_a_name_is_described() {
    says(&answered(&[json!(7)]), HoldCode::UnnamedEntry, &["entry 0 is 7: it may be any adapter"]);
    let many: Vec<Value> = (1..=5).map(|n| json!(n)).collect();
    says(&answered(&many), HoldCode::UnnamedEntry, &["entry 0 is 1; entry 1 is 2; entry 2 is 3 and 2 more"]);
    let three: Vec<Value> = (1..=3).map(|n| json!(n)).collect();
    says(&answered(&three), HoldCode::UnnamedEntry, &["entry 2 is 3: it"]);
}

#[test]
fn a_hold_of_the_whole_server_says_what_happened() {
    use HoldCode::*;
    says(
        &observed(503, "text/html", "<h1>Down</h1>"),
        ApiUnavailable,
        &["503", "<h1>Down</h1>", "adapters stay as they are"],
    );
    says(&observed(200, "text/html", "<h1>Down</h1>"), ApiUnavailable, &["text/html", "application/json"]);
    says(&observed(200, "application/json", "{}"), ApiUnavailable, &["an object, not a list"]);
    says(&observed(200, "application/json", "[{"), ApiUnavailable, &["not JSON", "line 1"]);
    says(
        &observed(401, "text/plain", "Invalid or expired token"),
        Unauthorized,
        &["401", "Invalid or expired token"],
    );
    says(&observed(200, "application/json", "[]"), EmptyList, &["[]", "may be a mistake"]);
    says(&observed(200, "application/json", "null"), EmptyList, &["null"]);
    says(&observed(200, "application/json", ""), EmptyList, &["an empty body"]);
    says(&Given { observed: Observation::NotYetPolled, ..settled() }, NotYetPolled, &["not known yet"]);
    let mut given = settled().running(&[("nfs", 1)]);
    set(given.objects.last_mut().unwrap(), "/status", json!({}));
    says(&given, PodNotReady, &["pod srv-0 is not ready"]);
    set(given.objects.last_mut().unwrap(), "/metadata/deletionTimestamp", json!("2026-01-01T00:00:00Z"));
    says(&given, PodNotReady, &["pod srv-0 is terminating"]);
    says(&settled().with("/spec/replicas", json!(0)), ScaledToZero, &["spec.replicas: 0"]);
    let baseline = but(baseline(), "/metadata/ownerReferences", json!([]));
    let given = Given { objects: vec![baseline], ..settled() }.running(&[("nfs", 1)]);
    says(&given, NameTaken, &["NetworkPolicy srv-baseline", "cut off the API"]);
}

#[test]
fn an_effect_says_why_and_what_it_changes() {
    let fresh = Given::default().running(&[("nfs", 12049)]);
    assert_eq!(
        reasons(&fresh),
        [
            "there is no baseline policy: it opens the server's own ports, and adapters are opened by their own \
             policies",
            "enabled and running on port 12049",
            "enabled and running on port 12049",
        ]
    );
    let moved = reasons(&settled().running(&[("nfs", 12050)]));
    assert_eq!(
        moved[0],
        "the ports it declares change; the pod is not restarted, its next start brings them; port 12049 becomes \
         12050; update strategy OnDelete"
    );
    assert_eq!(moved[1], "enabled and running on port 12050; port 12049/TCP becomes 12050");
    assert_eq!(
        moved[2],
        "enabled and running on port 12050; port 12049 becomes 12050; sets targetPort of port adapter-nfs to 12050"
    );
    for (body, cause) in [
        (json!([entry("nfs", false, false, 1)]), "disabled by an administrator"),
        (json!([entry("smb", false, false, 1)]), "not in the list of adapters any more"),
    ] {
        assert_eq!(reasons(&settled().answer(&body.to_string()))[..2], [cause, cause]);
    }
    let stopped = settled().answer(&json!([entry("nfs", true, false, 1)]).to_string()).from_file();
    assert_eq!(
        reasons(&stopped)[0],
        "enabled, but not running: believed after the grace period, and from a file at once"
    );
    let hidden = settled().running(&[("nfs", 12049)]);
    let hidden =
        hidden.with("/spec/adapterServices/overrides", json!([{ "adapter": "nfs", "expose": false }]));
    assert_eq!(reasons(&hidden)[0], "the resource says not to expose it (expose: false)");
    let trusted = settled().answer("[]").with("/spec/adapterDiscovery", json!({ "emptyList": "Trust" }));
    assert!(reasons(&trusted)[0].contains("emptyList: Trust"));
}

#[test]
fn comp_01_a_port_that_is_closed_says_why_it_was_there() {
    let mut given = settled().running(&[("nfs", 12049)]);
    let extra = [
        ("portmap", 111, 10111, "TCP", "companionPorts: [Portmapper]"),
        ("adapter-nfs-udp", 12049, 12049, "UDP", "companionPorts: [UDP]"),
        ("mdns", 5353, 5353, "UDP", "companionPorts: [MDNS]"),
        ("by-hand", 22, 22, "TCP", "nobody asked for it"),
    ];
    for object in &mut given.objects {
        let name = object["metadata"]["name"].clone();
        for (port_name, port, target, protocol, _) in extra {
            if object["kind"] == "Service" {
                let port =
                    json!({ "name": port_name, "port": port, "targetPort": target, "protocol": protocol });
                object["spec"]["ports"].as_array_mut().unwrap().push(port);
            } else if object["kind"] == "NetworkPolicy" && name == "srv-adapter-nfs" {
                let port = json!({ "port": target, "protocol": protocol });
                object["spec"]["ingress"][0]["ports"].as_array_mut().unwrap().push(port);
            }
        }
    }
    let reasons = reasons(&given);
    for (_, port, target, protocol, why) in extra {
        let policy = format!("closes {target}/{protocol}: ");
        let said = |text: &str, closes: &str| {
            text.split("; ").any(|part| part.contains(closes) && part.contains(why))
        };
        assert!(said(&reasons[0], &policy), "{policy} {why} in {}", reasons[0]);
        let service = format!("closes {port}/{protocol} (");
        assert!(said(&reasons[1], &service), "{service} {why} in {}", reasons[1]);
    }
}
