//! Clusters that somebody has had hands in: wrong labels, copied objects, edited books, modes that remove nothing.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may give up as tests do")]

use dittofs_core::effects::Effect;
use dittofs_core::testing::{self, Given, but, entry, set};
use dittofs_core::{PolicyPort, reachable};
use serde_json::{Value, json};

fn no_line(given: &Given, bad: &str) {
    let lines = given.decided();
    assert!(!lines.iter().any(|line| line == bad), "{bad} in {lines:?}");
}

fn has_line(given: &Given, good: &str) {
    let lines = given.decided();
    assert!(lines.iter().any(|line| line == good), "{good} not in {lines:?}");
}

fn idempotent(given: &Given) {
    let after = given.settled_by_effects();
    let again: Vec<String> = after.decided().into_iter().filter(|line| !line.starts_with('!')).collect();
    assert!(again.is_empty(), "{:?}, and then {again:?}", given.decided());
}

/// What the API server would refuse of a Service's ports.
fn refused(service: &Value) -> Vec<String> {
    let ports = service["spec"]["ports"].as_array().unwrap();
    let mut bad = Vec::new();
    for (index, port) in ports.iter().enumerate() {
        for other in &ports[..index] {
            let same_number = port["port"] == other["port"] && port["protocol"] == other["protocol"];
            if port["name"] == other["name"] || same_number {
                bad.push(format!("{port} and {other}"));
            }
        }
        if ports.len() > 1 && port["name"].is_null() {
            bad.push(format!("unnamed: {port}"));
        }
    }
    bad
}

fn edit(given: &mut Given, kind: &str, name: &str, pointer: &str, value: Value) {
    let is_it = |o: &&mut Value| o["kind"] == kind && o["metadata"]["name"] == name;
    set(given.objects.iter_mut().find(is_it).unwrap(), pointer, value);
}

const NFS: &[(&str, u16)] = &[("nfs", 12049)];
const BOTH: &[(&str, u16)] = &[("nfs", 12049), ("smb", 12445)];

#[test]
fn policy_labelled_for_another_adapter() {
    let mut given = Given::default().settled(BOTH).running(BOTH);
    edit(
        &mut given,
        "NetworkPolicy",
        "srv-adapter-nfs",
        "/metadata/labels/dittofs.io~1adapter-type",
        json!("smb"),
    );
    no_line(&given, "- NetworkPolicy srv-adapter-nfs");
}

#[test]
fn policy_labelled_baseline() {
    let mut given = Given::default().settled(NFS).running(NFS);
    edit(
        &mut given,
        "NetworkPolicy",
        "srv-adapter-nfs",
        "/metadata/labels/dittofs.io~1baseline-networkpolicy",
        json!("true"),
    );
    no_line(&given, "- NetworkPolicy srv-adapter-nfs");
}

#[test]
fn service_labelled_for_another_adapter() {
    let mut given = Given::default().settled(BOTH).running(BOTH);
    edit(&mut given, "Service", "srv-adapter-nfs", "/metadata/labels/dittofs.io~1adapter-type", json!("smb"));
    no_line(&given, "+ Service srv-adapter-nfs");
}

#[test]
fn service_labelled_for_an_absent_adapter_is_deleted() {
    let mut given = Given::default().settled(BOTH).running(BOTH);
    edit(
        &mut given,
        "Service",
        "srv-adapter-nfs",
        "/metadata/labels/dittofs.io~1adapter-type",
        json!("nfsv4"),
    );
    no_line(&given, "- Service srv-adapter-nfs");
}

#[test]
fn service_of_another_role_with_a_wide_template() {
    let file = but(
        but(testing::service("x", 1), "/metadata/name", json!("srv-file")),
        "/metadata/labels",
        json!({"app":"dittofs-server","instance":"srv"}),
    );
    let given = Given::default()
        .settled(NFS)
        .object(file)
        .running(NFS)
        .with("/spec/adapterServices/nameTemplate", json!("{name}-{type}"));
    no_line(&given, "- Service srv-file");
}

#[test]
fn template_name_held_by_terminating_own() {
    let new = but(
        but(testing::service("nfs", 12049), "/metadata/name", json!("nfs")),
        "/metadata/deletionTimestamp",
        json!("2026-01-01T00:00:00Z"),
    );
    let new = but(new, "/metadata/uid", json!("other"));
    let given = Given::default()
        .settled(NFS)
        .object(new)
        .running(NFS)
        .with("/spec/adapterServices/nameTemplate", json!("{type}"))
        .with("/metadata/annotations", json!({"dittofs.io/approve-replace": "svc-nfs"}));
    no_line(&given, "- Service srv-adapter-nfs");
}

#[test]
fn expose_false_on_the_same_port() {
    let given = Given::default()
        .settled(&[])
        .running(&[("nfs", 12049), ("webdav", 12049)])
        .with("/spec/adapterServices/overrides", json!([{"adapter":"nfs","expose":false}]));
    has_line(&given, "! webdav PortClash");
}

#[test]
fn name_clashing_entries_on_the_same_port() {
    let body = json!([
        entry("NFS", true, true, 12049),
        entry("nfs", true, true, 12050),
        entry("webdav", true, true, 12049)
    ]);
    let given = Given::default().settled(&[]).answer(&body.to_string());
    has_line(&given, "! webdav PortClash");
}

#[test]
fn upsert_only_keeps_a_port_that_a_newcomer_gets() {
    let body = json!([entry("smb", false, false, 12445), entry("webdav", true, true, 12445)]);
    let given = Given::default()
        .settled(&[("smb", 12445)])
        .answer(&body.to_string())
        .with("/spec/adapterDiscovery/mode", json!("UpsertOnly"));
    has_line(&given, "! webdav PortClash");
}

#[test]
fn held_adapter_with_named_target() {
    let body = json!([
        entry("smb", true, true, 0)
            .as_object()
            .map(|o| {
                let mut o = o.clone();
                o.insert("port".into(), json!("x"));
                Value::Object(o)
            })
            .unwrap(),
        entry("webdav", true, true, 12445)
    ]);
    let mut given = Given::default().settled(&[("smb", 12445)]).answer(&body.to_string());
    edit(&mut given, "Service", "srv-adapter-smb", "/spec/ports/0/targetPort", json!("adapter-smb"));
    has_line(&given, "! webdav PortClash");
}

#[test]
fn held_adapter_with_policy_only() {
    let body =
        json!([{"type":"smb","enabled":true,"running":true,"port":"x"}, entry("webdav", true, true, 12445)]);
    let mut given = Given::default().settled(&[("smb", 12445)]).answer(&body.to_string());
    given.objects.retain(|o| !(o["kind"] == "Service"));
    has_line(&given, "! webdav PortClash");
}

#[test]
fn a_book_that_names_a_key_twice() {
    let mut given = Given::default().settled(NFS).running(NFS);
    edit(
        &mut given,
        "Service",
        "srv-adapter-nfs",
        "/metadata/annotations",
        json!({"a":"1","dittofs.io/managed-annotations":"a,a"}),
    );
    idempotent(&given);
}

#[test]
fn a_book_that_names_a_book() {
    let mut given = Given::default().settled(NFS).running(NFS);
    edit(
        &mut given,
        "Service",
        "srv-adapter-nfs",
        "/metadata/annotations",
        json!({"dittofs.io/managed-annotations":"dittofs.io/managed-annotations"}),
    );
    idempotent(&given);
}

#[test]
fn go_book_with_managed_fields() {
    let mut given = Given::default().settled(NFS).running(NFS);
    edit(
        &mut given,
        "Service",
        "srv-adapter-nfs",
        "/metadata/annotations",
        json!({"dittofs.io/managed-fields":"x", "dittofs.io/managed-annotations":"dittofs.io/managed-fields"}),
    );
    idempotent(&given);
}

#[test]
fn upsert_only_added_port_then_own_port_moves_there() {
    let mut given = Given::default()
        .settled(NFS)
        .running(&[("nfs", 2049)])
        .with("/spec/adapterDiscovery/mode", json!("UpsertOnly"));
    edit(
        &mut given,
        "Service",
        "srv-adapter-nfs",
        "/spec/ports/1",
        json!({"name":"extra","port":2049,"targetPort":2049,"protocol":"TCP","nodePort":31001}),
    );
    let bad = refused(given.settled_by_effects().find("Service", "srv-adapter-nfs"));
    assert!(bad.is_empty(), "{bad:?}");
}

#[test]
fn unnamed_port_and_companions() {
    let mut given = Given::default()
        .settled(NFS)
        .running(NFS)
        .with("/spec/adapterServices/overrides", json!([{"adapter":"nfs","companionPorts":["Portmapper"]}]));
    edit(
        &mut given,
        "Service",
        "srv-adapter-nfs",
        "/spec/ports/0",
        json!({"port":12049,"targetPort":12049,"protocol":"TCP","nodePort":31001}),
    );
    let bad = refused(given.settled_by_effects().find("Service", "srv-adapter-nfs"));
    assert!(bad.is_empty(), "{bad:?}");
}

#[test]
fn own_port_called_as_a_companion() {
    let mut given = Given::default()
        .settled(NFS)
        .running(NFS)
        .with("/spec/adapterServices/overrides", json!([{"adapter":"nfs","companionPorts":["Portmapper"]}]));
    edit(&mut given, "Service", "srv-adapter-nfs", "/spec/ports/0/name", json!("portmap"));
    idempotent(&given);
}

#[test]
fn own_udp_and_mdns_on_5353() {
    let overrides = json!([{ "adapter": "nfs", "port": 5353, "companionPorts": ["UDP", "MDNS"] }]);
    let given = Given::default().settled(&[]).running(NFS).with("/spec/adapterServices/overrides", overrides);
    assert_eq!(given.decided(), ["! nfs ReservedPort"]);
}

#[test]
fn approved_rename_with_node_port() {
    let mut given = Given::default()
        .settled(NFS)
        .running(NFS)
        .with("/spec/adapterServices/nameTemplate", json!("{type}"))
        .with("/spec/adapterServices/overrides", json!([{"adapter":"nfs","nodePort":31000}]))
        .with("/metadata/annotations", json!({"dittofs.io/approve-replace": "svc-nfs"}));
    edit(
        &mut given,
        "Service",
        "srv-adapter-nfs",
        "/metadata/annotations",
        json!({"dittofs.io/managed-fields": "nodePort"}),
    );
    let effects: Vec<Effect> = given.effects();
    let create = effects.iter().position(|e| matches!(e, Effect::Create(_)));
    let delete = effects.iter().position(|e| matches!(e, Effect::Delete(_)));
    let first = effects
        .iter()
        .find_map(|e| if let Effect::Create(c) = e { Some(c.object.to_json().unwrap()) } else { None })
        .unwrap();
    assert!(
        !(create < delete && first["spec"]["ports"][0]["nodePort"] == 31000),
        "posts node port 31000 while the old Service has it: {first}"
    );
}

#[test]
fn upsert_only_node_port_leaves() {
    let mut given = Given::default()
        .settled(NFS)
        .running(NFS)
        .with("/spec/adapterDiscovery/mode", json!("UpsertOnly"))
        .with("/spec/adapterServices/type", json!("ClusterIP"));
    edit(&mut given, "Service", "srv-adapter-nfs", "/spec/type", json!("NodePort"));
    has_line(&given, "! nfs UpsertOnly");
}

#[test]
fn upsert_only_surplus_baseline_is_held() {
    let second =
        but(but(testing::baseline(), "/metadata/name", json!("copy")), "/metadata/uid", json!("copy"));
    let given = Given::default()
        .settled(NFS)
        .object(second)
        .running(NFS)
        .with("/spec/adapterDiscovery/mode", json!("UpsertOnly"));
    has_line(&given, "! * UpsertOnly");
}

#[test]
fn upsert_only_optional_field_taken_away() {
    let mut given =
        Given::default().settled(NFS).running(NFS).with("/spec/adapterDiscovery/mode", json!("UpsertOnly"));
    edit(&mut given, "Service", "srv-adapter-nfs", "/spec/loadBalancerIP", json!("192.0.2.7"));
    edit(
        &mut given,
        "Service",
        "srv-adapter-nfs",
        "/metadata/annotations",
        json!({"dittofs.io/managed-fields": "loadBalancerIP"}),
    );
    has_line(&given, "! nfs UpsertOnly");
}

#[test]
fn upsert_only_node_ports_switched_off() {
    let given = Given::default()
        .settled(NFS)
        .running(NFS)
        .with("/spec/adapterDiscovery/mode", json!("UpsertOnly"))
        .with(
            "/spec/adapterServices/overrides",
            json!([{"adapter":"nfs","allocateLoadBalancerNodePorts":false}]),
        );
    idempotent(&given);
}

#[test]
fn port_moves_while_somebody_added_a_rule() {
    let mut given = Given::default().settled(NFS).running(&[("nfs", 12050)]);
    edit(
        &mut given,
        "NetworkPolicy",
        "srv-adapter-nfs",
        "/spec/ingress",
        json!([{"ports":[{"port":9999,"protocol":"TCP"}],"from":[{"ipBlock":{"cidr":"10.9.0.0/16"}}]},{"ports":[{"port":12049,"protocol":"TCP"}]}]),
    );
    let after = given.settled_by_effects();
    let p = after.find("NetworkPolicy", "srv-adapter-nfs");
    assert!(p["spec"]["ingress"][0]["from"].is_null(), "{}", p["spec"]["ingress"]);
}

#[test]
fn a_policy_that_opens_and_narrows_is_written_twice() {
    let overrides = json!([{ "adapter": "nfs", "companionPorts": ["Portmapper"], "externalTrafficPolicy": "Local",
        "loadBalancerSourceRanges": ["10.0.0.0/8"] }]);
    let given = Given::default().settled(NFS).running(NFS).with("/spec/adapterServices/overrides", overrides);
    let policy = "~ NetworkPolicy srv-adapter-nfs";
    assert_eq!(given.decided(), ["~ StatefulSet srv", policy, "~ Service srv-adapter-nfs", policy]);
    let from =
        |given: &Given| given.find("NetworkPolicy", "srv-adapter-nfs")["spec"]["ingress"][0]["from"].clone();
    assert!(
        from(&given.after(3)).is_null(),
        "until the Service sends them, anybody's address may be a node's"
    );
    assert!(from(&given.after(4)).is_array());
    idempotent(&given);
}

#[test]
fn outage_with_policies_that_do_not_select() {
    let mut given = Given::default().settled(NFS).answer("x");
    for n in ["srv-baseline", "srv-adapter-nfs"] {
        edit(&mut given, "NetworkPolicy", n, "/spec/podSelector", json!({"matchLabels":{"app":"other"}}));
    }
    let after = given.settled_by_effects();
    let r = reachable(&after.cluster(), &after.server());
    assert!(
        !r.isolated || r.ports.iter().any(|p| p.port == PolicyPort::Number(12049)),
        "nfs cut off in an outage"
    );
}

#[test]
fn wide_baseline_names_adapter_of_named_target() {
    let mut given = Given::default().settled(NFS).answer("x");
    given.objects.retain(|o| o["kind"] != "NetworkPolicy");
    edit(&mut given, "Service", "srv-adapter-nfs", "/spec/ports/0/targetPort", json!("adapter-nfs"));
    let after = given.settled_by_effects();
    let r = reachable(&after.cluster(), &after.server());
    let p = r.ports.iter().find(|p| p.port == PolicyPort::Number(12049)).unwrap();
    assert!(p.adapter.is_some());
}

#[test]
fn own_udp_companion_service_without_policy_of_held() {
    // Everything open, smb NameTaken.
    let mut given = Given::default().settled(BOTH).running(BOTH);
    given.objects.retain(|o| o["kind"] != "NetworkPolicy");
    idempotent(&given);
}

#[test]
fn unnamed_entry_and_declared_port_without_objects() {
    let given = Given::default()
        .object(testing::baseline())
        .object(testing::stateful_set(NFS))
        .object(testing::pod())
        .answer(r#"[{"enabled":true,"running":true,"port":12049}]"#);
    no_line(&given, "~ StatefulSet srv");
}

#[test]
fn port_names_of_types_and_companions() {
    let given = Given::default()
        .settled(&[])
        .running(&[("smb", 12445), ("wsd", 9000)])
        .with("/spec/adapterServices/overrides", json!([{"adapter":"smb","companionPorts":["WSDiscovery"]}]));
    idempotent(&given);
}

#[test]
fn short_type_with_the_port_name_of_a_long_one() {
    let given = Given::default().settled(&[]).running(&[("custom-adapter-a", 9001), ("cu-1e31", 9000)]);
    idempotent(&given);
}

#[test]
fn mode_upsert_only_with_held() {
    let given =
        Given::default().settled(BOTH).running(NFS).with("/spec/adapterDiscovery/mode", json!("UpsertOnly"));
    has_line(&given, "! smb UpsertOnly");
}

#[test]
fn server_name_no_label_value() {
    let name = "s".repeat(64);
    let given = Given::default()
        .running(NFS)
        .with("/metadata/name", json!(name))
        .with("/spec/adapterServices/nameTemplate", json!("{type}"));
    has_line(&given, "! nfs NameTooLong");
}

#[test]
fn server_name_253() {
    let name = "s".repeat(250);
    let given = Given::default()
        .running(NFS)
        .with("/metadata/name", json!(name))
        .with("/spec/adapterServices/nameTemplate", json!("{type}"));
    let long = given.effects().iter().any(|e| e.target().is_some_and(|t| t.name.len() > 253));
    assert!(!long);
}

#[test]
fn two_templates_one_name() {
    // template {name}-{type}: the adapter called adapter-nfs wants the default name of nfs
    let given = Given::default()
        .settled(NFS)
        .running(&[("nfs", 12049), ("adapter-nfs", 9000)])
        .with("/spec/adapterServices/nameTemplate", json!("{name}-{type}"));
    no_line(&given, "+ Service srv-adapter-nfs");
}

#[test]
#[expect(clippy::too_many_lines, reason = "two tables")]
fn nulls_and_missing_parents_are_patched() {
    for (p, v) in [
        ("/metadata/annotations", Value::Null),
        ("/metadata/labels", Value::Null),
        ("/spec", Value::Null),
        ("/spec/ports", Value::Null),
        ("/spec/ports", json!([])),
        ("/spec/selector", Value::Null),
        ("/spec/type", Value::Null),
        ("/spec", json!({})),
        ("/spec/ports/0/targetPort", Value::Null),
        ("/spec/ports/0/nodePort", Value::Null),
        ("/spec/loadBalancerSourceRanges", Value::Null),
        ("/spec/loadBalancerSourceRanges", json!([])),
        ("/spec/ipFamilies", Value::Null),
        ("/spec/ipFamilies", json!([])),
        ("/spec/loadBalancerClass", Value::Null),
    ] {
        for over in [
            json!({"adapter":"nfs"}),
            json!({"adapter":"nfs","type":"ClusterIP"}),
            json!({"adapter":"nfs","loadBalancerSourceRanges":["10.0.0.0/8"],"loadBalancerIP":"1.2.3.4","externalTrafficPolicy":"Local","ipFamilies":["IPv4","IPv6"],"nodePort":30001,"companionPorts":["Portmapper","UDP","MDNS"],"annotations":{"a/b":"1"}}),
        ] {
            for mode in ["Sync", "UpsertOnly"] {
                let mut given = Given::default()
                    .settled(NFS)
                    .running(NFS)
                    .with("/spec/adapterServices/overrides", json!([over]))
                    .with("/spec/adapterDiscovery/mode", json!(mode));
                edit(&mut given, "Service", "srv-adapter-nfs", p, v.clone());
                let after = given.settled_by_effects();
                let again: Vec<String> =
                    after.decided().into_iter().filter(|l| !l.starts_with('!')).collect();
                assert!(again.is_empty(), "{p} {v} {over} {mode}: {again:?} {:?}", given.decided());
            }
        }
    }
    for (p, v) in [
        ("/metadata/annotations", Value::Null),
        ("/metadata/labels", Value::Null),
        ("/spec", Value::Null),
        ("/spec/ingress", Value::Null),
        ("/spec/ingress", json!([])),
        ("/spec/ingress", json!([{}])),
        ("/spec/ingress", json!([{"ports":null,"from":null}])),
        ("/spec/ingress", json!([{"ports":[],"from":[]}])),
        ("/spec/podSelector", Value::Null),
        ("/spec/policyTypes", Value::Null),
        ("/spec/policyTypes", json!([])),
        (
            "/spec/ingress",
            json!([{"ports":[{"port":"nfs"}]},{"ports":[{"port":1,"endPort":70000}]},{"ports":[{"port":12049,"protocol":"XYZ"}]},{},{"from":[{}]}]),
        ),
        (
            "/spec/ingress",
            json!([{"ports":[{"port":12049},{"port":12049,"protocol":"TCP"},{"port":12049,"endPort":12049}]},{"ports":[{"port":12049}]}]),
        ),
    ] {
        for name in ["srv-baseline", "srv-adapter-nfs"] {
            for over in [
                json!({"adapter":"nfs"}),
                json!({"adapter":"nfs","loadBalancerSourceRanges":["10.0.0.0/8"],"externalTrafficPolicy":"Local","companionPorts":["Portmapper","UDP","MDNS"]}),
            ] {
                for mode in ["Sync", "UpsertOnly"] {
                    let mut given = Given::default()
                        .settled(NFS)
                        .running(NFS)
                        .with("/spec/adapterServices/overrides", json!([over]))
                        .with("/spec/adapterDiscovery/mode", json!(mode));
                    edit(&mut given, "NetworkPolicy", name, p, v.clone());
                    let after = given.settled_by_effects();
                    let again: Vec<String> =
                        after.decided().into_iter().filter(|l| !l.starts_with('!')).collect();
                    assert!(
                        again.is_empty(),
                        "{name} {p} {v} {over} {mode}: {again:?} {:?}",
                        given.decided()
                    );
                }
            }
        }
    }
}

/// What a policy that selects other pods has beyond what is wanted must not be opened with its selector.
#[test]
fn secu_03_a_mended_selector_opens_nothing_else() {
    for mode in ["Sync", "UpsertOnly"] {
        for rules in [
            json!([{}]),
            json!([{ "ports": [{ "port": 8080 }, { "port": 9999 }] }, { "ports": [{ "port": 22 }] }]),
        ] {
            for name in ["srv-baseline", "srv-adapter-nfs"] {
                for answer in ["x", r#"[{"type":"nfs","enabled":true,"running":true,"port":12049}]"#] {
                    let mut given = Given::default().settled(NFS).answer(answer);
                    given = given.with("/spec/adapterDiscovery/mode", json!(mode));
                    edit(
                        &mut given,
                        "NetworkPolicy",
                        name,
                        "/spec/podSelector/matchLabels/extra",
                        json!("x"),
                    );
                    edit(&mut given, "NetworkPolicy", name, "/spec/ingress", rules.clone());
                    for count in 0..4 {
                        let after = given.after(count);
                        let open = reachable(&after.cluster(), &after.server());
                        let known = [PolicyPort::Number(8080), PolicyPort::Number(12049)];
                        assert!(
                            open.ports.iter().all(|p| known.contains(&p.port)),
                            "{name} {mode} {count}: {open:?}"
                        );
                    }
                }
            }
        }
    }
}

/// What a policy opens while it selects the pod stays under UpsertOnly, also when the policy is mended otherwise.
#[test]
fn mode_01_upsert_only_keeps_what_a_drifted_policy_opens() {
    for (pointer, value) in [("/metadata/labels/app", json!("x")), ("/spec/podSelector", json!({}))] {
        let mut given = Given::default().settled(NFS).running(NFS);
        given = given.with("/spec/adapterDiscovery/mode", json!("UpsertOnly"));
        edit(&mut given, "NetworkPolicy", "srv-adapter-nfs", pointer, value);
        edit(
            &mut given,
            "NetworkPolicy",
            "srv-adapter-nfs",
            "/spec/ingress/0/ports/1",
            json!({ "port": 9999 }),
        );
        has_line(&given, "! nfs UpsertOnly");
        let open = reachable(&given.settled_by_effects().cluster(), &given.server());
        assert!(open.ports.iter().any(|p| p.port == PolicyPort::Number(9999)), "{pointer}: {open:?}");
    }
}

#[test]
fn mode_01_upsert_only_does_not_leave_local_while_the_policy_states_sources() {
    let overrides = json!([{ "adapter": "nfs", "externalTrafficPolicy": "Local",
        "loadBalancerSourceRanges": ["10.0.0.0/8"] }]);
    let local = Given::default().settled(NFS).running(NFS);
    let local = local.with("/spec/adapterServices/overrides", overrides).settled_by_effects();
    let local = local.with("/spec/adapterDiscovery/mode", json!("UpsertOnly"));
    for wanted in [Value::Null, json!("Cluster")] {
        let given = local.clone().with("/spec/adapterServices/overrides/0/externalTrafficPolicy", wanted);
        has_line(&given, "! nfs UpsertOnly");
        let after = given.settled_by_effects();
        assert_eq!(after.find("Service", "srv-adapter-nfs")["spec"]["externalTrafficPolicy"], "Local");
        idempotent(&given);
    }
}

/// A held adapter that the baseline serves, since its own policy does not, is not cut off by narrowing.
#[test]
fn safe_04_the_baseline_is_not_narrowed_under_a_held_adapter() {
    for pointer in ["/spec/podSelector/matchLabels/instance", "/spec/ingress/0/ports/0/port"] {
        let body = json!([entry("nfs", true, false, 12049)]).to_string();
        let mut given = Given::default().settled(NFS).answer(&body);
        let value = if pointer.ends_with("port") { json!(7) } else { json!("elsewhere") };
        edit(&mut given, "NetworkPolicy", "srv-adapter-nfs", pointer, value);
        edit(
            &mut given,
            "NetworkPolicy",
            "srv-baseline",
            "/spec/ingress/0/ports/1",
            json!({ "port": 12049 }),
        );
        assert_eq!(given.decided(), ["! nfs NotRunning"], "{pointer}");
    }
    // Where its own policy serves it the baseline is brought back to the server's own ports.
    let body = json!([entry("nfs", true, false, 12049)]).to_string();
    let mut given = Given::default().settled(NFS).answer(&body);
    edit(&mut given, "NetworkPolicy", "srv-baseline", "/spec/ingress/0/ports/1", json!({ "port": 12049 }));
    assert_eq!(given.decided(), ["! nfs NotRunning", "~ NetworkPolicy srv-baseline"]);
}

#[test]
fn safe_01_a_new_wide_baseline_is_not_narrowed_under_a_held_adapter() {
    for entry in [
        entry("nfs", true, false, 12049),
        json!({ "type": "nfs", "enabled": true, "running": true, "port": -1 }),
        json!({}),
    ] {
        let mut given = Given::default().settled(NFS).answer(&json!([entry]).to_string());
        given.objects.retain(|o| o["kind"] != "NetworkPolicy");
        let writes: Vec<String> = given.decided().into_iter().filter(|line| !line.starts_with('!')).collect();
        assert_eq!(writes, ["+ NetworkPolicy srv-baseline"], "{entry}");
        let open = reachable(&given.settled_by_effects().cluster(), &given.server());
        assert!(open.ports.iter().any(|p| p.port == PolicyPort::Number(12049)), "{open:?}");
        idempotent(&given);
    }
}

/// A second Service keeps its port; the one that counts moves on from its own.
#[test]
fn only_services_that_wait_keep_their_ports() {
    let more = |name: &str, port: u16| {
        but(but(testing::service("nfs", port), "/metadata/name", json!(name)), "/metadata/uid", json!(name))
    };
    for seconds in [&[("old-nfs", 9000)][..], &[("old-nfs", 9000), ("older-nfs", 9001)]] {
        let comes_to = |port: u16| {
            let mut given = Given::default().settled(NFS).running(&[("nfs", 12050), ("webdav", port)]);
            given.objects.extend(seconds.iter().map(|(name, port)| more(name, *port)));
            given.decided().contains(&"! webdav PortClash".to_owned())
        };
        assert!(seconds.iter().all(|(_, port)| comes_to(*port)), "{seconds:?}");
        assert!(!comes_to(12049), "{seconds:?}");
    }
}

/// Of two Services it is the one that the template names whose port is the adapter's own in the policy.
#[test]
fn the_policy_s_own_port_is_that_of_the_service_that_counts() {
    let second = but(testing::service("nfs", 9999), "/metadata/name", json!("another"));
    let second = but(second, "/metadata/uid", json!("another"));
    let mut given = Given::default().settled(NFS).object(second).running(&[("nfs", 12050)]);
    let rules = json!([{ "ports": [{ "port": 9999 }], "from": [{ "ipBlock": { "cidr": "10.9.0.0/16" } }] },
        { "ports": [{ "port": 12049 }] }]);
    edit(&mut given, "NetworkPolicy", "srv-adapter-nfs", "/spec/ingress", rules);
    let after = given.settled_by_effects();
    let policy = after.find("NetworkPolicy", "srv-adapter-nfs");
    assert_eq!(policy["spec"]["ingress"], json!([{ "ports": [{ "port": 12050 }] }]));
}

#[test]
fn a_second_service_that_waits_keeps_its_port() {
    let second = but(
        but(testing::service("nfs", 12049), "/metadata/name", json!("old-nfs")),
        "/metadata/uid",
        json!("old"),
    );
    let given = Given::default().settled(NFS).object(second).running(&[("nfs", 12050), ("webdav", 12049)]);
    has_line(&given, "! webdav PortClash");
    has_line(&given, "! nfs ReplaceRequired");
}
