//! What a status says of each adapter: whether it is reached, withdrawn or held, and where (OBSV-01).

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may give up as tests do")]

mod status_support;

use dittofs_core::api::AdapterState;
use dittofs_core::effects::Outcome;
use dittofs_core::testing::{Given, but, entry, service};
use dittofs_core::{Observation, Why};
use serde_json::{Value, json};
use status_support::{
    MORNING, adapter, condition, held, is, list, message, refusing, settled, state, told, undone,
};

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
    let summary = status.summary.as_ref().unwrap();
    assert_eq!(
        summary.adapters.as_deref(),
        Some("api(Held),new,nfs,smb(Held)"),
        "what is withdrawn is not shown"
    );
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
