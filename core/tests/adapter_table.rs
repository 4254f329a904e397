//! Adapter × what exists: a case for each cell of the table of decisions.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may give up as tests do")]

use dittofs_core::testing::{Given, baseline, but, entry, line, policy, service, stateful_set};
use dittofs_core::{Refusal, decide, wire};
use serde_json::{Value, json};

/// What of the adapter `nfs` exists before.
#[derive(Clone, Copy)]
enum Exists {
    Nothing,
    Ours,
    Foreign,
}

fn given(exists: Exists, entries: &[Value]) -> Given {
    let body = Value::Array(entries.to_vec()).to_string();
    let given = Given::default().answer(&body);
    match exists {
        Exists::Nothing => given.settled(&[]),
        Exists::Ours => given.settled(&[("nfs", 12049)]),
        Exists::Foreign => {
            given.settled(&[]).object(but(service("nfs", 12049), "/metadata/ownerReferences", json!([])))
        }
    }
}

/// Decides with nothing, ours and a foreign object there, and compares the three.
fn row(entries: &[Value], nothing: &[&str], ours: &[&str], foreign: &[&str]) {
    for (exists, expected) in [(Exists::Nothing, nothing), (Exists::Ours, ours), (Exists::Foreign, foreign)] {
        assert_eq!(given(exists, entries).decided(), expected, "{entries:?}");
    }
}

const WITHDRAWN: [&str; 3] =
    ["- NetworkPolicy srv-adapter-nfs", "- Service srv-adapter-nfs", "~ StatefulSet srv"];
const EXPOSED: [&str; 3] =
    ["~ StatefulSet srv", "+ NetworkPolicy srv-adapter-nfs", "+ Service srv-adapter-nfs"];
const NOTHING: [&str; 0] = [];

#[test]
fn srvc_01_enabled_running_and_usable() {
    row(&[entry("nfs", true, true, 12049)], &EXPOSED, &[], &["! nfs NameTaken"]);
    let moved = ["~ StatefulSet srv", "~ NetworkPolicy srv-adapter-nfs", "~ Service srv-adapter-nfs"];
    row(&[entry("nfs", true, true, 12050)], &EXPOSED, &moved, &["! nfs NameTaken"]);
}

#[test]
fn srvc_02_a_port_that_is_none_is_held() {
    let ports = [json!(-1), json!(65_536), json!(1.5), json!("12049"), Value::Null];
    let with = |p| json!({ "type": "nfs", "enabled": true, "running": true, "port": p });
    let mut entries: Vec<Value> = ports.iter().map(with).collect();
    entries.push(json!({ "type": "nfs", "enabled": true, "running": true }));
    let hold = ["! nfs InvalidPort"];
    for entry in entries {
        row(&[entry], &hold, &hold, &hold);
    }
    let ftp = Given::default().settled(&[]).running(&[("ftp", 0)]);
    assert_eq!(ftp.decided(), ["! ftp InvalidPort"], "only nfs and smb have a default");
}

#[test]
fn two_entries_of_one_sanitised_type_are_held_whatever_their_state() {
    let hold = ["! nfs NameClash"];
    for second in
        [entry("NFS", true, true, 2), entry("nfs", false, false, 12049), entry("nfs", true, true, 12049)]
    {
        row(&[entry("nfs", true, true, 12049), second], &hold, &hold, &hold);
    }
}

#[test]
fn two_adapters_on_one_port_are_both_held() {
    let both = ["! nfs PortClash", "! smb PortClash"];
    row(&[entry("nfs", true, true, 12049), entry("smb", true, true, 12049)], &both, &both, &both);
    // After defaults.
    row(&[entry("nfs", true, true, 0), entry("smb", true, true, 12049)], &both, &both, &both);
    // One that does not run is on no port.
    let disabled = [entry("nfs", true, true, 12049), entry("smb", false, false, 12049)];
    assert_eq!(given(Exists::Ours, &disabled).decided(), NOTHING);
}

#[test]
fn who_comes_to_the_port_of_a_held_adapter_is_held_alone() {
    let entries = [entry("nfs", true, false, 12049), entry("smb", true, true, 12049)];
    assert_eq!(given(Exists::Ours, &entries).decided(), ["! nfs NotRunning", "! smb PortClash"]);
    // And so on along a chain: a keeps 1000, b comes to it and keeps 2000, c comes to that.
    let given = Given::default().settled(&[("a", 1000), ("b", 2000), ("c", 3000)]);
    let body =
        json!([entry("a", true, false, 1), entry("b", true, true, 1000), entry("c", true, true, 2000)]);
    let held = ["! a NotRunning", "! b PortClash", "! c PortClash"];
    assert_eq!(given.answer(&body.to_string()).decided(), held);
}

#[test]
fn a_swap_of_ports_is_no_clash() {
    let given = Given::default().settled(&[("nfs", 1000), ("smb", 2000)]);
    assert_eq!(
        given.running(&[("nfs", 2000), ("smb", 1000)]).decided(),
        [
            "~ StatefulSet srv",
            "~ NetworkPolicy srv-adapter-nfs",
            "~ NetworkPolicy srv-adapter-smb",
            "~ Service srv-adapter-nfs",
            "~ Service srv-adapter-smb",
        ]
    );
}

#[test]
fn a_port_of_the_server_itself_is_reserved() {
    let hold = ["! nfs ReservedPort"];
    row(&[entry("nfs", true, true, 8080)], &hold, &hold, &hold);
    let on_metrics = |enabled: bool| {
        let given = given(Exists::Ours, &[entry("nfs", true, true, 9090)]);
        given.with("/spec/metrics", json!({ "enabled": enabled })).decided().contains(&hold[0].to_owned())
    };
    assert!(on_metrics(true));
    assert!(!on_metrics(false));
    // The target of a companion that is asked for, TCP alone.
    let with = |companion: &str, adapter: &str, on: (&str, u16)| {
        let overrides = json!([{ "adapter": adapter, "companionPorts": [companion] }]);
        let given = Given::default().settled(&[]).with("/spec/adapterServices/overrides", overrides);
        given.running(&[on]).decided()
    };
    assert_eq!(with("Portmapper", "nfs", ("webdav", 10111)), ["! webdav ReservedPort"]);
    assert_eq!(with("WSDiscovery", "smb", ("webdav", 5357)), ["! webdav ReservedPort"]);
    assert_eq!(with("MDNS", "smb", ("webdav", 5353)).len(), 3, "UDP reserves nothing for TCP");
    assert_eq!(with("Portmapper", "nfs", ("nfs", 111)), hold, "its Service would have one port twice");
}

#[test]
fn srvc_03_secu_04_disabled_is_withdrawn_at_once_whatever_the_port() {
    for port in [json!(12049), json!(8080), json!(-1), Value::Null] {
        let entry = json!({ "type": "nfs", "enabled": false, "running": false, "port": port });
        row(&[entry], &[], &WITHDRAWN, &[]);
    }
    row(&[entry("nfs", false, true, 12049)], &[], &WITHDRAWN, &[]);
}

#[test]
fn conf_02_expose_false_is_withdrawn() {
    for running in [true, false] {
        for (exists, expected) in
            [(Exists::Nothing, &[][..]), (Exists::Ours, &WITHDRAWN), (Exists::Foreign, &[])]
        {
            let given = given(exists, &[entry("nfs", true, running, 12049)]);
            let hidden = json!([{ "adapter": "nfs", "expose": false }]);
            assert_eq!(given.with("/spec/adapterServices/overrides", hidden).decided(), expected);
        }
    }
}

#[test]
fn safe_04_not_running_is_held_until_it_lasts() {
    let hold = ["! nfs NotRunning"];
    row(&[entry("nfs", true, false, 12049)], &hold, &hold, &[]);
    for (exists, expected) in [(Exists::Nothing, &[][..]), (Exists::Ours, &WITHDRAWN), (Exists::Foreign, &[])]
    {
        let from_file = given(exists, &[entry("nfs", true, false, 12049)]).from_file();
        assert_eq!(from_file.decided(), expected, "a file counts as confirmed");
    }
}

#[test]
fn srvc_03_what_is_not_in_the_list_is_withdrawn() {
    assert_eq!(given(Exists::Ours, &[entry("smb", false, false, 1445)]).decided(), WITHDRAWN);
}

#[test]
fn with_an_entry_without_a_name_absence_means_nothing() {
    for unnamed in [json!({}), json!(7), json!({ "type": "--" }), json!({ "type": null })] {
        let decided = given(Exists::Ours, &[unnamed.clone(), entry("smb", true, true, 1445)]).decided();
        assert_eq!(decided[..2], ["! * UnnamedEntry", "! nfs UnnamedEntry"], "{unnamed}");
        assert_eq!(
            decided[2..],
            ["~ StatefulSet srv", "+ NetworkPolicy srv-adapter-smb", "+ Service srv-adapter-smb"]
        );
    }
    // Entries that are named decide as ever.
    let disabled = given(Exists::Ours, &[json!({}), entry("nfs", false, false, 12049)]);
    assert_eq!(disabled.decided()[1..], WITHDRAWN);
}

#[test]
fn flags_that_cannot_be_read_hold_the_adapter() {
    let hold = ["! nfs InvalidEntry"];
    for entry in [
        json!({ "type": "nfs", "running": true, "port": 12049 }),
        json!({ "type": "nfs", "enabled": true, "port": 12049 }),
        json!({ "type": "nfs", "enabled": "yes", "running": true, "port": 12049 }),
    ] {
        row(&[entry], &hold, &hold, &hold);
    }
}

#[test]
fn what_is_terminating_is_never_written_nor_deleted_again() {
    for kind in ["Service", "NetworkPolicy"] {
        let mut given = given(Exists::Ours, &[entry("nfs", true, true, 12050)]);
        let is_it = |o: &&mut Value| o["kind"] == kind && o["metadata"]["name"] == "srv-adapter-nfs";
        given.objects.iter_mut().find(is_it).unwrap()["metadata"]["deletionTimestamp"] =
            json!("2026-01-01T00:00:00Z");
        assert_eq!(given.decided(), ["! nfs Terminating"], "wanted: held until the {kind} is gone");
        let unwanted = given.answer(&json!([entry("nfs", false, false, 12049)]).to_string()).decided();
        let other = if kind == "Service" { WITHDRAWN[0] } else { WITHDRAWN[1] };
        assert_eq!(unwanted, [other, WITHDRAWN[2]], "unwanted: not deleted twice");
    }
}

#[test]
fn an_adapter_has_one_code_the_first_that_fits() {
    let code = |given: &Given| given.decided().into_iter().find(|line| line.starts_with("! nfs")).unwrap();
    let clash = [entry("nfs", true, true, 8080), entry("smb", true, true, 8080)];
    assert_eq!(code(&given(Exists::Foreign, &clash)), "! nfs ReservedPort", "before PortClash");
    let invalid = [json!({ "type": "nfs" }), entry("NFS", true, true, 1)];
    assert_eq!(code(&given(Exists::Ours, &invalid)), "! nfs InvalidEntry", "before NameClash");
    let not_running = [json!({ "type": "nfs", "enabled": true, "running": false, "port": -1 })];
    assert_eq!(code(&given(Exists::Ours, &not_running)), "! nfs NotRunning", "before InvalidPort");
    let same = [entry("nfs", true, true, 5), entry("smb", true, true, 5)];
    assert_eq!(code(&given(Exists::Foreign, &same)), "! nfs PortClash", "before NameTaken");
    let down = Given { observed: wire::observe(503, None, b""), ..given(Exists::Ours, &[]) };
    assert_eq!(code(&down), "! nfs ApiUnavailable");
    let mut not_ready = down;
    not_ready.objects.last_mut().unwrap()["status"] = json!({});
    assert_eq!(code(&not_ready), "! nfs PodNotReady", "before the answer");
    let scaled = not_ready.with("/spec/replicas", json!(0));
    assert_eq!(code(&scaled), "! nfs ScaledToZero", "before the pod");
    let deleting = scaled.with("/metadata/deletionTimestamp", json!("2026-01-01T00:00:00Z"));
    assert_eq!(code(&deleting), "! nfs Deleting", "before everything");
}

#[test]
fn names_that_kubernetes_would_refuse_are_held() {
    let decided = |adapter: &str| Given::default().settled(&[]).running(&[(adapter, 1000)]).decided();
    let long = "x".repeat(64);
    assert_eq!(decided(&long), [format!("! {long} NameTooLong")], "as a label's value");
    assert_eq!(decided(&"x".repeat(63 - "srv-adapter-".len())), {
        let name = format!("srv-adapter-{}", "x".repeat(51));
        ["~ StatefulSet srv".to_owned(), format!("+ NetworkPolicy {name}"), format!("+ Service {name}")]
    });
    assert_eq!(decided(&"x".repeat(64 - "srv-adapter-".len())).len(), 1, "as a Service's name");
    let digit = Given::default().settled(&[]);
    let digit =
        digit.with("/spec/adapterServices/nameTemplate", json!("{type}-{name}")).running(&[("9p", 564)]);
    assert_eq!(digit.decided(), ["! 9p NameTooLong"], "a Service's name starts with a letter");
}

#[test]
fn long_types_whose_port_names_coincide_are_held() {
    let (a, b) = types_with_one_port_name();
    let given = Given::default().settled(&[]).running(&[(&a, 1000), (&b, 2000), ("nfs", 12049)]);
    let decided = given.decided();
    let mut held = [format!("! {a} NameClash"), format!("! {b} NameClash")];
    held.sort();
    assert_eq!(decided[..2], held);
    assert_eq!(decided[2..], EXPOSED);
}

fn types_with_one_port_name() -> (String, String) {
    let mut seen = std::collections::BTreeMap::new();
    for n in 0..100_000 {
        let name = format!("aa-{n:06}");
        let port = dittofs_core::effects::AdapterType::sanitise(&name).unwrap().port_name().to_owned();
        if let Some(other) = seen.insert(port, name.clone()) {
            return (other, name);
        }
    }
    panic!("no two of 100,000 names share 16 bits of a hash")
}

#[test]
fn safe_02_a_taken_policy_name_holds_the_whole_adapter() {
    let foreign = but(policy("nfs", 1), "/metadata/ownerReferences/0/uid", json!("another"));
    let given = Given::default().settled(&[]).object(foreign).running(&[("nfs", 12049), ("smb", 1445)]);
    assert_eq!(
        given.decided(),
        [
            "! nfs NameTaken",
            "~ StatefulSet srv",
            "+ NetworkPolicy srv-adapter-smb",
            "+ Service srv-adapter-smb"
        ]
    );
}

#[test]
fn safe_02_an_object_of_ours_in_another_role_is_taken_too() {
    let api = but(service("x", 8080), "/metadata/name", json!("srv-api"));
    let given = Given::default().settled(&[]).object(api.clone());
    let given = given.with("/spec/adapterServices/nameTemplate", json!("{name}-{type}"));
    assert_eq!(
        given.running(&[("api", 1000)]).decided(),
        ["! api NameTaken"],
        "though labelled as an adapter's"
    );
    // Nor is it withdrawn for carrying an adapter's labels.
    let relabelled = Given::default().settled(&[("nfs", 12049)]).object(api).running(&[("nfs", 12049)]);
    assert_eq!(relabelled.decided(), NOTHING);
}

#[test]
fn refusals_of_earlier_writes_count() {
    use dittofs_core::effects::Kind;
    let given = Given::default().settled(&[]).running(&[("nfs", 12049)]);
    for (kind, refusal, code) in [
        (Kind::Service, Refusal::NameTaken, "! nfs NameTaken"),
        (Kind::NetworkPolicy, Refusal::NameTaken, "! nfs NameTaken"),
        (Kind::Service, Refusal::NodePortsExhausted, "! nfs NodePortsExhausted"),
    ] {
        let mut cluster = given.cluster();
        cluster.refusals.insert((kind, "srv-adapter-nfs".to_owned()), refusal);
        let effects = decide(&given.observed, &cluster, &given.server());
        assert_eq!(effects.iter().map(line).collect::<Vec<_>>(), [code]);
    }
}

#[test]
fn srvc_05_without_a_stateful_set_ports_are_skipped_and_a_foreign_one_is_reported() {
    let bare = Given::default().object(baseline()).running(&[("nfs", 12049)]);
    assert_eq!(bare.decided(), EXPOSED[1..]);
    let foreign = but(stateful_set(&[]), "/metadata/ownerReferences", json!([]));
    let decided = bare.object(foreign).decided();
    assert_eq!(decided[0], "! * NameTaken");
    assert_eq!(decided[1..], EXPOSED[1..]);
}

#[test]
fn without_a_uid_nothing_is_ours() {
    let mut given = Given::default().settled(&[("nfs", 12049)]).running(&[("nfs", 12049)]);
    given.resource["metadata"].as_object_mut().unwrap().remove("uid");
    assert_eq!(given.decided(), ["! * NameTaken", "! nfs NameTaken", "! * NameTaken"]);
}

#[test]
fn the_observation_is_named_as_in_the_plan() {
    let named = |given: Given| given.observed.as_str();
    assert_eq!(named(Given::default()), "notPolled");
    assert_eq!(named(Given::default().answer("[]")), "empty");
    assert_eq!(named(Given::default().answer("[{}]")), "reported");
    assert_eq!(named(Given::default().answer("{}")), "unavailable");
}
