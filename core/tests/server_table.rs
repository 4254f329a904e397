//! What concerns the whole server: no report, pods, deletion, the baseline policy, modes.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may give up as tests do")]

use dittofs_core::effects::AdapterType;
use dittofs_core::testing::{Given, baseline, but, entry, policy, service, set};
use dittofs_core::{NoPod, Observation, Why, reachable, wire};
use serde_json::{Value, json};

const NOTHING: [&str; 0] = [];

fn settled() -> Given {
    Given::default().settled(&[("nfs", 12049), ("smb", 1445)])
}

fn observed(status: u16, body: &str) -> Observation {
    wire::observe(status, Some("application/json"), body.as_bytes())
}

fn without(mut given: Given, kind: &str) -> Given {
    given.objects.retain(|o| o["kind"] != kind);
    given
}

#[test]
fn disc_03_auth_04_without_a_report_nothing_of_an_adapter_is_written() {
    let no_answer = Observation::Unavailable(Why::NoAnswer("connection refused".to_owned()));
    for (observed, code) in [
        (observed(503, ""), "ApiUnavailable"),
        (observed(500, "{}"), "ApiUnavailable"),
        (observed(404, "404 page not found"), "ApiUnavailable"),
        (observed(429, ""), "ApiUnavailable"),
        (observed(401, "Invalid or expired token"), "Unauthorized"),
        (observed(403, "Insufficient permissions"), "Unauthorized"),
        (observed(200, "[{\"type\":\"nfs\""), "ApiUnavailable"),
        (observed(200, "{}"), "ApiUnavailable"),
        (wire::observe(200, Some("text/html"), b"<html>"), "ApiUnavailable"),
        (no_answer, "ApiUnavailable"),
        (observed(200, "[]"), "EmptyList"),
        (observed(200, "null"), "EmptyList"),
        (observed(200, ""), "EmptyList"),
        (Observation::NotYetPolled, "NotYetPolled"),
    ] {
        let given = Given { observed, ..settled() };
        let holds = [format!("! * {code}"), format!("! nfs {code}"), format!("! smb {code}")];
        assert_eq!(given.decided(), holds);
        // A server without any adapter Service is closed until its adapters are known.
        let fresh = Given { objects: vec![], ..given.clone() };
        assert_eq!(fresh.decided(), [format!("! * {code}"), "+ NetworkPolicy srv-baseline".to_owned()]);
        // Even a drifted object of an adapter stays as it is.
        let mut drifted = given;
        for object in &mut drifted.objects {
            if object["kind"] != "StatefulSet" && object["metadata"]["name"] != "srv-baseline" {
                set(object, "/metadata/labels/instance", json!("drifted"));
            }
        }
        drifted.objects.retain(|o| o["kind"] != "Pod");
        assert_eq!(drifted.decided(), holds);
    }
}

#[test]
fn disc_03_only_a_complete_empty_list_can_be_trusted() {
    let trusting = |body: &str| {
        let given = Given { observed: observed(200, body), ..settled() };
        given.with("/spec/adapterDiscovery", json!({ "emptyList": "Trust" })).decided()
    };
    assert_eq!(
        trusting("[]"),
        [
            "- NetworkPolicy srv-adapter-nfs",
            "- NetworkPolicy srv-adapter-smb",
            "- Service srv-adapter-nfs",
            "- Service srv-adapter-smb",
            "~ StatefulSet srv"
        ]
    );
    for not_one in ["null", "", "[", "{}"] {
        assert_eq!(trusting(not_one).len(), 3, "{not_one:?}");
        assert!(trusting(not_one).iter().all(|line| line.starts_with("! ")), "{not_one:?}");
    }
}

#[test]
fn safe_04_a_server_that_is_not_ready_is_held_and_rollouts_go_on() {
    let report = settled().answer(&json!([entry("nfs", false, false, 1)]).to_string());
    for (pointer, value) in [
        ("/status/conditions/0/status", json!("False")),
        ("/status", json!({})),
        ("/metadata/deletionTimestamp", json!("2026-01-01T00:00:00Z")),
    ] {
        let mut given = report.clone();
        set(given.objects.last_mut().unwrap(), pointer, value);
        assert_eq!(
            given.decided(),
            ["! * PodNotReady", "! nfs PodNotReady", "! smb PodNotReady"],
            "{pointer}"
        );
        // The template's ports stay, but the strategy follows the rollout.
        let running_again = |o: &mut Value| set(o, "/spec/updateStrategy", json!({ "type": "OnDelete" }));
        running_again(given.objects.iter_mut().find(|o| o["kind"] == "StatefulSet").unwrap());
        assert_eq!(given.decided()[3..], ["~ StatefulSet srv"]);
    }
    // A second pod counts as well.
    let mut second = report.objects.last().unwrap().clone();
    set(&mut second, "/metadata/name", json!("srv-1"));
    set(&mut second, "/status", json!({}));
    assert_eq!(report.clone().object(second.clone()).decided()[0], "! * PodNotReady");
    // A stray pod with our labels does not.
    set(&mut second, "/metadata/ownerReferences/0/uid", json!("another"));
    assert!(!report.clone().object(second).decided()[0].contains("PodNotReady"));
    // No pod: ready in a file, not ready in a live cluster.
    let bare = without(report, "Pod");
    assert!(!bare.decided()[0].contains("PodNotReady"));
    let live = Given { no_pod: NoPod::NotReady, ..bare };
    assert_eq!(live.decided()[0], "! * PodNotReady");
}

#[test]
fn safe_04_a_pod_is_the_server_s_by_labels_and_controller() {
    let stateful = json!([{ "apiVersion": "apps/v1", "kind": "StatefulSet", "name": "srv", "uid": "sts", "controller": true }]);
    let owner = |field: &str, value: &str| {
        let mut owner = stateful.clone();
        owner[0][field] = json!(value);
        owner
    };
    for (with_set, pointer, value, is_ours) in [
        (true, "/metadata/ownerReferences", json!([]), true),
        (true, "/metadata/ownerReferences", owner("uid", "another"), false),
        (true, "/metadata/ownerReferences", owner("name", "renamed"), true),
        (false, "/metadata/ownerReferences", json!([]), true),
        (false, "/metadata/ownerReferences", owner("uid", "gone"), true),
        (false, "/metadata/ownerReferences", owner("kind", "ReplicaSet"), false),
        (false, "/metadata/ownerReferences", owner("name", "another"), false),
        (true, "/metadata/labels/app", json!("x"), false),
        (true, "/metadata/labels/instance", json!("x"), false),
        (false, "/metadata/labels/app", json!("x"), false),
    ] {
        let mut given = settled().running(&[("nfs", 12049), ("smb", 1445)]);
        let pod = given.objects.last_mut().unwrap();
        set(pod, "/status", json!({}));
        set(pod, pointer, value.clone());
        if !with_set {
            given.objects.retain(|o| o["kind"] != "StatefulSet");
        }
        let held = given.decided().contains(&"! * PodNotReady".to_owned());
        assert_eq!(held, is_ours, "{with_set} {pointer} {value}");
    }
}

#[test]
fn scaled_to_zero_holds_everybody() {
    let given = settled().running(&[("nfs", 1)]).with("/spec/replicas", json!(0));
    assert_eq!(given.decided(), ["! * ScaledToZero", "! nfs ScaledToZero", "! smb ScaledToZero"]);
}

#[test]
fn a_server_that_is_deleted_loses_its_pod_first_and_gets_nothing() {
    let deleting = |given: Given| given.with("/metadata/deletionTimestamp", json!("2026-01-01T00:00:00Z"));
    let given = deleting(settled().running(&[("nfs", 1), ("webdav", 2)]));
    assert_eq!(given.decided(), ["! * Deleting", "! nfs Deleting", "! smb Deleting", "- StatefulSet srv"]);
    assert_eq!(deleting(Given::default()).decided(), ["! * Deleting"], "no baseline is created");
    let mut going = given.clone();
    let set_going = |o: &mut Value| set(o, "/metadata/deletionTimestamp", json!("2026-01-01T00:00:00Z"));
    set_going(going.objects.iter_mut().find(|o| o["kind"] == "StatefulSet").unwrap());
    assert_eq!(going.decided().len(), 3, "it is not deleted twice");
    let keeping = given.with("/spec/adapterDiscovery", json!({ "mode": "UpsertOnly" }));
    assert_eq!(keeping.decided()[3], "! * UpsertOnly");
}

#[test]
fn secu_03_the_baseline_is_written_before_any_other_policy() {
    let fresh = Given::default().running(&[("nfs", 12049)]);
    let plan =
        ["+ NetworkPolicy srv-baseline", "+ NetworkPolicy srv-adapter-nfs", "+ Service srv-adapter-nfs"];
    assert_eq!(fresh.decided(), plan);
    // Metrics are the server's own port too.
    let metrics = fresh.with("/spec/metrics", json!({ "enabled": true, "port": 9100 })).settled_by_effects();
    let ports = &metrics.find("NetworkPolicy", "srv-baseline")["spec"]["ingress"][0]["ports"];
    assert_eq!(ports, &json!([{ "protocol": "TCP", "port": 8080 }, { "protocol": "TCP", "port": 9100 }]));
}

/// What clients of an adapter can reach must not shrink for a moment, where nothing selects the pod so far.
#[test]
fn safe_01_the_first_policy_is_wide_where_clients_are_served_without_one() {
    let open = without(settled(), "NetworkPolicy").running(&[("nfs", 12049), ("smb", 1445)]);
    assert_eq!(
        open.decided(),
        [
            "+ NetworkPolicy srv-baseline",
            "+ NetworkPolicy srv-adapter-nfs",
            "+ NetworkPolicy srv-adapter-smb",
            "~ NetworkPolicy srv-baseline"
        ]
    );
    let opened = |given: &Given| -> Vec<(String, String)> {
        let reachable = reachable(&given.cluster(), &given.server());
        reachable.ports.iter().map(|p| (format!("{:?}", p.port), p.policy.clone())).collect()
    };
    let baseline_ports = |given: &Given| opened(given).iter().filter(|(_, p)| p == "srv-baseline").count();
    assert_eq!(baseline_ports(&open.after(1)), 3);
    assert_eq!(baseline_ports(&open.after(3)), 3);
    assert_eq!(baseline_ports(&open.after(4)), 1);
    assert_eq!(open.after(4).decided(), NOTHING);
    // It says whose ports they are.
    let wide = open.after(1);
    let adapters: Vec<_> =
        reachable(&wide.cluster(), &wide.server()).ports.into_iter().map(|p| p.adapter).collect();
    assert_eq!(adapters.iter().flatten().map(AdapterType::as_str).collect::<Vec<_>>(), ["smb", "nfs"]);
}

#[test]
fn safe_01_without_a_report_the_wide_baseline_stays_wide() {
    let open = without(settled(), "NetworkPolicy");
    let open = Given { observed: observed(503, ""), ..open };
    let decided = open.decided();
    assert_eq!(decided[3..], ["+ NetworkPolicy srv-baseline"]);
    let wide = open.settled_by_effects();
    let ports =
        wide.find("NetworkPolicy", "srv-baseline")["spec"]["ingress"][0]["ports"].as_array().unwrap().len();
    assert_eq!(ports, 3, "its own and the targets of both held adapters");
    assert_eq!(wide.decided().len(), 3, "not narrowed without a report");
    // With one, but an adapter held that has no policy: not narrowed either.
    let held = json!([entry("nfs", true, true, 12049), entry("smb", true, false, 1445)]).to_string();
    let partly = wide.answer(&held);
    assert_eq!(partly.decided(), ["! smb NotRunning", "+ NetworkPolicy srv-adapter-nfs"]);
    let partly = partly.settled_by_effects();
    assert_eq!(partly.decided(), ["! smb NotRunning"]);
    // Until it is held no more.
    let done = partly.running(&[("nfs", 12049), ("smb", 1445)]);
    assert_eq!(done.decided(), ["+ NetworkPolicy srv-adapter-smb", "~ NetworkPolicy srv-baseline"]);
    assert_eq!(done.settled_by_effects().decided(), NOTHING);
}

#[test]
fn safe_01_a_baseline_that_does_not_select_the_pod_is_mended_first_and_wide() {
    let mut given = without(settled(), "NetworkPolicy").running(&[("nfs", 12049), ("smb", 1445)]);
    given.objects.push(but(baseline(), "/spec/podSelector/matchLabels/instance", json!("elsewhere")));
    let decided = given.decided();
    assert_eq!(decided.first().unwrap(), "~ NetworkPolicy srv-baseline");
    assert_eq!(decided.last().unwrap(), "~ NetworkPolicy srv-baseline");
    assert_eq!(given.settled_by_effects().decided(), NOTHING);
}

#[test]
fn safe_01_a_named_target_is_opened_by_its_number() {
    let mut given = without(settled(), "NetworkPolicy");
    for service in given.objects.iter_mut().filter(|o| o["kind"] == "Service") {
        let name = service["spec"]["ports"][0]["name"].clone();
        set(service, "/spec/ports/0/targetPort", name);
    }
    let wide = Given { observed: observed(503, ""), ..given }.settled_by_effects();
    let ports = &wide.find("NetworkPolicy", "srv-baseline")["spec"]["ingress"][0]["ports"];
    assert_eq!(ports.as_array().unwrap().len(), 3, "{ports}");
}

#[test]
fn safe_02_a_taken_baseline_holds_every_adapter() {
    let mut given =
        settled().answer(&json!([entry("nfs", false, false, 1), entry("ftp", true, true, 21)]).to_string());
    let taken = given.objects.iter_mut().find(|o| o["metadata"]["name"] == "srv-baseline").unwrap();
    set(taken, "/metadata/ownerReferences", json!([]));
    let decided = given.decided();
    assert_eq!(decided, ["! * NameTaken", "! ftp NameTaken", "! nfs NameTaken", "! smb NameTaken"]);
    // Ours, but going away: as long as it takes.
    let going = but(baseline(), "/metadata/deletionTimestamp", json!("2026-01-01T00:00:00Z"));
    given.objects.retain(|o| o["metadata"]["name"] != "srv-baseline");
    let decided = given.object(going).decided();
    assert_eq!(decided, ["! * Terminating", "! ftp Terminating", "! nfs Terminating", "! smb Terminating"]);
}

#[test]
fn secu_03_a_drifted_baseline_is_mended() {
    for (pointer, value) in [
        ("/metadata/labels/app", json!("x")),
        ("/spec/podSelector/matchExpressions", json!([{ "key": "a", "operator": "DoesNotExist" }])),
        ("/spec/policyTypes", json!(["Ingress", "Egress"])),
        ("/spec/ingress/0/ports/0/port", json!(8081)),
        ("/spec/ingress/0/ports/0/protocol", json!("UDP")),
        ("/spec/ingress/0/ports/1", json!({ "port": 22, "protocol": "TCP" })),
        ("/spec/ingress/1", json!({ "ports": [{ "port": 22 }] })),
        ("/spec/ingress/1", json!({})),
        ("/spec/ingress/0/ports", json!([])),
        ("/spec/ingress", json!([])),
        ("/spec/ingress/0/ports/0/endPort", json!(9000)),
        ("/spec/ingress/0/ports/0/port", json!("api")),
    ] {
        let mut given = settled().running(&[("nfs", 12049), ("smb", 1445)]);
        set(&mut given.objects[0], pointer, value);
        let mended = given.settled_by_effects();
        assert!(given.decided().iter().all(|line| line == "~ NetworkPolicy srv-baseline"), "{pointer}");
        assert!(!given.decided().is_empty(), "{pointer}");
        assert_eq!(mended.decided(), NOTHING, "{pointer}");
        let spec = |g: &Given| g.find("NetworkPolicy", "srv-baseline")["spec"].clone();
        let mut expected = baseline()["spec"].clone();
        if pointer.ends_with("matchExpressions") {
            expected = spec(&mended);
        }
        assert_eq!(spec(&mended)["ingress"], expected["ingress"], "{pointer}");
    }
}

#[test]
fn mode_01_observe_and_pause_show_what_sync_would_do() {
    let given = settled().running(&[("nfs", 12049), ("webdav", 8443)]);
    let sync = given.decided();
    let observe = given.clone().with("/spec/adapterDiscovery", json!({ "mode": "Observe" }));
    assert_eq!(observe.decided()[0], "! * Observe");
    assert_eq!(observe.decided()[1..], sync);
    let paused = given.with("/metadata/annotations", json!({ "dittofs.io/paused": "true" }));
    assert_eq!(paused.decided()[0], "! * Paused");
    assert_eq!(paused.decided()[1..], sync);
}

#[test]
fn mode_01_upsert_only_removes_nothing() {
    let given =
        settled().with("/spec/adapterDiscovery", json!({ "mode": "UpsertOnly", "emptyList": "Trust" }));
    let body = json!([entry("nfs", false, false, 1), entry("webdav", true, true, 8443)]).to_string();
    assert_eq!(
        given.clone().answer(&body).decided(),
        [
            "! nfs UpsertOnly",
            "! smb UpsertOnly",
            "~ StatefulSet srv",
            "+ NetworkPolicy srv-adapter-webdav",
            "+ Service srv-adapter-webdav"
        ]
    );
    assert_eq!(given.clone().answer("[]").decided(), ["! nfs UpsertOnly", "! smb UpsertOnly"]);
    // An adapter's own port may get another number.
    let moved = given.running(&[("nfs", 12050), ("smb", 1445)]);
    let plan = ["~ StatefulSet srv", "~ NetworkPolicy srv-adapter-nfs", "~ Service srv-adapter-nfs"];
    assert_eq!(moved.decided(), plan);
    let open = reachable(&moved.settled_by_effects().cluster(), &moved.server());
    assert!(!open.ports.iter().any(|p| p.port == dittofs_core::PolicyPort::Number(12049)), "{open:?}");
}

#[test]
fn mode_01_what_is_going_already_needs_no_hold() {
    for kind in ["Service", "NetworkPolicy", "both"] {
        let mut given = Given::default()
            .settled(&[("nfs", 12049)])
            .answer(&json!([entry("x", false, false, 1)]).to_string());
        for object in given.objects.iter_mut().filter(|o| o["metadata"]["name"] == "srv-adapter-nfs") {
            if kind == "both" || object["kind"] == kind {
                set(object, "/metadata/deletionTimestamp", json!("2026-01-01T00:00:00Z"));
            }
        }
        let given = given.with("/spec/adapterDiscovery", json!({ "mode": "UpsertOnly" }));
        let held = given.decided().contains(&"! nfs UpsertOnly".to_owned());
        assert_eq!(held, kind != "both", "{kind}");
    }
}

#[test]
fn a_second_policy_of_an_adapter_goes_last() {
    let second = but(policy("nfs", 9999), "/metadata/name", json!("copied"));
    let second = but(second, "/metadata/uid", json!("np-copied"));
    let given = settled().object(second).running(&[("nfs", 12049), ("smb", 1445)]);
    assert_eq!(given.decided(), ["- NetworkPolicy copied"]);
    let keeping = given.with("/spec/adapterDiscovery", json!({ "mode": "UpsertOnly" }));
    assert_eq!(keeping.decided(), ["! nfs UpsertOnly"]);
}

#[test]
fn a_second_baseline_goes_last_where_the_baseline_may_be_narrowed() {
    let copied = but(but(baseline(), "/metadata/name", json!("a-copy")), "/metadata/uid", json!("np-copy"));
    let given = settled().object(copied).running(&[("nfs", 12049), ("smb", 1445), ("ftp", 21)]);
    assert_eq!(given.decided().last().unwrap(), "- NetworkPolicy a-copy", "though it comes first by name");
    let keeping = given.clone().with("/spec/adapterDiscovery", json!({ "mode": "UpsertOnly" }));
    assert!(!keeping.decided().iter().any(|line| line.starts_with("- ")));
    let outage = Given { observed: observed(503, ""), ..given.clone() };
    assert!(!outage.decided().iter().any(|line| line.starts_with("- ")));
    let mut going = given;
    set(going.objects.last_mut().unwrap(), "/metadata/deletionTimestamp", json!("2026-01-01T00:00:00Z"));
    assert!(!going.decided().iter().any(|line| line.starts_with("- ")), "it is not deleted twice");
}

#[test]
fn safe_01_a_held_adapter_whose_policy_selects_other_pods_is_kept_open_by_the_baseline() {
    let mut given = settled();
    for policy in given.objects.iter_mut().filter(|o| o["kind"] == "NetworkPolicy") {
        set(policy, "/spec/podSelector/matchLabels/instance", json!("elsewhere"));
    }
    let wide = Given { observed: observed(503, ""), ..given }.settled_by_effects();
    let ports = wide.find("NetworkPolicy", "srv-baseline")["spec"]["ingress"][0]["ports"].clone();
    assert_eq!(ports.as_array().unwrap().len(), 3, "{ports}");
    assert_eq!(wide.decided().len(), 3, "and stays so while they are held");
}

#[test]
fn safe_01_who_is_held_without_a_service_does_not_keep_the_baseline_wide() {
    let mut given = without(settled(), "NetworkPolicy");
    given.objects.retain(|o| o["metadata"]["name"] != "srv-adapter-smb");
    given.objects.push(policy("smb", 1445));
    let policy = given.objects.last_mut().unwrap();
    set(policy, "/spec/podSelector/matchLabels/instance", json!("elsewhere"));
    let body = json!([entry("nfs", true, true, 12049), entry("smb", true, false, 1445)]).to_string();
    let decided = given.answer(&body).decided();
    assert_eq!(decided.last().unwrap(), "~ NetworkPolicy srv-baseline", "{decided:?}");
}

#[test]
fn the_order_of_objects_means_nothing() {
    let mut given = settled().running(&[("nfs", 1), ("smb", 2)]);
    for kind in ["Service", "NetworkPolicy"] {
        let twin = given
            .objects
            .iter()
            .find(|o| o["kind"] == kind && o["metadata"]["uid"] != "np-baseline")
            .unwrap();
        let twin = but(but(twin.clone(), "/metadata/name", json!("a-twin")), "/metadata/uid", json!("twin"));
        given.objects.push(twin);
    }
    given.objects.push(but(but(baseline(), "/metadata/name", json!("b-twin")), "/metadata/uid", json!("b")));
    given.objects.push(but(policy("x", 7), "/metadata/ownerReferences", json!([])));
    let backwards = Given { objects: given.objects.iter().rev().cloned().collect(), ..given.clone() };
    assert_eq!(given.effects(), backwards.effects());
    assert_eq!(given.cluster(), backwards.cluster());
}

#[test]
fn objects_of_other_namespaces_and_servers_do_not_concern_us() {
    let mut given = settled().running(&[("nfs", 12049), ("smb", 1445)]);
    for object in given.objects.clone() {
        let mut elsewhere = but(object, "/metadata/namespace", json!("elsewhere"));
        set(&mut elsewhere, "/metadata/name", json!("srv-adapter-ftp"));
        set(&mut elsewhere, "/status", json!({}));
        given.objects.push(elsewhere);
    }
    let set_elsewhere = but(given.objects[5].clone(), "/metadata/namespace", json!("elsewhere"));
    given.objects.push(but(set_elsewhere, "/metadata/ownerReferences", json!([])));
    given.objects.push(but(service("ftp", 21), "/metadata/ownerReferences/0/uid", json!("another")));
    assert_eq!(given.decided(), NOTHING);
}
