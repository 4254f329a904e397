//! What a status says of adapters: whether they are known, reached, or held (OBSV-01, OBSV-02).

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may give up as tests do")]

mod status_support;

use dittofs_core::api::{AdapterState, AdapterStatus, Phase};
use dittofs_core::effects::{Effect, Outcome};
use dittofs_core::testing::{Given, but, entry, pod, service, stateful_set, succeeds};
use dittofs_core::{NoPod, Observation, Why, wire};
use serde_json::{Value, json};
use status_support::{
    MORNING, adapter, condition, held, is, list, message, paused, refusing, settled, state, told, undone,
};

#[test]
fn obsv_01_obsv_02_a_settled_server_is_ready_and_lists_its_adapters() {
    let status = told(&settled());
    for (name, value, reason) in [
        ("Available", "True", "MinimumReplicasAvailable"),
        ("Progressing", "False", "ReconcileComplete"),
        ("Authenticated", "True", "Authenticated"),
        ("AdaptersDiscovered", "True", "Reported"),
        ("AdaptersReady", "True", "AdaptersExposed"),
        ("Ready", "True", "AllConditionsMet"),
        ("Reconciling", "False", "Reconciled"),
        ("Stalled", "False", "NotStalled"),
    ] {
        is(&status, name, value, reason);
    }
    assert_eq!(status.conditions.len(), 8);
    assert!(status.conditions.iter().all(|c| c.observed_generation == Some(4) && !c.message.is_empty()));
    assert_eq!(
        (status.observed_generation, status.replicas, status.ready_replicas),
        (Some(4), Some(1), Some(1))
    );
    assert_eq!((status.available_replicas, status.phase), (None, Some(Phase::Running)));
    assert_eq!((status.config_hash.as_deref(), status.percona_cluster_name.as_deref()), (Some("abc"), None));
    let nfs = AdapterStatus {
        adapter_type: "nfs".to_owned(),
        port: Some(12049),
        state: AdapterState::Exposed,
        reason: Some("Running".to_owned()),
        message: Some("enabled and running on port 12049".to_owned()),
        service: Some("srv-adapter-nfs".to_owned()),
        address: Some("192.0.2.7".to_owned()),
    };
    assert_eq!(status.adapters.len(), 2);
    assert_eq!(*adapter(&status, "nfs"), nfs);
    assert_eq!(adapter(&status, "smb").port, Some(1445));
    assert_eq!(message(&status, "AdaptersReady"), "2 adapters are exposed");
}

#[test]
fn obsv_02_adapters_are_discovered_by_a_report_or_a_list_that_is_trusted() {
    let observed = |status, body: &str| wire::observe(status, Some("application/json"), body.as_bytes());
    for (observed, reason) in [
        (observed(200, "[]"), "EmptyList"),
        (observed(200, "null"), "EmptyList"),
        (observed(503, ""), "ApiUnavailable"),
        (observed(401, ""), "Unauthorized"),
        (Observation::Unavailable(Why::NoToken), "Unauthorized"),
        (Observation::NotYetPolled, "NotYetPolled"),
    ] {
        let status = told(&Given { observed, ..settled() });
        is(&status, "AdaptersDiscovered", "False", reason);
        is(&status, "AdaptersReady", "False", reason);
        is(&status, "Ready", "False", "ConditionsNotMet");
        is(&status, "Stalled", "False", "NotStalled");
        assert!(message(&status, "Ready").starts_with("[AdaptersNotDiscovered AdaptersNotReady]: "));
        assert_eq!(state(&status, "nfs"), held(reason));
        assert_eq!(adapter(&status, "nfs").address.as_deref(), Some("192.0.2.7"), "it stays as it is");
        assert_eq!(adapter(&status, "nfs").port, Some(12049), "where its Service leads");
    }
    let trusting = settled().answer("[]").with("/spec/adapterDiscovery/emptyList", json!("Trust"));
    is(&told(&trusting), "AdaptersDiscovered", "True", "EmptyListTrusted");
    is(&told(&trusting), "AdaptersReady", "True", "NoAdapters");
    assert_eq!(state(&told(&trusting), "nfs"), (AdapterState::Withdrawn, "TrustedEmptyList".to_owned()));
    let unready = Given { no_pod: NoPod::NotReady, ..settled() };
    let unready = Given {
        objects: unready.objects.iter().filter(|o| o["kind"] != "Pod").cloned().collect(),
        ..unready
    };
    is(&told(&unready), "AdaptersDiscovered", "False", "PodNotReady");
    let unnamed = settled().answer(&list(&[entry("nfs", true, true, 12049), json!({})]));
    is(&told(&unnamed), "AdaptersDiscovered", "True", "Reported");
    assert!(message(&told(&unnamed), "AdaptersDiscovered").contains("1 without a name"));
    is(&told(&unnamed), "AdaptersReady", "False", "UnnamedEntry");
    is(&told(&unnamed), "Stalled", "True", "UnnamedEntry");
}

#[test]
fn obsv_01_an_adapter_is_exposed_withdrawn_or_held_for_a_reason() {
    let given = settled().answer(&list(&[
        entry("nfs", true, true, 12049),
        entry("smb", true, false, 1445),
        entry("ftp", false, false, 21),
        entry("api", true, true, 8080),
        entry("new", true, true, 3000),
    ]));
    let status = told(&given);
    let names: Vec<&str> = status.adapters.iter().map(|a| a.adapter_type.as_str()).collect();
    assert_eq!(names, ["api", "ftp", "new", "nfs", "smb"]);
    assert_eq!(state(&status, "smb"), held("NotRunning"));
    assert_eq!(state(&status, "ftp"), (AdapterState::Withdrawn, "Disabled".to_owned()));
    assert_eq!((state(&status, "api"), adapter(&status, "api").port), (held("ReservedPort"), Some(8080)));
    assert_eq!(
        (adapter(&status, "api").service.as_deref(), adapter(&status, "smb").port),
        (None, Some(1445))
    );
    let new = adapter(&status, "new");
    assert_eq!(state(&status, "new"), (AdapterState::Exposed, "AddressPending".to_owned()));
    assert_eq!((new.service.as_deref(), new.address.as_deref()), (Some("srv-adapter-new"), None));
    is(&status, "AdaptersReady", "False", "ReservedPort");
    let told = message(&status, "AdaptersReady");
    assert!(told.contains("api: ") && told.contains("smb: ") && told.contains("new: "), "{told}");
    assert!(!told.contains("ftp"), "what is withdrawn is as it is wanted: {told}");
    is(&status, "Stalled", "True", "ReservedPort");
    is(&status, "Reconciling", "True", "AddressPending");
}

#[test]
fn obsv_01_what_is_withdrawn_is_held_until_it_is_deleted() {
    let given = settled().running(&[("nfs", 12049)]);
    assert_eq!(state(&told(&given), "smb"), (AdapterState::Withdrawn, "Absent".to_owned()));
    is(&told(&given), "AdaptersReady", "True", "AdaptersExposed");
    assert_eq!(message(&told(&given), "AdaptersReady"), "1 adapter is exposed");
    assert_eq!(state(&undone(&given), "smb"), held("Pending"));
    let refused = refusing(&given, &Outcome::Forbidden("not yours".to_owned()));
    assert_eq!(state(&refused, "smb"), held("Forbidden"));
    is(&refused, "AdaptersReady", "False", "Forbidden");
    let gone = but(service("smb", 1445), "/metadata/deletionTimestamp", json!(MORNING));
    let mut going = settled().running(&[("nfs", 12049)]);
    going.objects.retain(|o| !o["metadata"]["name"].as_str().unwrap().ends_with("smb"));
    assert_eq!(state(&undone(&going.object(gone)), "smb").0, AdapterState::Withdrawn, "on its way already");
    let upsert = given.with("/spec/adapterDiscovery/mode", json!("UpsertOnly"));
    assert_eq!(state(&told(&upsert), "smb"), held("UpsertOnly"));
    is(&told(&upsert), "AdaptersReady", "True", "AdaptersExposed");
    is(&told(&upsert), "Stalled", "False", "NotStalled");
}

#[test]
fn obsv_01_addresses_are_those_of_the_service_s_type() {
    let address = |change: &dyn Fn(Value) -> Value, kind: &str| {
        let mut given = settled().with("/spec/adapterServices/type", json!(kind));
        for object in &mut given.objects {
            if object["kind"] == "Service" && object["metadata"]["name"] == "srv-adapter-nfs" {
                *object = change(but(object.clone(), "/spec/type", json!(kind)));
            }
        }
        let status = told(&given);
        (adapter(&status, "nfs").address.clone(), condition(&status, "AdaptersReady").1)
    };
    let ingress = |value: Value| move |service| but(service, "/status/loadBalancer/ingress", value.clone());
    let two = json!([{ "hostname": "a.example" }, { "ip": "192.0.2.9", "hostname": "b.example" }]);
    let known = |text: &str| (Some(text.to_owned()), "AdaptersExposed".to_owned());
    assert_eq!(address(&ingress(two), "LoadBalancer"), known("a.example,192.0.2.9"));
    for none in [json!([]), Value::Null, json!([{}]), json!([{ "ip": "" }])] {
        assert_eq!(address(&ingress(none), "LoadBalancer"), (None, "AddressPending".to_owned()));
    }
    let plain = |service: Value| but(service, "/status", json!({}));
    assert_eq!(address(&plain, "NodePort").0.as_deref(), Some("*:31000"));
    assert_eq!(address(&plain, "ClusterIP").0, None);
    let surplus = |service: Value| {
        let mut service = plain(service);
        let first = json!({ "name": "x", "port": 1, "targetPort": 1, "protocol": "TCP", "nodePort": 32000 });
        service["spec"]["ports"].as_array_mut().unwrap().insert(0, first);
        service
    };
    assert_eq!(address(&surplus, "NodePort").0.as_deref(), Some("*:31000"), "its own port, not the first");
}

#[test]
fn obsv_02_what_is_not_done_keeps_adapters_from_being_ready() {
    let drifted = |given: Given| {
        let mut given = given;
        let nfs = given.objects.iter_mut().find(|o| o["kind"] == "Service").unwrap();
        *nfs = but(nfs.clone(), "/spec/ports/0/port", json!(1));
        given
    };
    let given = drifted(settled());
    for (outcome, reason, stalled, reconciling) in [
        (Outcome::Invalid("no".to_owned()), "Invalid", "True", "False"),
        (Outcome::Forbidden("no".to_owned()), "Forbidden", "True", "False"),
        (Outcome::NodePortsExhausted, "NodePortsExhausted", "True", "False"),
        (Outcome::Unavailable("later".to_owned()), "Unavailable", "False", "True"),
        (Outcome::Conflict, "Pending", "False", "True"),
        (Outcome::AlreadyExists, "Pending", "False", "True"),
    ] {
        let status = refusing(&given, &outcome);
        is(&status, "AdaptersReady", "False", reason);
        is(&status, "Ready", "False", "ConditionsNotMet");
        assert_eq!(condition(&status, "Stalled").0, stalled, "{outcome:?}");
        assert_eq!(condition(&status, "Reconciling").0, reconciling, "{outcome:?}");
        assert_eq!(state(&status, "nfs"), (AdapterState::Exposed, reason.to_owned()), "it is there");
        assert_eq!(state(&status, "smb"), (AdapterState::Exposed, "Running".to_owned()));
    }
    let words = message(&refusing(&given, &Outcome::Forbidden("no".to_owned())), "Stalled");
    assert_eq!(words, "cannot update Service files/srv-adapter-nfs (Forbidden): no");
    let fresh = Given { objects: vec![stateful_set(&[]), pod()], ..settled() };
    let refused = refusing(&fresh, &Outcome::Forbidden("no".to_owned()));
    assert_eq!(state(&refused, "nfs"), held("Forbidden"), "there is nothing to reach");
    let half = fresh.executed(|effect| match effect {
        Effect::Create(create) if create.object.reference().name == "srv-adapter-nfs" => succeeds(effect),
        _ => None,
    });
    let half = fresh.status(&half, None, MORNING);
    assert_eq!(state(&half, "nfs").0, AdapterState::Exposed);
    assert_eq!(state(&half, "smb"), held("Pending"));
    is(&half, "AdaptersReady", "False", "Pending");
    assert!(
        message(&half, "AdaptersReady")
            .starts_with("NetworkPolicy files/srv-baseline is about to be written")
    );
}

#[test]
fn mode_01_paused_and_observe_say_so() {
    let fresh =
        || Given { objects: vec![stateful_set(&[("nfs", 12049), ("smb", 1445)]), pod()], ..settled() };
    for (given, word, remedy) in [
        (paused(fresh()), "Paused", "dittofs.io/paused"),
        (
            fresh().with("/spec/adapterDiscovery/mode", json!("Observe")),
            "Observe",
            "spec.adapterDiscovery.mode",
        ),
    ] {
        let status = undone(&given);
        is(&status, "AdaptersReady", "False", word);
        is(&status, "Reconciling", "False", word);
        is(&status, "Stalled", "False", "NotStalled");
        assert!(
            message(&status, "Reconciling").contains("5 changes wait"),
            "{}",
            message(&status, "Reconciling")
        );
        assert!(message(&status, "AdaptersReady").contains(remedy));
        assert_eq!(state(&status, "nfs"), held(word));
    }
    let status = undone(&paused(settled()));
    is(&status, "AdaptersReady", "True", "AdaptersExposed");
    is(&status, "Ready", "True", "AllConditionsMet");
    is(&status, "Reconciling", "False", "Paused");
}

#[test]
fn a_part_that_is_held_leaves_the_adapter_exposed() {
    let mut given = settled()
        .with("/spec/adapterServices/overrides", json!([{ "adapter": "nfs", "loadBalancerClass": "x" }]));
    given.objects.retain(|o| o["metadata"]["name"] != "srv-adapter-smb");
    let given = given.running(&[("nfs", 12049)]);
    let status = told(&given);
    assert_eq!(state(&status, "nfs"), (AdapterState::Exposed, "ReplaceRequired".to_owned()));
    is(&status, "AdaptersReady", "False", "ReplaceRequired");
    is(&status, "Stalled", "True", "ReplaceRequired");
    assert!(message(&status, "Stalled").contains("dittofs.io/approve-replace="), "it says what to do");
}

#[test]
fn without_a_report_adapters_that_have_nothing_are_not_forgotten() {
    let clash = settled().answer(&list(&[
        entry("nfs", true, true, 12049),
        entry("smb", true, true, 1445),
        entry("api", true, true, 8080),
        entry("ftp", false, false, 21),
    ]));
    let before = told(&clash);
    let mut outage = Given { observed: Observation::Unavailable(Why::NoToken), ..clash }.having(&before);
    outage.objects.retain(|o| o["metadata"]["name"] != "srv-adapter-smb");
    let status = told(&outage);
    assert_eq!(state(&status, "nfs"), held("Unauthorized"));
    assert_eq!(adapter(&status, "api"), adapter(&before, "api"));
    assert_eq!(adapter(&status, "ftp"), adapter(&before, "ftp"));
    assert_eq!((state(&status, "smb"), &adapter(&status, "smb").service), (held("ServiceMissing"), &None));
    let names: Vec<&str> = status.adapters.iter().map(|a| a.adapter_type.as_str()).collect();
    assert_eq!(names, ["api", "ftp", "nfs", "smb"]);
    let gone = told(&outage.with("/metadata/deletionTimestamp", json!(MORNING)));
    assert_eq!(gone.adapters.len(), 1, "what goes has what it has");
}

#[test]
fn obsv_01_the_port_of_an_adapter_that_is_held_is_where_its_own_port_leads() {
    let port = |ports: Value| {
        let mut given = settled().answer("[]");
        let nfs = given.objects.iter_mut().find(|o| o["kind"] == "Service").unwrap();
        *nfs = but(nfs.clone(), "/spec/ports", ports);
        adapter(&told(&given), "nfs").port
    };
    let one =
        |name: &str, port: u16, target: u16| json!({ "name": name, "port": port, "targetPort": target });
    assert_eq!(port(json!([one("portmap", 111, 10111), one("adapter-nfs", 2049, 12049)])), Some(12049));
    assert_eq!(port(json!([one("x", 2049, 12049)])), Some(12049), "its only one");
    assert_eq!(port(json!([one("x", 111, 10111), one("y", 2049, 12049)])), None, "nobody knows which");
}

#[test]
fn obsv_01_an_adapter_with_half_of_what_it_needs_is_held() {
    for kind in ["Service", "NetworkPolicy"] {
        let mut given = settled();
        given.objects.retain(|o| !(o["kind"] == kind && o["metadata"]["name"] == "srv-adapter-nfs"));
        assert_eq!(state(&undone(&given), "nfs").0, AdapterState::Held, "without its {kind}");
        assert_eq!(state(&undone(&given), "smb").0, AdapterState::Exposed);
    }
}
