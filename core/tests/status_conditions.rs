//! What a status says of the server, condition by condition (OBSV-02).

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may give up as tests do")]

mod status_support;

use dittofs_core::api::{DittoServer, Phase};
use dittofs_core::session::condition::Reason;
use dittofs_core::status::{MESSAGE_LIMIT, patch, unreadable};
use dittofs_core::testing::{Given, but, entry, service, session, stateful_set, succeeds, time};
use dittofs_core::{Observation, Why};
use serde_json::{Value, json};
use status_support::{EVENING, MORNING, held, is, list, message, paused, settled, state, told, undone};

#[test]
fn phase_and_replicas_are_the_stateful_set_s_at_its_current_revision() {
    let set = |given: Given, change: &dyn Fn(Value) -> Value| {
        let objects = given
            .objects
            .iter()
            .map(|o| if o["kind"] == "StatefulSet" { change(o.clone()) } else { o.clone() });
        Given { objects: objects.collect(), ..given.clone() }
    };
    let plain = |change: &dyn Fn(Value) -> Value| told(&set(settled(), change));
    let none = |pointer: &'static str| move |set: Value| but(set, pointer, Value::Null);
    let unready = plain(&none("/status/readyReplicas"));
    assert_eq!((unready.phase, unready.ready_replicas), (Some(Phase::Pending), None));
    is(&unready, "Available", "False", "NoReplicasAvailable");
    is(&unready, "Progressing", "True", "ScalingReplicas");
    is(&unready, "Reconciling", "True", "ScalingReplicas");
    assert!(message(&unready, "Ready").starts_with("[NotAvailable StillProgressing]: 0 of 1 pods are ready"));
    let old = plain(&none("/status/updatedReplicas"));
    assert_eq!((old.phase, old.ready_replicas), (Some(Phase::Pending), None), "a pod of the old revision");
    is(&old, "Progressing", "True", "StatefulSetUpdating");
    let behind = plain(&|set| {
        but(none("/status/updatedReplicas")(set), "/spec/updateStrategy", json!({ "type": "OnDelete" }))
    });
    assert_eq!(behind.phase, Some(Phase::Running), "left behind on purpose");
    is(&behind, "Progressing", "False", "ReconcileComplete");
    let lagging = plain(&|set| but(set, "/metadata/generation", json!(9)));
    is(&lagging, "Progressing", "True", "StatefulSetUpdating");
    let available = plain(&|set| but(set, "/status/availableReplicas", json!(1)));
    assert_eq!(available.available_replicas, Some(1));
    let mut missing = settled();
    missing.objects.retain(|o| o["kind"] != "StatefulSet");
    assert_eq!((told(&missing).phase, told(&missing).config_hash), (Some(Phase::Pending), None));
    let stopped = told(&settled().with("/spec/replicas", json!(0)));
    assert_eq!((stopped.phase, stopped.replicas), (Some(Phase::Stopped), Some(0)));
    is(&stopped, "Available", "True", "Stopped");
    is(&stopped, "AdaptersDiscovered", "False", "ScaledToZero");
    let stopped = set(settled().with("/spec/replicas", json!(0)), &none("/status/readyReplicas"));
    is(
        &told(&set(stopped, &|set| but(set, "/spec/replicas", json!(0)))),
        "Ready",
        "True",
        "AllConditionsMet",
    );
}

#[test]
fn a_server_that_is_deleted_says_so_and_nothing_else() {
    let given = settled().with("/metadata/deletionTimestamp", json!(MORNING));
    let status = told(&given);
    assert_eq!(status.phase, Some(Phase::Deleting));
    is(&status, "Ready", "False", "Deleting");
    is(&status, "Reconciling", "True", "Deleting");
    is(&status, "AdaptersDiscovered", "False", "Deleting");
    assert_eq!((status.adapters.len(), state(&status, "nfs")), (2, held("Deleting")));
    is(&status, "Stalled", "False", "NotStalled");
    let kept = undone(&paused(given));
    is(&kept, "Reconciling", "False", "Paused");
    is(&kept, "Stalled", "True", "Paused");
    assert!(
        message(&kept, "Stalled").contains("being deleted, but nothing is executed: remove the annotation")
    );
}

#[test]
fn obsv_02_ready_is_all_the_others_and_names_who_is_not() {
    let before = |name: &str, status: &str| {
        json!({ "conditions": [{ "type": name, "status": status, "reason": "Theirs", "message": "m",
                                 "lastTransitionTime": MORNING }] })
    };
    let lacking = told(&settled().with("/status", before("ConfigReady", "False")));
    assert_eq!(message(&lacking, "Ready"), "[ConfigNotReady]: m");
    is(&lacking, "ConfigReady", "False", "Theirs");
    is(&told(&settled().with("/status", before("ConfigReady", "True"))), "Ready", "True", "AllConditionsMet");
    let database = settled().with("/status", before("DatabaseReady", "False"));
    is(&told(&database), "Ready", "True", "AllConditionsMet");
    let percona = database.with("/spec/percona/enabled", json!(true));
    assert!(message(&told(&percona), "Ready").starts_with("[DatabaseNotReady]"));
    assert_eq!(told(&percona).percona_cluster_name.as_deref(), Some("srv-postgres"));
    let off = percona.clone().having(&told(&percona)).with("/spec/percona/enabled", json!(false));
    assert_eq!(told(&off).percona_cluster_name.as_deref(), Some("srv-postgres"), "never taken back");
    let alone = settled();
    let alone = alone.status(&[], None, MORNING);
    assert_eq!(message(&alone, "Ready"), "[NotAuthenticated]: not known yet");
    assert!(alone.conditions.iter().all(|c| c.type_ != "Authenticated"), "nothing was tried yet");
    let known = settled().having(&told(&settled()));
    is(&known.status(&[], None, EVENING), "Authenticated", "True", "Authenticated");
}

#[test]
fn stalled_is_what_waits_for_somebody() {
    let by = |reason| {
        let given = settled();
        given.status(&given.executed(succeeds), Some(&session(reason)), MORNING)
    };
    for reason in [
        Reason::AdminSecretMissing,
        Reason::AccountDisabled,
        Reason::AccountRoleWrong,
        Reason::TlsVerificationFailed,
    ] {
        is(&by(reason), "Stalled", "True", reason.as_str());
        assert_eq!(message(&by(reason), "Stalled"), format!("told of {}", reason.as_str()));
        assert!(message(&by(reason), "Ready").starts_with("[NotAuthenticated]: told of"));
    }
    for reason in
        [Reason::Authenticated, Reason::TooMuchPrivilege, Reason::Provisioning, Reason::ApiUnreachable]
    {
        is(&by(reason), "Stalled", "False", "NotStalled");
    }
    is(&by(Reason::TooMuchPrivilege), "Ready", "True", "AllConditionsMet");
    let foreign = but(service("web", 80), "/metadata/ownerReferences", json!([]));
    let taken = settled().object(foreign).running(&[("nfs", 12049), ("smb", 1445), ("web", 80)]);
    is(&told(&taken), "Stalled", "True", "NameTaken");
    assert!(message(&told(&taken), "Stalled").starts_with("web: "));
    let invalid = settled().with("/spec/adapterServices/nameTemplate", json!("no-type"));
    is(&told(&invalid), "Stalled", "True", "InvalidSpec");
    assert!(message(&told(&invalid), "Stalled").contains("spec.adapterServices.nameTemplate"));
}

#[test]
fn a_rollout_is_reconciled_and_holds_nobody() {
    let mut given = settled();
    for object in &mut given.objects {
        if object["kind"] == "StatefulSet" {
            *object = but(stateful_set(&[("nfs", 12049)]), "/status/updatedReplicas", json!(0));
        }
    }
    let status = told(&given);
    is(&status, "AdaptersReady", "True", "AdaptersExposed");
    is(&status, "Reconciling", "True", "StatefulSetUpdating");
}

#[test]
fn a_resource_that_does_not_parse_keeps_what_was_known() {
    let known = told(&settled());
    let status = unreadable(Some(&known), Some(5), "spec.replicas: invalid type", &time(EVENING));
    for (name, value) in [("Ready", "False"), ("Reconciling", "False"), ("Stalled", "True")] {
        is(&status, name, value, "InvalidSpec");
        assert!(message(&status, name).contains("spec.replicas: invalid type"));
    }
    is(&status, "AdaptersReady", "True", "AdaptersExposed");
    assert_eq!((status.observed_generation, status.phase), (Some(5), Some(Phase::Running)));
    assert_eq!(status.adapters, known.adapters);
    let fresh = unreadable(None, None, "no spec", &time(EVENING));
    assert_eq!((fresh.phase, fresh.conditions.len()), (Some(Phase::Pending), 3));
    assert_eq!(unreadable(Some(&fresh), None, "no spec", &time(MORNING)), fresh, "once");
}

#[test]
fn times_move_with_the_status_alone_and_nothing_is_written_when_nothing_changes() {
    let first = told(&settled());
    let resource = |given: &Given| -> DittoServer { serde_json::from_value(given.resource.clone()).unwrap() };
    let whole = patch(&resource(&settled()), &first).unwrap();
    assert_eq!(whole["status"], json!(first));
    let given = settled().having(&first).with("/metadata/resourceVersion", json!("9"));
    let executed = given.executed(succeeds);
    let again = given.status(&executed, Some(&session(Reason::Authenticated)), EVENING);
    assert_eq!((&again, patch(&resource(&given), &again)), (&first, None));
    let given = Given { observed: Observation::NotYetPolled, ..given };
    let given = given.answer("null");
    let later = given.status(&given.executed(succeeds), Some(&session(Reason::TooMuchPrivilege)), EVENING);
    let since = |name: &str| {
        let found = later.conditions.iter().find(|c| c.type_ == name).unwrap();
        found.last_transition_time.clone()
    };
    assert_eq!((since("AdaptersReady"), since("Ready")), (time(EVENING), time(EVENING)));
    assert_eq!((since("Available"), since("Authenticated")), (time(MORNING), time(MORNING)));
    is(&later, "Authenticated", "True", "TooMuchPrivilege");
    let change = patch(&resource(&given), &later).unwrap();
    assert_eq!(change["metadata"], json!({ "resourceVersion": "9" }));
    let written: Vec<&String> = change["status"].as_object().unwrap().keys().collect();
    assert_eq!(written, ["adapters", "conditions", "summary"], "what is the same is not sent");
    let mut fewer = first.clone();
    fewer.config_hash = None;
    assert_eq!(patch(&resource(&given), &fewer).unwrap()["status"], json!({ "configHash": null }));
}

#[test]
fn an_operator_that_restarts_forgets_nothing_that_was_held() {
    let outage =
        Given { observed: Observation::Unavailable(Why::NoAnswer("refused".to_owned())), ..settled() };
    let before = told(&outage);
    let started = Given { observed: Observation::NotYetPolled, ..outage.clone() }.having(&before);
    let after = told(&started);
    is(&after, "AdaptersDiscovered", "False", "ApiUnavailable");
    assert_eq!(state(&after, "nfs"), held("ApiUnavailable"));
    let well = Given { observed: Observation::NotYetPolled, ..settled() }.having(&told(&settled()));
    is(&told(&well), "AdaptersDiscovered", "False", "NotYetPolled");
    assert_eq!(state(&told(&well), "nfs"), held("NotYetPolled"));
}

#[test]
fn messages_are_bounded() {
    let many: Vec<Value> = (0..200).map(|n| entry(&format!("a{n}"), true, true, 8080)).collect();
    let status = told(&settled().answer(&list(&many)));
    let longest = status.conditions.iter().map(|c| c.message.chars().count()).max();
    assert_eq!(longest, Some(MESSAGE_LIMIT));
    assert!(message(&status, "AdaptersReady").ends_with('…'));
    let words = "x".repeat(MESSAGE_LIMIT);
    let exact = unreadable(None, None, &words, &time(MORNING));
    assert!(exact.conditions.iter().all(|c| c.message.chars().count() == MESSAGE_LIMIT));
}
