//! What is ours inside a Service, and what is not; what only another Service can have.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may give up as tests do")]

use dittofs_core::effects::{Effect, HoldCode};
use dittofs_core::testing::{Given, but, service, set};
use serde_json::{Value, json};

const NOTHING: [&str; 0] = [];
const UPDATE: [&str; 1] = ["~ Service srv-adapter-nfs"];

fn settled() -> Given {
    Given::default().settled(&[("nfs", 12049)]).running(&[("nfs", 12049)])
}

fn asking(overrides: Value) -> Given {
    let mut wanted = overrides;
    wanted["adapter"] = json!("nfs");
    settled().with("/spec/adapterServices/overrides", json!([wanted]))
}

fn nfs(given: &mut Given) -> &mut Value {
    given.objects.iter_mut().find(|o| o["kind"] == "Service").unwrap()
}

fn spec(given: &Given) -> &Value {
    &given.find("Service", "srv-adapter-nfs")["spec"]
}

fn annotation<'a>(given: &'a Given, key: &str) -> Option<&'a str> {
    given.find("Service", "srv-adapter-nfs")["metadata"]["annotations"][key].as_str()
}

/// Applies what is decided, which must be one update of the Service, after which nothing is left to do.
fn updated(given: &Given) -> Given {
    assert_eq!(given.decided(), UPDATE);
    let after = given.settled_by_effects();
    assert_eq!(after.decided(), NOTHING, "once is enough");
    after
}

fn replaced_fields(given: &Given) -> Vec<String> {
    let holds =
        given.effects().into_iter().filter_map(|e| if let Effect::Hold(h) = e { Some(h) } else { None });
    holds.filter(|h| h.code == HoldCode::ReplaceRequired).map(|h| h.reason).collect()
}

#[test]
fn what_is_ours_is_mended() {
    for (pointer, value) in [
        ("/metadata/labels/app", json!("x")),
        ("/metadata/labels", json!({})),
        ("/metadata/labels", Value::Null),
        ("/spec/selector/instance", json!("x")),
        ("/spec/selector/more", json!("x")),
        ("/spec/selector", Value::Null),
        ("/spec/type", json!("NodePort")),
        ("/spec/ports/0/targetPort", json!("adapter-nfs")),
        ("/spec/ports/0/targetPort", json!(1)),
        ("/spec/ports/0/protocol", json!("UDP")),
        ("/spec/ports/0/port", json!(1)),
        ("/spec/ports/1", json!({ "name": "added", "port": 22, "targetPort": 22, "protocol": "TCP" })),
        ("/spec/ports", json!([])),
        ("/spec/ports", Value::Null),
    ] {
        let mut given = settled();
        set(nfs(&mut given), pointer, value.clone());
        let after = updated(&given);
        let port = &spec(&after)["ports"];
        assert_eq!(port.as_array().unwrap().len(), 1, "{pointer} {value}");
        assert_eq!(
            (&port[0]["port"], &port[0]["targetPort"], &port[0]["protocol"]),
            (&json!(12049), &json!(12049), &json!("TCP"))
        );
    }
}

#[test]
fn srvc_07_what_others_put_there_stays() {
    for (pointer, value) in [
        ("/metadata/labels/theirs", json!("x")),
        ("/metadata/annotations", json!({ "theirs": "x" })),
        ("/metadata/finalizers", json!(["service.kubernetes.io/load-balancer-cleanup"])),
        ("/spec/externalTrafficPolicy", json!("Local")),
        ("/spec/sessionAffinity", json!("ClientIP")),
        ("/spec/loadBalancerClass", json!("theirs")),
        ("/spec/loadBalancerSourceRanges", json!(["192.0.2.0/24"])),
        ("/spec/loadBalancerIP", json!("192.0.2.9")),
        ("/spec/ipFamilyPolicy", json!("PreferDualStack")),
        ("/spec/allocateLoadBalancerNodePorts", json!(false)),
        ("/spec/healthCheckNodePort", json!(30999)),
        ("/spec/ports/0/nodePort", json!(30888)),
        ("/spec/ports/0/name", json!("renamed")),
        ("/spec/ports/0/appProtocol", json!("nfs")),
        ("/spec/someday", json!({ "new": "field" })),
        ("/status/loadBalancer/ingress/0/ip", json!("192.0.2.99")),
    ] {
        let mut given = settled();
        set(nfs(&mut given), pointer, value.clone());
        assert_eq!(given.decided(), NOTHING, "{pointer}");
        // Nor does an update of something else touch it.
        let moved = given.running(&[("nfs", 12050)]).settled_by_effects();
        assert_eq!(moved.find("Service", "srv-adapter-nfs").pointer(pointer), Some(&value), "{pointer}");
    }
}

#[test]
fn a_change_of_the_own_port_keeps_node_port_and_name() {
    let after = settled().running(&[("nfs", 12050)]).settled_by_effects();
    let port = &spec(&after)["ports"][0];
    assert_eq!(
        *port,
        json!({ "name": "adapter-nfs", "port": 12050, "targetPort": 12050, "protocol": "TCP", "nodePort": 31000 })
    );
}

#[test]
fn srvc_07_annotations_come_and_go_with_the_resource() {
    let asked = settled().with("/spec/adapterServices/annotations", json!({ "a/x": "1", "b": "2" }));
    let given = updated(&asked);
    assert_eq!((annotation(&given, "a/x"), annotation(&given, "b")), (Some("1"), Some("2")));
    assert_eq!(annotation(&given, "dittofs.io/managed-annotations"), Some("a/x,b"));
    let mut given = given.with("/spec/adapterServices/annotations", json!({ "b": "3" }));
    set(nfs(&mut given), "/metadata/annotations/theirs", json!("x"));
    let given = updated(&given);
    assert_eq!((annotation(&given, "a/x"), annotation(&given, "b")), (None, Some("3")));
    assert_eq!(annotation(&given, "dittofs.io/managed-annotations"), Some("b"));
    let given = updated(&given.with("/spec/adapterServices/annotations", json!({})));
    assert_eq!((annotation(&given, "b"), annotation(&given, "theirs")), (None, Some("x")));
    assert_eq!(annotation(&given, "dittofs.io/managed-annotations"), None);
    // Under UpsertOnly they stay, and stay ours.
    let keeping = asked.settled_by_effects().with("/spec/adapterServices/annotations", json!({ "c": "1" }));
    let keeping = keeping.with("/spec/adapterDiscovery", json!({ "mode": "UpsertOnly" }));
    assert_eq!(keeping.decided(), ["! nfs UpsertOnly", UPDATE[0]]);
    let kept = keeping.settled_by_effects();
    assert_eq!(annotation(&kept, "a/x"), Some("1"));
    assert_eq!(annotation(&kept, "dittofs.io/managed-annotations"), Some("a/x,b,c"));
    assert_eq!(kept.decided(), ["! nfs UpsertOnly"]);
}

#[test]
fn srvc_07_a_book_that_was_edited_does_no_harm() {
    for book in
        ["a,a", "a, a ,", "a,dittofs.io/managed-annotations,dittofs.io/managed-fields", ",,", "missing"]
    {
        let mut given = settled();
        let annotations = json!({ "a": "1", "theirs": "x", "dittofs.io/managed-annotations": book });
        set(nfs(&mut given), "/metadata/annotations", annotations);
        let left = updated(&given).find("Service", "srv-adapter-nfs")["metadata"]["annotations"].clone();
        assert_eq!(left.get("a").is_none(), book.contains('a') && book.contains("a,"), "{book}");
        assert_eq!(left["theirs"], "x");
        assert_eq!(left.get("dittofs.io/managed-annotations"), None);
    }
}

#[test]
fn srvc_07_a_new_service_has_its_books_at_once() {
    let given = Given::default().settled(&[]).running(&[("nfs", 12049)]);
    let wanted = json!([{ "adapter": "nfs", "annotations": { "a": "1" }, "sessionAffinity": "ClientIP",
        "loadBalancerSourceRanges": ["192.0.2.0/24", "10.0.0.0/8"] }]);
    let given = given.with("/spec/adapterServices/overrides", wanted).settled_by_effects();
    assert_eq!(annotation(&given, "dittofs.io/managed-annotations"), Some("a"));
    assert_eq!(annotation(&given, "dittofs.io/managed-fields"), Some("sessionAffinity"));
    assert_eq!(annotation(&given, "dittofs.io/managed-source-ranges"), Some("10.0.0.0/8,192.0.2.0/24"));
    let gone = updated(&given.with("/spec/adapterServices", json!({})));
    assert_eq!(spec(&gone)["sessionAffinity"], "None");
    assert_eq!(spec(&gone).get("loadBalancerSourceRanges"), None);
    assert_eq!(gone.find("Service", "srv-adapter-nfs")["metadata"]["annotations"], json!({}));
}

#[test]
fn conf_02_optional_fields_are_set_and_reset_to_the_default() {
    for (field, value, default) in [
        ("externalTrafficPolicy", json!("Local"), json!("Cluster")),
        ("sessionAffinity", json!("ClientIP"), json!("None")),
        ("ipFamilyPolicy", json!("PreferDualStack"), json!("SingleStack")),
        ("allocateLoadBalancerNodePorts", json!(false), json!(true)),
        ("loadBalancerIP", json!("192.0.2.9"), Value::Null),
    ] {
        let given = updated(&asking(json!({ field: value })));
        assert_eq!(spec(&given)[field], value);
        assert_eq!(annotation(&given, "dittofs.io/managed-fields"), Some(field));
        let reset = updated(&given.with("/spec/adapterServices", json!({})));
        assert_eq!(spec(&reset)[field], default, "{field}");
        assert_eq!(annotation(&reset, "dittofs.io/managed-fields"), None);
    }
}

#[test]
fn conf_02_node_ports_are_set_and_switched_off() {
    let given = updated(&asking(json!({ "nodePort": 30049 })));
    assert_eq!(spec(&given)["ports"][0]["nodePort"], 30049);
    let left = updated(&given.with("/spec/adapterServices", json!({})));
    assert_eq!(spec(&left)["ports"][0]["nodePort"], 30049, "the number stays, it is only ours no more");
    let off = updated(&asking(json!({ "allocateLoadBalancerNodePorts": false })));
    assert_eq!(spec(&off)["ports"][0].get("nodePort"), None, "it takes effect only without the number");
}

#[test]
fn conf_02_the_external_port_is_another_one() {
    let given = updated(&asking(json!({ "port": 2049 })));
    let port = &spec(&given)["ports"][0];
    assert_eq!((&port["port"], &port["targetPort"]), (&json!(2049), &json!(12049)));
}

#[test]
fn conf_02_source_ranges_of_ours_come_and_go_and_others_stay() {
    let mut given = asking(json!({ "loadBalancerSourceRanges": ["10.0.0.0/8", "172.16.0.0/12"] }));
    set(nfs(&mut given), "/spec/loadBalancerSourceRanges", json!(["192.0.2.0/24"]));
    let given = updated(&given);
    assert_eq!(
        spec(&given)["loadBalancerSourceRanges"],
        json!(["192.0.2.0/24", "10.0.0.0/8", "172.16.0.0/12"])
    );
    let less = |g: Given| {
        g.with("/spec/adapterServices/overrides/0/loadBalancerSourceRanges", json!(["10.0.0.0/8"]))
    };
    let fewer = updated(&less(given.clone()));
    assert_eq!(spec(&fewer)["loadBalancerSourceRanges"], json!(["192.0.2.0/24", "10.0.0.0/8"]));
    assert_eq!(annotation(&fewer, "dittofs.io/managed-source-ranges"), Some("10.0.0.0/8"));
    let keeping = less(given).with("/spec/adapterDiscovery", json!({ "mode": "UpsertOnly" }));
    assert_eq!(keeping.decided(), ["! nfs UpsertOnly"], "it takes no range away");
}

#[test]
fn conf_02_under_local_the_policy_states_the_sources_too() {
    let ranges = json!(["10.0.0.0/8", "172.16.0.0/12"]);
    let given = asking(json!({ "loadBalancerSourceRanges": ranges, "externalTrafficPolicy": "Local" }));
    // A policy that only loses sources follows its Service.
    let plan = ["~ Service srv-adapter-nfs", "~ NetworkPolicy srv-adapter-nfs"];
    assert_eq!(given.decided(), plan);
    let mut local = given.settled_by_effects();
    assert_eq!(local.decided(), NOTHING);
    let from =
        |g: &Given| g.find("NetworkPolicy", "srv-adapter-nfs")["spec"]["ingress"][0].get("from").cloned();
    let block = |cidr: &str| json!({ "ipBlock": { "cidr": cidr } });
    assert_eq!(from(&local), Some(json!([block("10.0.0.0/8"), block("172.16.0.0/12")])));
    // What somebody put there stays.
    let theirs = json!({ "podSelector": { "matchLabels": { "role": "client" } } });
    let policy = local.objects.iter_mut().find(|o| o["metadata"]["uid"] == "np-nfs").unwrap();
    policy["spec"]["ingress"][0]["from"].as_array_mut().unwrap().push(theirs.clone());
    assert_eq!(local.decided(), NOTHING);
    // It gains sources before its Service.
    let more = json!(["10.0.0.0/8", "172.16.0.0/12", "192.0.2.0/24"]);
    let more = local.clone().with("/spec/adapterServices/overrides/0/loadBalancerSourceRanges", more);
    assert_eq!(more.decided(), [plan[1], plan[0]]);
    // Under Cluster the client's address is gone by then: ours go, theirs stays.
    let cluster = local.with("/spec/adapterServices/overrides/0/externalTrafficPolicy", json!("Cluster"));
    let after = cluster.settled_by_effects();
    assert_eq!(from(&after), Some(json!([theirs])));
    assert_eq!(after.decided(), NOTHING);
}

#[test]
fn srvc_06_the_type_changes_in_place_and_takes_its_fields_along() {
    let balanced = json!({ "loadBalancerClass": "a", "loadBalancerIP": "192.0.2.9", "healthCheckNodePort": 30999,
        "externalTrafficPolicy": "Local", "loadBalancerSourceRanges": ["192.0.2.0/24"] });
    for (to, gone, kept) in [
        (
            "NodePort",
            &[
                "allocateLoadBalancerNodePorts",
                "loadBalancerClass",
                "loadBalancerIP",
                "healthCheckNodePort",
                "loadBalancerSourceRanges",
            ][..],
            &["externalTrafficPolicy"][..],
        ),
        (
            "ClusterIP",
            &[
                "allocateLoadBalancerNodePorts",
                "loadBalancerClass",
                "loadBalancerIP",
                "healthCheckNodePort",
                "loadBalancerSourceRanges",
                "externalTrafficPolicy",
            ],
            &[],
        ),
    ] {
        let mut given = settled().with("/spec/adapterServices/type", json!(to));
        for (field, value) in balanced.as_object().unwrap() {
            set(nfs(&mut given), &format!("/spec/{field}"), value.clone());
        }
        let reason = given.effects()[0].reason().unwrap().to_string();
        assert!(reason.contains("gives up the external address 192.0.2.7"), "{reason}");
        let after = updated(&given);
        for field in gone {
            assert_eq!(spec(&after).get(*field), None, "{to} {field}");
        }
        for field in kept {
            assert!(spec(&after).get(*field).is_some(), "{to} {field}");
        }
        assert_eq!(spec(&after)["ports"][0].get("nodePort").is_some(), to == "NodePort");
        assert_eq!(spec(&after)["clusterIP"], "10.0.0.7");
        let back = after.with("/spec/adapterServices/type", json!("LoadBalancer"));
        assert_eq!(spec(&updated(&back))["type"], "LoadBalancer");
        // Leaving it is a removal.
        let keeping = given.with("/spec/adapterDiscovery", json!({ "mode": "UpsertOnly" }));
        assert_eq!(keeping.decided(), ["! nfs UpsertOnly"]);
    }
}

#[test]
fn safe_05_what_needs_another_service_is_held_and_the_rest_goes_on() {
    let uid = "svc-nfs";
    for (wanted, field, plan) in [
        (json!({ "loadBalancerClass": "b" }), "loadBalancerClass", ["-", "+"]),
        (json!({ "ipFamilies": ["IPv6"] }), "ipFamilies", ["-", "+"]),
        (
            json!({ "ipFamilies": ["IPv6", "IPv4"], "ipFamilyPolicy": "PreferDualStack" }),
            "ipFamilies",
            ["-", "+"],
        ),
    ] {
        let mut given = asking(wanted);
        set(nfs(&mut given), "/spec/ports/0/port", json!(1));
        let decided = given.decided();
        assert_eq!(decided, ["! nfs ReplaceRequired", UPDATE[0]]);
        let hold = &replaced_fields(&given)[0];
        assert!(hold.contains(field) && hold.contains("approve-replace=svc-nfs"), "{hold}");
        assert_eq!(given.settled_by_effects().decided(), ["! nfs ReplaceRequired"]);
        // Approved for this very Service: under the same name it goes first.
        let other =
            given.clone().with("/metadata/annotations", json!({ "dittofs.io/approve-replace": "another" }));
        assert_eq!(other.decided(), decided);
        let approved = given.with("/metadata/annotations", json!({ "dittofs.io/approve-replace": uid }));
        assert_eq!(approved.decided(), plan.map(|verb| format!("{verb} Service srv-adapter-nfs")));
        assert_eq!(approved.settled_by_effects().decided(), NOTHING);
        let keeping = approved.with("/spec/adapterDiscovery", json!({ "mode": "UpsertOnly" }));
        assert!(!keeping.decided().iter().any(|line| line.starts_with("- ")));
    }
}

#[test]
fn safe_05_a_class_that_was_ours_cannot_be_taken_back_in_place() {
    let given = Given::default().settled(&[]).running(&[("nfs", 12049)]);
    let wanted = json!([{ "adapter": "nfs", "loadBalancerClass": "a" }]);
    let given = given.with("/spec/adapterServices/overrides", wanted).settled_by_effects();
    assert_eq!(given.decided(), NOTHING);
    let dropped = given.clone().with("/spec/adapterServices/overrides", json!([]));
    assert_eq!(dropped.decided(), ["! nfs ReplaceRequired"]);
    assert_eq!(
        annotation(&dropped.settled_by_effects(), "dittofs.io/managed-fields"),
        Some("loadBalancerClass")
    );
    // Leaving the type takes it along.
    let internal = dropped.with("/spec/adapterServices/type", json!("ClusterIP"));
    assert_eq!(spec(&updated(&internal)).get("loadBalancerClass"), None);
}

#[test]
fn conf_02_a_second_ip_family_may_be_added() {
    let given =
        updated(&asking(json!({ "ipFamilies": ["IPv4", "IPv6"], "ipFamilyPolicy": "RequireDualStack" })));
    assert_eq!(spec(&given)["ipFamilies"], json!(["IPv4", "IPv6"]));
    assert_eq!(updated(&asking(json!({ "ipFamilies": ["IPv4"] }))).decided(), NOTHING);
}

#[test]
fn safe_05_another_name_needs_another_service() {
    let renamed = settled().with("/spec/adapterServices/nameTemplate", json!("{type}-of-{name}"));
    assert_eq!(renamed.decided(), ["! nfs ReplaceRequired"]);
    // Approved: the new one is there before the old one goes.
    let approve = json!({ "dittofs.io/approve-replace": "svc-nfs" });
    let approved = renamed.clone().with("/metadata/annotations", approve.clone());
    assert_eq!(approved.decided(), ["+ Service nfs-of-srv", "- Service srv-adapter-nfs"]);
    assert_eq!(approved.settled_by_effects().decided(), NOTHING);
    // A crash in between: both are ours, the one that the template names stays.
    let between = approved.after(1);
    assert_eq!(between.decided(), ["- Service srv-adapter-nfs"]);
    let unapproved = Given { resource: renamed.resource.clone(), ..between };
    assert_eq!(unapproved.decided(), ["! nfs ReplaceRequired"]);
    // Approved, but the new name is taken or none at all.
    let taken = but(service("x", 1), "/metadata/name", json!("nfs-of-srv"));
    let taken = approved.clone().object(but(taken, "/metadata/ownerReferences", json!([])));
    assert_eq!(taken.decided(), ["! nfs ReplaceRequired"]);
    assert!(replaced_fields(&taken)[0].contains("nfs-of-srv exists"));
    let long =
        approved.with("/spec/adapterServices/nameTemplate", json!(format!("{{type}}-{}", "x".repeat(60))));
    assert_eq!(long.decided(), ["! nfs ReplaceRequired"]);
}

#[test]
fn ours_is_found_by_label_else_by_name() {
    let mut renamed = settled();
    set(nfs(&mut renamed), "/metadata/name", json!("by-hand"));
    assert_eq!(renamed.decided(), ["! nfs ReplaceRequired"], "by label");
    let mut unlabelled = settled();
    set(nfs(&mut unlabelled), "/metadata/labels", json!({ "theirs": "x" }));
    let labels = updated(&unlabelled).find("Service", "srv-adapter-nfs")["metadata"]["labels"].clone();
    assert_eq!(labels["dittofs.io/adapter-type"], "nfs");
    assert_eq!(labels["theirs"], "x");
    // Under any other name only the label says it: a template may come to fit a Service that is none of an adapter's.
    let mut templated = settled().with("/spec/adapterServices/nameTemplate", json!("files-{type}"));
    set(nfs(&mut templated), "/metadata/labels", json!({}));
    set(nfs(&mut templated), "/metadata/name", json!("files-nfs"));
    assert_eq!(templated.decided(), ["! nfs NameTaken"]);
    // Where label and default name contradict each other the name counts, and the label is mended.
    for object in ["Service", "NetworkPolicy"] {
        let mut mislabelled = Given::default().settled(&[("nfs", 12049), ("smb", 1445)]);
        mislabelled = mislabelled.running(&[("nfs", 12049), ("smb", 1445)]);
        let is_it = |o: &&mut Value| o["kind"] == object && o["metadata"]["name"] == "srv-adapter-nfs";
        let found = mislabelled.objects.iter_mut().find(is_it).unwrap();
        set(found, "/metadata/labels/dittofs.io~1adapter-type", json!("smb"));
        set(found, "/metadata/labels/dittofs.io~1baseline-networkpolicy", json!("true"));
        assert_eq!(mislabelled.decided(), [format!("~ {object} srv-adapter-nfs")]);
        assert_eq!(mislabelled.settled_by_effects().decided(), NOTHING);
    }
}

#[test]
fn conf_02_companions_are_opened_on_request_and_closed_without() {
    let given = asking(json!({ "companionPorts": ["Portmapper", "UDP", "MDNS"] }));
    let plan = ["~ StatefulSet srv", "~ NetworkPolicy srv-adapter-nfs", "~ Service srv-adapter-nfs"];
    assert_eq!(given.decided(), plan);
    let open = given.settled_by_effects();
    assert_eq!(open.decided(), NOTHING);
    let ports: Vec<_> = spec(&open)["ports"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| {
            format!(
                "{} {}→{}/{}",
                p["name"].as_str().unwrap(),
                p["port"],
                p["targetPort"],
                p["protocol"].as_str().unwrap()
            )
        })
        .collect();
    assert_eq!(
        ports,
        [
            "adapter-nfs 12049→12049/TCP",
            "portmap 111→10111/TCP",
            "portmap-udp 111→10111/UDP",
            "adapter-nfs-udp 12049→12049/UDP",
            "mdns 5353→5353/UDP"
        ]
    );
    let container = &open.find("StatefulSet", "srv")["spec"]["template"]["spec"]["containers"][0]["ports"];
    let names: Vec<_> = container.as_array().unwrap().iter().map(|p| p["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["api", "adapter-nfs", "adapter-nfs-pm", "adapter-pm-udp", "adapter-mdns"]);
    let closed = Given { resource: settled().resource, ..open }.settled_by_effects();
    assert_eq!(spec(&closed)["ports"].as_array().unwrap().len(), 1);
}
