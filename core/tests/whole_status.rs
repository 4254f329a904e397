//! What a status says of a server whose workload is ours (F-1, F-3, F-7).

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may give up as tests do")]

mod status_support;
mod support;

use dittofs_core::api::Phase;
use dittofs_core::effects::{Effect, Kind, Outcome};
use dittofs_core::session::condition::Reason;
use dittofs_core::testing::{Given, session, succeeds};
use serde_json::json;
use status_support::{MORNING, is, message, told, undone};
use support::whole::fresh;

fn needing(secret: &str) -> Given {
    fresh().with("/spec/identity/jwt/secretRef", json!({ "name": secret, "key": "k" }))
}

#[test]
fn obsv_02_config_ready_is_ours_and_counts_the_secrets() {
    let installed = fresh().settled_by_effects();
    is(&told(&installed), "ConfigReady", "True", "ConfigValid");
    is(&undone(&fresh()), "ConfigReady", "False", "Pending");
    let status = told(&needing("mine"));
    is(&status, "ConfigReady", "False", "SecretMissing");
    assert!(message(&status, "ConfigReady").contains("Secret mine"), "{status:#?}");
    assert_eq!(status.phase, Some(Phase::Failed), "somebody has to make it");
    is(&status, "Stalled", "True", "SecretMissing");
    let foreign = json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "srv-config",
        "namespace": "files", "uid": "f", "resourceVersion": "1" } });
    is(&told(&fresh().object(foreign)), "ConfigReady", "False", "NameTaken");
    assert!(
        told(&Given::default()).conditions.iter().all(|c| c.type_ != "ConfigReady"),
        "somebody else's to say"
    );
}

#[test]
fn obsv_02_a_refused_configuration_is_told_and_is_no_adapter_s_fault() {
    let forbidden = |effect: &Effect| {
        let is_config = effect.target().is_some_and(|target| target.kind == Kind::ConfigMap);
        if is_config { Some(Outcome::Forbidden("no".to_owned())) } else { succeeds(effect) }
    };
    let executed = fresh().executed(forbidden);
    let status = fresh().status(&executed, Some(&session(Reason::Authenticated)), MORNING);
    is(&status, "ConfigReady", "False", "Forbidden");
    let events = dittofs_core::events::events(None, &status, &executed);
    assert!(
        events.iter().any(|e| e.reason == "ReconcileFailed" && e.message.contains("srv-config")),
        "{events:?}"
    );
    assert!(
        dittofs_core::events::events(Some(&status), &status, &executed)
            .iter()
            .all(|e| e.reason != "ReconcileFailed")
    );
}

#[test]
fn obsv_02_a_missing_secret_is_an_event_once() {
    let given = needing("mine");
    let executed = given.executed(succeeds);
    let status = given.status(&executed, None, MORNING);
    let said = |before| {
        let events = dittofs_core::events::events(before, &status, &executed);
        events.iter().filter(|event| event.reason == "SecretMissing").count()
    };
    assert_eq!((said(None), said(Some(&status))), (1, 0));
}

#[test]
fn obsv_02_percona_is_not_named_once_it_is_off_and_nobody_speaks_for_the_database() {
    let status = json!({ "perconaClusterName": "srv-postgres", "conditions": [{ "type": "DatabaseReady",
        "status": "False", "reason": "PerconaNotReady", "message": "", "lastTransitionTime": MORNING }] });
    let given = fresh().settled_by_effects().with("/status", status);
    let after = told(&given);
    assert_eq!(after.percona_cluster_name, None);
    assert!(after.conditions.iter().all(|condition| condition.type_ != "DatabaseReady"));
    let on = told(&given.with("/spec/percona", json!({ "enabled": true })));
    assert_eq!(on.percona_cluster_name.as_deref(), Some("srv-postgres"));
}
