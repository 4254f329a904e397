//! A server that is made from nothing, and what its objects stand on.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may give up as tests do")]

mod support;

use dittofs_core::effects::{Effect, Outcome, Restart};
use dittofs_core::stopped_by;
use dittofs_core::testing::{line, set};
use serde_json::{Value, json};
use support::whole::{fresh, settled, started, writes};

const INSTALLED: [&str; 7] = [
    "+ NetworkPolicy srv-baseline",
    "+ ConfigMap srv-config",
    "+ Secret srv-jwt-secret",
    "+ Secret srv-admin-bootstrap-credentials",
    "+ Service srv-headless",
    "+ Service srv-api",
    "+ StatefulSet srv",
];

const NOTHING: [&str; 0] = [];

#[test]
fn comp_02_an_install_is_one_plan_closed_first_and_started_last() {
    assert_eq!(writes(&fresh()), INSTALLED);
    let set = fresh().settled_by_effects().find("StatefulSet", "srv").clone();
    assert_eq!(set["metadata"]["ownerReferences"][0]["uid"], "uid-of-srv");
    assert!(set["metadata"]["annotations"]["dittofs.io/managed-pieces"].is_string());
}

#[test]
fn safe_03_a_fresh_install_starts_its_pod_once() {
    let started = started(fresh().settled_by_effects());
    assert_eq!(writes(&started), ["~ StatefulSet srv"], "the content is recorded once the Secrets are there");
    let recorded = started.settled_by_effects();
    assert_eq!(started.effects().iter().filter_map(Effect::restart).collect::<Vec<_>>(), [Restart::Never]);
    assert_eq!(writes(&recorded), NOTHING);
    let discovered = recorded.running(&[("nfs", 12049), ("smb", 1445)]);
    let restarts: Vec<_> = discovered.effects().iter().filter_map(Effect::restart).collect();
    assert_eq!(restarts, [Restart::AtNextStart], "{:?}", discovered.decided());
}

#[test]
fn comp_02_without_what_it_stands_on_the_pod_is_not_started() {
    let effects: Vec<Effect> = fresh().effects().into_iter().filter(|e| e.target().is_some()).collect();
    let stopped = |failed: &str| -> Vec<String> {
        let index = effects.iter().position(|e| line(e) == failed).unwrap();
        stopped_by(&effects, index).into_iter().map(|index| line(&effects[index])).collect()
    };
    for ground in [INSTALLED[0], INSTALLED[1], INSTALLED[2], INSTALLED[3]] {
        assert_eq!(stopped(ground), ["+ StatefulSet srv"], "{ground}");
    }
    for beside in [INSTALLED[4], INSTALLED[5], INSTALLED[6]] {
        assert_eq!(stopped(beside), NOTHING, "{beside}");
    }
}

/// C-5: nobody's object is taken for ours because of its name.
#[test]
fn safe_02_a_name_that_is_taken_holds_the_start_and_is_left_alone() {
    for (kind, api, name) in [
        ("ConfigMap", "v1", "srv-config"),
        ("Service", "v1", "srv-headless"),
        ("Service", "v1", "srv-api"),
        ("StatefulSet", "apps/v1", "srv"),
    ] {
        let foreign = json!({ "apiVersion": api, "kind": kind,
            "metadata": { "name": name, "namespace": "files", "uid": "f", "resourceVersion": "1" } });
        let given = fresh().object(foreign.clone());
        let decided = given.decided();
        assert!(decided.contains(&"! * NameTaken".to_owned()), "{name}: {decided:?}");
        assert!(!decided.iter().any(|line| line.ends_with(&format!("{kind} {name}"))), "{name}: {decided:?}");
        assert!(!decided.contains(&"+ StatefulSet srv".to_owned()), "{name}: {decided:?}");
        assert!(given.settled_by_effects().objects.contains(&foreign));
    }
}

/// E-12: Kubernetes would make the StatefulSet, and never its pod.
#[test]
fn comp_02_a_name_that_no_pod_can_have_is_said_before_anything_is_made() {
    for name in ["files.example".to_owned(), "a".repeat(53)] {
        let given = fresh().with("/metadata/name", json!(name));
        assert!(given.decided().contains(&"! * NameTooLong".to_owned()), "{name}: {:?}", given.decided());
        let made = |line: &String| line.starts_with('+') && !line.contains("NetworkPolicy");
        assert!(!given.decided().iter().any(made), "{name}: {:?}", given.decided());
    }
}

/// C-4: what a user calls `srv-metrics` is the user's.
#[test]
fn safe_02_metrics_that_are_off_delete_nothing_but_ours() {
    let foreign = json!({ "apiVersion": "v1", "kind": "Service",
        "metadata": { "name": "srv-metrics", "namespace": "files", "uid": "f", "resourceVersion": "1" } });
    assert_eq!(writes(&settled().object(foreign)), NOTHING);
    let metrics = json!({ "enabled": true, "serviceMonitor": { "enabled": true } });
    let on = settled().with("/spec/metrics", metrics).settled_by_effects();
    assert!(on.objects.iter().any(|o| o["metadata"]["name"] == "srv-metrics"));
    assert!(!on.objects.iter().any(|o| o["kind"] == "ServiceMonitor"), "the cluster does not know the kind");
    let off = on.with("/spec/metrics", json!({ "enabled": false }));
    assert!(writes(&off).contains(&"- Service srv-metrics".to_owned()), "{:?}", off.decided());
}

#[test]
fn comp_02_a_service_monitor_comes_and_goes_where_the_kind_is_known() {
    let known = settled().object(json!({ "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition", "metadata": { "name": "servicemonitors.monitoring.coreos.com" } }));
    let monitor =
        |labels: Value| json!({ "enabled": true, "serviceMonitor": { "enabled": true, "labels": labels } });
    let on = known.with("/spec/metrics", monitor(json!({ "release": "a" })));
    assert!(writes(&on).contains(&"+ ServiceMonitor srv-metrics".to_owned()), "{:?}", on.decided());
    let on = on.settled_by_effects().settled_by_effects();
    assert_eq!(writes(&on), NOTHING);
    let other = on.clone().with("/spec/metrics", monitor(json!({ "team": "b" })));
    assert_eq!(writes(&other), ["~ ServiceMonitor srv-metrics"]);
    let labels =
        other.settled_by_effects().find("ServiceMonitor", "srv-metrics")["metadata"]["labels"].clone();
    assert_eq!((&labels["release"], &labels["team"]), (&Value::Null, &json!("b")));
    let off = on.with("/spec/metrics", json!({ "enabled": false }));
    assert!(writes(&off).contains(&"- ServiceMonitor srv-metrics".to_owned()), "{:?}", off.decided());
}

#[test]
fn auth_03_values_of_secrets_are_made_elsewhere_and_never_shown() {
    let given = fresh();
    let shown = format!("{:?}", given.effects());
    for value in ["a-signing-key-of-at-least-32-chars", "a-password"] {
        assert!(!shown.contains(value) && !format!("{:?}", given.cluster()).contains(value));
    }
    for effect in given.effects() {
        let Effect::Create(create) = effect else { continue };
        assert!(!create.object.to_json().unwrap().to_string().contains("a-password"));
    }
    let settled = given.settled_by_effects();
    let secret = settled.find("Secret", "srv-admin-bootstrap-credentials");
    let seen = dittofs_core::OwnObject::from_json(secret).unwrap().unwrap();
    assert_eq!(format!("{seen:?}"), "Secret srv-admin-bootstrap-credentials");
    // Without a value a Secret is planned, and cannot be sent.
    let mut cluster = given.cluster();
    cluster.own.fresh = dittofs_core::FreshSecrets::default();
    let effects = dittofs_core::decide(&given.observed, &cluster, &given.server());
    let unmade = effects.iter().filter_map(|e| if let Effect::Create(c) = e { Some(c) } else { None });
    assert_eq!(unmade.filter(|create| create.object.to_request().is_err()).count(), 2);
}

#[test]
fn comp_02_a_secret_that_lost_its_key_is_made_anew_if_it_is_ours() {
    let mut given = settled();
    let secret = given.objects.iter_mut().find(|o| o["metadata"]["name"] == "srv-jwt-secret").unwrap();
    set(secret, "/data", json!({}));
    let expected = ["- Secret srv-jwt-secret", "+ Secret srv-jwt-secret"];
    assert_eq!(writes(&given), expected);
    let secret = given.objects.iter_mut().find(|o| o["metadata"]["name"] == "srv-jwt-secret").unwrap();
    set(secret, "/metadata/ownerReferences", Value::Null);
    assert_eq!(writes(&given), NOTHING);
    assert!(given.decided().contains(&"! * SecretMissing".to_owned()), "{:?}", given.decided());
}

/// B-3: an error is no other content.
#[test]
fn safe_06_a_secret_that_is_gone_restarts_nothing_and_neither_does_its_return() {
    let ldap = json!({ "url": "ldaps://dc", "baseDN": "dc=x", "bindDN": "cn=x",
        "bindPasswordSecretRef": { "name": "ldap", "key": "pw" } });
    let secret = |value: &str| {
        json!({ "apiVersion": "v1", "kind": "Secret", "data": { "pw": value },
                "metadata": { "name": "ldap", "namespace": "files", "uid": "l", "resourceVersion": "1" } })
    };
    let with = settled().with("/spec/identity/ldap", ldap).object(secret("YQ=="));
    let with = with.settled_by_effects();
    assert_eq!(writes(&with), NOTHING);
    let mut gone = with.clone();
    gone.objects.retain(|o| o["metadata"]["name"] != "ldap");
    assert_eq!(writes(&gone), NOTHING);
    assert!(gone.decided().contains(&"! * SecretMissing".to_owned()), "{:?}", gone.decided());
    assert_eq!(writes(&gone.clone().object(secret("YQ=="))), NOTHING, "it is back, and as it was");
    // D-12: another password of the directory needs a restart.
    assert_eq!(writes(&gone.object(secret("Yg=="))), ["~ StatefulSet srv"]);
}

#[test]
fn obsv_02_an_install_is_told_in_events_and_says_nothing_twice() {
    let executed = fresh()
        .executed(|_: &Effect| -> Option<Outcome> { dittofs_core::testing::succeeds(&fresh().effects()[0]) });
    let status = fresh().status(&executed, None, "2026-01-01T00:00:00Z");
    let events = dittofs_core::events::events(None, &status, &executed);
    let reasons: Vec<&str> = events.iter().map(|event| event.reason).collect();
    for reason in ["ConfigMapCreated", "SecretCreated", "ServiceCreated", "StatefulSetCreated"] {
        assert!(reasons.contains(&reason), "{reason} in {reasons:?}");
    }
}
