//! What a status says of all adapters together: whether they are known, and ready (OBSV-02).

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may give up as tests do")]

mod status_support;

use dittofs_core::api::{AdapterState, AdapterStatus, Phase};
use dittofs_core::effects::{Effect, Outcome};
use dittofs_core::testing::{Given, but, entry, pod, stateful_set, succeeds};
use dittofs_core::{NoPod, Observation, Why, wire};
use serde_json::json;
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
