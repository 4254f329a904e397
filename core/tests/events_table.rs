//! What is told in events: writes, refusals and holds, each once (SRVC-08, OBSV-01).

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may give up as tests do")]

use dittofs_core::api::{DittoServerStatus, Phase};
use dittofs_core::effects::{Effect, Executed, Kind, Outcome};
use dittofs_core::events::{created, events};
use dittofs_core::session::condition::Reason;
use dittofs_core::status::MESSAGE_LIMIT;
use dittofs_core::testing::{Given, but, entry, pod, session, stateful_set, succeeds};
use dittofs_core::{Event, EventType, Observation, Why, wire};
use serde_json::{Value, json};

const NOW: &str = "2030-01-01T08:00:00Z";

fn settled() -> Given {
    let adapters = [("nfs", 12049), ("smb", 1445)];
    Given::default().settled(&adapters).running(&adapters)
}

fn list(entries: &[Value]) -> String {
    Value::from(entries.to_vec()).to_string()
}

/// A cycle, and the world in which the next one begins.
fn cycle(given: &Given, executed: &[Executed]) -> (DittoServerStatus, Vec<Event>) {
    let before: Option<DittoServerStatus> = serde_json::from_value(given.resource["status"].clone()).unwrap();
    let status = given.status(executed, Some(&session(Reason::Authenticated)), NOW);
    let told = events(before.as_ref(), &status, executed);
    (status, told)
}

fn told(given: &Given, outcome: impl Fn(&Effect) -> Option<Outcome>) -> Vec<String> {
    lines(&cycle(given, &given.executed(outcome)).1)
}

/// `W AdapterHeld Service/srv-adapter-nfs`, in their order.
fn lines(events: &[Event]) -> Vec<String> {
    let line = |event: &Event| {
        assert!(!event.message.is_empty() && event.message.chars().count() <= MESSAGE_LIMIT);
        let kind = &event.kind.as_str()[..1];
        let related = event.related.as_ref().map(|r| format!(" {}/{}", r.kind, r.name)).unwrap_or_default();
        format!("{kind} {}{related}", event.reason)
    };
    events.iter().map(line).collect()
}

/// The same, in a world that has been told already.
fn known(given: &Given) -> Given {
    let (status, _) = cycle(given, &given.executed(succeeds));
    given.clone().having(&status)
}

const NOTHING: [&str; 0] = [];

#[test]
fn srvc_08_writes_are_told_with_their_object() {
    let fresh = Given { objects: vec![stateful_set(&[]), pod()], ..settled() };
    assert_eq!(
        told(&fresh, succeeds),
        [
            "N BaselineNetworkPolicyCreated NetworkPolicy/srv-baseline",
            "N ContainerPortsUpdated StatefulSet/srv",
            "N AdapterNetworkPolicyCreated NetworkPolicy/srv-adapter-nfs",
            "N AdapterNetworkPolicyCreated NetworkPolicy/srv-adapter-smb",
            "N AdapterServiceCreated Service/srv-adapter-nfs",
            "N AdapterServiceCreated Service/srv-adapter-smb",
        ]
    );
    let (_, events) = cycle(&fresh, &fresh.executed(succeeds));
    assert_eq!(events[4].message, "created Service files/srv-adapter-nfs: enabled and running on port 12049");
    let moved = known(&settled()).running(&[("nfs", 2050)]);
    assert_eq!(
        told(&moved, succeeds),
        [
            "N AdapterNetworkPolicyDeleted NetworkPolicy/srv-adapter-smb",
            "N AdapterServiceDeleted Service/srv-adapter-smb",
            "N ContainerPortsUpdated StatefulSet/srv",
            "N AdapterNetworkPolicyUpdated NetworkPolicy/srv-adapter-nfs",
            "N AdapterServiceUpdated Service/srv-adapter-nfs",
        ]
    );
    assert_eq!(told(&fresh, |_| None), NOTHING, "what nobody did is not told");
    assert_eq!(created().reason, "Created");
}

#[test]
fn a_steady_state_is_silent_and_so_is_a_restart() {
    assert_eq!(told(&settled(), succeeds), NOTHING);
    assert_eq!(told(&known(&settled()), succeeds), NOTHING);
    let restarted = Given { observed: Observation::NotYetPolled, ..known(&settled()) };
    assert_eq!(told(&restarted, succeeds), NOTHING);
    let restarted = known(&restarted).running(&[("nfs", 12049), ("smb", 1445)]);
    assert_eq!(told(&restarted, succeeds), NOTHING);
}

#[test]
fn strategies_are_told_where_somebody_asked() {
    let set = |change: &dyn Fn(Value) -> Value| {
        let mut given = known(&settled());
        for object in given.objects.iter_mut().filter(|o| o["kind"] == "StatefulSet") {
            *object = change(but(object.clone(), "/spec/updateStrategy", json!({ "type": "OnDelete" })));
        }
        told(&given, succeeds)
    };
    assert_eq!(set(&|set| set), NOTHING, "the rollout is over");
    let restart = set(&|set| but(set, "/spec/template/metadata/annotations/restartedAt", json!("now")));
    assert_eq!(restart, ["N RestartCarriedOut StatefulSet/srv"]);
}

#[test]
fn an_outage_is_told_once_and_not_for_each_adapter() {
    let answer = |given: &Given, status, body: &str| Given {
        observed: wire::observe(status, Some("application/json"), body.as_bytes()),
        ..given.clone()
    };
    let well = known(&settled());
    for (status, body) in [(503, ""), (200, "[]"), (401, "")] {
        let outage = answer(&well, status, body);
        assert_eq!(told(&outage, succeeds), ["W AdaptersHeld"]);
        let outage = known(&outage);
        assert_eq!(told(&outage, succeeds), NOTHING);
        let restarted = known(&Given { observed: Observation::NotYetPolled, ..outage.clone() });
        assert_eq!(told(&answer(&restarted, status, body), succeeds), NOTHING, "a restart repeats nothing");
        let over = outage.running(&[("nfs", 12049), ("smb", 1445)]);
        assert_eq!(told(&over, succeeds), ["N AdaptersDiscovered"]);
    }
    let other = answer(&known(&answer(&well, 503, "")), 200, "[]");
    let (_, events) = cycle(&other, &other.executed(succeeds));
    assert_eq!(lines(&events), ["W AdaptersHeld"], "another code");
    assert!(events[0].message.starts_with("EmptyList: "));
}

#[test]
fn a_pod_that_restarts_and_a_server_that_is_stopped_are_no_warnings() {
    let mut unready = known(&settled());
    unready.objects.retain(|o| o["kind"] != "Pod");
    let unready = unready.object(but(pod(), "/status/conditions", json!([])));
    assert_eq!(told(&unready, succeeds), ["N AdaptersHeld"]);
    let ready = Given { objects: settled().objects, ..known(&unready) };
    assert_eq!(told(&ready, succeeds), NOTHING, "nobody was worried");
    let stopped = known(&settled()).with("/spec/replicas", json!(0));
    assert_eq!(told(&stopped, succeeds), ["N AdaptersHeld"]);
}

#[test]
fn obsv_01_a_hold_is_told_once_per_change_of_code() {
    let reserved = known(&settled()).running(&[("nfs", 12049), ("smb", 1445), ("api", 8080)]);
    let (_, events) = cycle(&reserved, &reserved.executed(succeeds));
    assert_eq!(lines(&events), ["W AdapterHeld"]);
    assert!(events[0].message.starts_with("api: ReservedPort: "));
    assert_eq!(told(&known(&reserved), succeeds), NOTHING);
    let clash = known(&reserved).running(&[("nfs", 12049), ("smb", 1445), ("api", 1445)]);
    assert_eq!(
        told(&clash, succeeds),
        ["W AdapterHeld", "W AdapterHeld"],
        "api has another code, smb has one"
    );
    let stopped = list(&[entry("nfs", true, true, 12049), entry("smb", true, false, 1445)]);
    assert_eq!(told(&known(&settled()).answer(&stopped), succeeds), ["N AdapterHeld"], "it may be rebinding");
    let unnamed = list(&[entry("nfs", true, true, 12049), entry("smb", true, true, 1445), json!({})]);
    let unnamed = known(&settled()).answer(&unnamed);
    assert_eq!(told(&unnamed, succeeds), ["W AdaptersHeld"]);
    assert_eq!(told(&known(&unnamed), succeeds), NOTHING);
}

#[test]
fn a_part_that_is_held_is_told_as_such() {
    let class = json!([{ "adapter": "nfs", "loadBalancerClass": "x" }]);
    let given = known(&settled()).with("/spec/adapterServices/overrides", class);
    let part = told(&given, succeeds);
    assert_eq!(part, ["W AdapterPartlyHeld"]);
    assert_eq!(told(&known(&given), succeeds), NOTHING);
}

#[test]
fn modes_are_no_warnings() {
    let gone = |given: Given| given.running(&[("nfs", 12049)]);
    let paused = gone(known(&settled())).with("/metadata/annotations/dittofs.io~1paused", json!("true"));
    assert_eq!(told(&paused, |_| None), ["N AdaptersHeld"], "two deletions wait");
    let (status, _) = cycle(&paused, &paused.executed(|_| None));
    assert_eq!(told(&paused.having(&status), |_| None), NOTHING);
    let kept = gone(known(&settled())).with("/spec/adapterDiscovery/mode", json!("UpsertOnly"));
    assert_eq!(told(&kept, succeeds), ["N AdapterHeld"]);
}

#[test]
fn refusals_are_told_once_and_by_their_kind() {
    let fresh = Given { objects: vec![stateful_set(&[]), pod()], ..settled() };
    let refusing = |kind: Kind| {
        move |effect: &Effect| {
            let is = effect.target().is_some_and(|target| target.kind == kind);
            if is { Some(Outcome::Forbidden("no".to_owned())) } else { succeeds(effect) }
        }
    };
    let refused = |given: &Given, kind| {
        let (status, events) = cycle(given, &given.executed(refusing(kind)));
        let warnings: Vec<Event> = events.into_iter().filter(|e| e.kind == EventType::Warning).collect();
        (status, lines(&warnings))
    };
    let (status, warnings) = refused(&fresh, Kind::Service);
    assert_eq!(
        warnings,
        ["W AdapterServiceFailed Service/srv-adapter-nfs", "W AdapterServiceFailed Service/srv-adapter-smb",]
    );
    assert_eq!(refused(&fresh.clone().having(&status), Kind::Service).1, NOTHING, "not for each try");
    assert_eq!(
        refused(&fresh, Kind::NetworkPolicy).1,
        [
            "W NetworkPolicyFailed NetworkPolicy/srv-baseline",
            "W NetworkPolicyFailed NetworkPolicy/srv-adapter-nfs",
            "W NetworkPolicyFailed NetworkPolicy/srv-adapter-smb",
        ]
    );
    let (status, warnings) = refused(&fresh, Kind::StatefulSet);
    assert_eq!(warnings, ["W ContainerPortsFailed StatefulSet/srv"]);
    assert_eq!(refused(&fresh.clone().having(&status), Kind::StatefulSet).1, NOTHING);
    assert_eq!(told(&fresh, |_| Some(Outcome::Conflict)), NOTHING, "no error: decided again");
}

#[test]
fn a_deletion_is_told_once() {
    let going = known(&settled()).with("/metadata/deletionTimestamp", json!(NOW));
    assert_eq!(told(&going, succeeds), ["N Deleting"]);
    let (status, _) = cycle(&going, &going.executed(succeeds));
    assert_eq!(status.phase, Some(Phase::Deleting));
    assert_eq!(told(&going.having(&status), succeeds), NOTHING);
}

#[test]
fn a_taken_name_of_the_whole_server_is_told() {
    let foreign = but(stateful_set(&[]), "/metadata/ownerReferences", json!([]));
    let mut given = known(&settled());
    given.objects.retain(|o| o["kind"] != "StatefulSet");
    let given = given.object(foreign);
    let (_, events) = cycle(&given, &given.executed(succeeds));
    assert_eq!(lines(&events), ["W AdaptersHeld"]);
    assert!(events[0].message.starts_with("NameTaken: StatefulSet srv"));
    let without = Given { observed: Observation::Unavailable(Why::NoToken), ..known(&given) };
    assert_eq!(told(&without, succeeds), ["W AdaptersHeld"]);
}
