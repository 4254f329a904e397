//! COMP-01: clusters that the Go operator v0.29 wrote, taken over.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may give up as tests do")]

mod support;

use std::collections::BTreeSet;
use std::path::Path;

use dittofs_core::NoPod;
use dittofs_core::effects::{AdapterType, Change, Effect, Kind};
use dittofs_core::testing::entry;
use dittofs_interpreters::memory::World;
use dittofs_proptests::case::{Answer, Case, Decided};
use dittofs_proptests::raw;
use serde_json::Value;

fn case(file: &Path, answer: Answer) -> Case {
    let mut objects = support::objects(file);
    for object in &mut objects {
        object["metadata"].as_object_mut().unwrap().remove("managedFields");
    }
    let resource = objects.iter().find(|o| o["kind"] == "DittoServer").unwrap().clone();
    let world = World::from_objects(objects).unwrap();
    Case {
        resource,
        answer,
        confirmed: false,
        world,
        no_pod: NoPod::NotReady,
        refusals: Vec::new(),
        whole: false,
    }
}

fn running() -> Answer {
    Answer::list(&[entry("nfs", true, true, 12049), entry("smb", true, true, 1445)])
}

fn changes(decided: &Decided, kind: Kind, adapter: Option<&str>) -> Vec<Change> {
    let updates =
        decided.effects.iter().filter_map(|e| if let Effect::Update(u) = e { Some(u) } else { None });
    let of = |u: &&dittofs_core::effects::Update| {
        u.target.kind == kind && u.adapter.as_ref().map(AdapterType::as_str) == adapter
    };
    updates.filter(of).flat_map(|u| u.reason.changes.clone()).collect()
}

/// Ports that are closed, each with its reason.
fn closed(changes: &[Change]) -> BTreeSet<&str> {
    let closed = changes.iter().filter_map(|c| match c {
        Change::PortClosed { port, why } => {
            assert!(!why.is_empty(), "{port} is closed without a reason");
            Some(port.split(' ').next().unwrap())
        }
        _ => None,
    });
    closed.collect()
}

/// Ports that the container no longer declares.
fn undeclared(changes: &[Change]) -> BTreeSet<&str> {
    let ports =
        changes.iter().filter_map(|c| if let Change::PortUndeclared(port) = c { Some(port) } else { None });
    ports.filter_map(|port| port.split(' ').next()).collect()
}

fn identities(world: &World, decided: &Decided) -> BTreeSet<(String, String, String)> {
    let identity = |(name, o): (&str, &Value)| {
        (name.to_owned(), raw::text(o, "/metadata/uid").to_owned(), o["spec"]["clusterIP"].to_string())
    };
    raw::of_kind(world, "Service", &decided.server).map(identity).collect()
}

fn restarts(decided: &Decided) -> u64 {
    let mut world = decided.after().clone();
    world.settle();
    world.restarts(&decided.server.namespace, &decided.server.name)
}

#[test]
fn comp_01_a_takeover_recreates_no_service_restarts_no_pod_and_closes_what_nobody_asked_for() {
    for file in ["annotated.yaml", "minimal.yaml", "dittofs_v1alpha1_dittofs_memory.yaml"] {
        let decided = support::decided(&case(&support::fixture("written").join(file), running()));
        assert!(decided.went_well(), "{file}: {:?}", decided.outcomes);
        let updates_only = decided.effects.iter().all(|e| matches!(e, Effect::Update(_)));
        assert!(updates_only, "{file}: {:?}", support::lines(&decided));
        let (before, after) = (identities(decided.before(), &decided), identities(decided.after(), &decided));
        assert_eq!(before, after, "{file}: the Services and their addresses stay");

        let (tcp_udp, nfs) =
            (changes(&decided, Kind::Service, Some("nfs")), ["111/TCP", "111/UDP", "12049/UDP", "5353/UDP"]);
        assert_eq!(closed(&tcp_udp), nfs.into(), "{file}");
        let smb = changes(&decided, Kind::Service, Some("smb"));
        assert_eq!(closed(&smb), ["3702/UDP", "5353/UDP", "5357/TCP"].into(), "{file}");
        let policy = changes(&decided, Kind::NetworkPolicy, Some("nfs"));
        assert_eq!(closed(&policy), ["10111/TCP", "10111/UDP", "12049/UDP"].into(), "{file}");
        assert!(changes(&decided, Kind::NetworkPolicy, Some("smb")).is_empty(), "{file}");
        assert!(changes(&decided, Kind::NetworkPolicy, None).is_empty(), "{file}");
        let ports = changes(&decided, Kind::StatefulSet, None);
        let container = ["10111/TCP", "10111/UDP", "3702/UDP", "5353/UDP", "5357/TCP"];
        assert_eq!(undeclared(&ports), container.into(), "{file}");

        assert!(ports.contains(&Change::Strategy("OnDelete")), "{file}: {ports:?}");
        assert_eq!(restarts(&decided), 0, "{file}");
        assert!(decided.again(decided.after()).is_empty(), "{file}: once is enough");
    }
}

/// With everything opted in, a takeover closes nothing, and only writes its books.
#[test]
fn comp_01_a_takeover_with_every_companion_asked_for_closes_nothing() {
    let mut case = case(&support::fixture("written/minimal.yaml"), running());
    let asked = serde_json::json!([
        { "adapter": "nfs", "companionPorts": ["Portmapper", "UDP", "MDNS"] },
        { "adapter": "smb", "companionPorts": ["WSDiscovery", "MDNS"] },
    ]);
    dittofs_core::testing::set(&mut case.resource, "/spec/adapterServices/overrides", asked);
    let decided = support::decided(&case);
    for adapter in ["nfs", "smb"] {
        assert!(closed(&changes(&decided, Kind::Service, Some(adapter))).is_empty());
        assert!(closed(&changes(&decided, Kind::NetworkPolicy, Some(adapter))).is_empty());
    }
    assert!(changes(&decided, Kind::StatefulSet, None).is_empty(), "{:?}", support::lines(&decided));
    assert!(decided.again(decided.after()).is_empty(), "once is enough");
}

/// Before the first answer a takeover changes nothing.
#[test]
fn comp_01_a_takeover_waits_for_the_first_report() {
    for file in ["annotated.yaml", "minimal.yaml", "dittofs_v1alpha1_dittofs_memory.yaml"] {
        for answer in [Answer::NotPolled, Answer::None, Answer::json("[]")] {
            let decided = support::decided(&case(&support::fixture("written").join(file), answer));
            assert!(decided.writes().next().is_none(), "{file}: {:?}", support::lines(&decided));
        }
    }
}

#[test]
fn comp_01_every_cluster_that_was_written_is_taken_over_without_a_loss() {
    let Some(folder) = support::beside("upstream/written") else { return };
    let files = support::files(&folder, "yaml");
    assert_eq!(files.len(), 8);
    for file in files {
        for answer in [running(), Answer::NotPolled, Answer::json("[]")] {
            let decided = support::decided(&case(&file, answer));
            let gone = decided.effects.iter().any(|e| matches!(e, Effect::Delete(_)));
            assert!(!gone, "{}: {:?}", file.display(), support::lines(&decided));
            assert_eq!(restarts(&decided), 0, "{}", file.display());
        }
    }
}

/// The same clusters, handed over as a whole: what is written are our books, and what the adapters need.
#[test]
fn comp_01_the_whole_workload_is_taken_over_without_a_restart() {
    let folder = support::fixture("written");
    let files = support::files(&folder, "yaml");
    assert_eq!(files.len(), 8);
    for file in files {
        for answer in [running(), Answer::NotPolled, Answer::json("[]")] {
            let mut case = case(&file, answer);
            case.whole = true;
            let decided = support::decided(&case);
            let lines = support::lines(&decided);
            assert!(decided.went_well(), "{}: {:?}", file.display(), decided.outcomes);
            assert_eq!(restarts(&decided), 0, "{}: {lines:?}", file.display());
            let of_workload = |kind: Kind| {
                matches!(
                    kind,
                    Kind::ConfigMap | Kind::Secret | Kind::StatefulSet | Kind::PersistentVolumeClaim
                )
            };
            let replaced = decided.effects.iter().any(|effect| {
                matches!(effect, Effect::Delete(_)) && effect.target().is_some_and(|t| of_workload(t.kind))
            });
            assert!(!replaced, "{}: {lines:?}", file.display());
            // The Go operator waits for a database there, so that there is no StatefulSet yet.
            let is_waiting = file.ends_with("dittofs_v1alpha1_dittoserver_percona.yaml");
            let created = |effect: &Effect| {
                matches!(effect, Effect::Create(_)) && effect.target().is_some_and(|t| of_workload(t.kind))
            };
            assert_eq!(decided.effects.iter().any(created), is_waiting, "{}: {lines:?}", file.display());
            let again = decided.again(decided.after());
            let more: Vec<_> = again.iter().filter(|e| e.target().is_some()).collect();
            let records = |effect: &&Effect| effect.target().is_some_and(|t| t.kind == Kind::StatefulSet);
            assert!(more.iter().all(|effect| records(effect) && is_waiting), "{}: {more:?}", file.display());
        }
    }
}
