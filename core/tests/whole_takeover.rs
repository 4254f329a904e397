//! COMP-01: what the Go operator v0.29 wrote is taken over as a whole: nothing is made anew, and no pod restarts.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may give up as tests do")]
#![allow(clippy::disallowed_methods, reason = "tests read files; the core itself does not")]

mod support;

use dittofs_core::NoPod;
use dittofs_core::effects::{Change, Effect, Restart};
use dittofs_core::testing::{Given, set};
use serde::Deserialize as _;
use serde_json::{Value, json};

/// Clusters with a StatefulSet. The Secrets of some are not in them.
const WRITTEN: [&str; 7] = [
    "annotated",
    "ditto.io_v1alpha1_dittoserver",
    "ditto.io_v1alpha1_dittoserver_aws_s3",
    "dittofs_v1alpha1_dittofs_memory",
    "dittofs_v1alpha1_dittofs_s3",
    "dittofs_v1alpha1_dittoserver_tls",
    "minimal",
];

fn written(file: &str) -> Given {
    let path = support::root().join(format!("fixtures/written/{file}.yaml"));
    let text = std::fs::read_to_string(path).unwrap();
    let list = Value::deserialize(serde_yaml::Deserializer::from_str(&text)).unwrap();
    let objects = list["items"].as_array().unwrap().clone();
    let resource = objects.iter().find(|object| object["kind"] == "DittoServer").unwrap().clone();
    Given { resource, objects, no_pod: NoPod::NotReady, ..Given::default() }.whole()
}

/// The Secrets that the resource names, where the dump has none.
fn with_secrets(mut given: Given) -> Given {
    for (name, key) in [("dittofs-jwt-secret", "secret"), ("dittofs-admin-secret", "password")] {
        if !given.objects.iter().any(|o| o["kind"] == "Secret" && o["metadata"]["name"] == name) {
            let namespace = given.resource["metadata"]["namespace"].clone();
            given.objects.push(json!({
                "apiVersion": "v1", "kind": "Secret", "metadata": { "name": name, "namespace": namespace, "uid": name },
                "data": { key: "c2VjcmV0" },
            }));
        }
    }
    given
}

fn template(given: &Given) -> Value {
    let name = given.resource["metadata"]["name"].as_str().unwrap();
    given.find("StatefulSet", name)["spec"]["template"].clone()
}

fn restarts(given: &Given) -> Vec<Restart> {
    given.effects().iter().filter_map(Effect::restart).collect()
}

fn changes(given: &Given) -> Vec<Change> {
    let of = |effect: Effect| effect.reason().map(|reason| reason.changes.clone()).unwrap_or_default();
    given.effects().into_iter().flat_map(of).collect()
}

#[test]
fn comp_01_a_takeover_writes_its_books_and_makes_deletes_and_restarts_nothing() {
    for file in WRITTEN {
        let given = with_secrets(written(file));
        let writes: Vec<Effect> = given.effects().into_iter().filter(|e| e.target().is_some()).collect();
        assert!(writes.iter().all(|e| matches!(e, Effect::Update(_))), "{file}: {:?}", given.decided());
        assert!(!restarts(&given).contains(&Restart::Now), "{file}: {writes:?}");
        let harmless = |change: &Change| match change {
            Change::Bookkeeping | Change::ContentRecorded => true,
            // C-11: it comes with the next restart.
            Change::FieldSet(field) => field == "spec.volumes.tls-cert" && file.ends_with("tls"),
            Change::Strategy(strategy) => *strategy == "OnDelete" && file.ends_with("tls"),
            _ => false,
        };
        assert!(changes(&given).iter().all(harmless), "{file}: {:?}", changes(&given));
        let after = given.settled_by_effects();
        if !file.ends_with("tls") {
            assert_eq!(template(&given), template(&after), "{file}: the template stays, byte for byte");
        }
        assert!(after.decided().iter().all(|line| line.starts_with('!')), "{file}: {:?}", after.decided());
    }
}

#[test]
fn comp_01_the_first_sight_of_a_hash_is_the_baseline_and_another_content_restarts_later() {
    let given = written("minimal");
    let hash = |given: &Given| template(given)["metadata"]["annotations"]["dittofs.io/config-hash"].clone();
    let theirs = hash(&given);
    let taken = given.settled_by_effects();
    assert_eq!(hash(&taken), theirs);
    let edited = taken.with("/spec/logging", json!({ "level": "DEBUG" }));
    assert_eq!(
        edited.decided(),
        [
            "! * NotYetPolled",
            "! nfs NotYetPolled",
            "! smb NotYetPolled",
            "~ ConfigMap minimal-config",
            "~ StatefulSet minimal"
        ]
    );
    assert_eq!(restarts(&edited), [Restart::Now]);
    assert!(changes(&edited).contains(&Change::Configuration));
    assert_ne!(hash(&edited.settled_by_effects()), theirs);
}

#[test]
fn comp_01_what_does_not_reach_the_server_restarts_nothing() {
    for (pointer, value) in [
        ("/metadata/generation", json!(99)),
        ("/metadata/annotations/x", json!("y")),
        ("/spec/adapterDiscovery", json!({ "pollingInterval": "5s" })),
        ("/spec/adapterServices", json!({ "annotations": { "a": "b" } })),
        ("/spec/service", json!({ "type": "NodePort", "annotations": { "a": "b" } })),
        ("/spec/snapshotPolicies", json!([{ "share": "/a", "interval": "@daily" }])),
    ] {
        let taken = written("minimal").settled_by_effects().with(pointer, value);
        assert!(!restarts(&taken).contains(&Restart::Now), "{pointer}: {:?}", taken.decided());
        assert_eq!(template(&taken), template(&taken.settled_by_effects()), "{pointer}");
    }
}

#[test]
fn comp_01_after_a_year_of_drift_what_is_not_ours_stays_and_what_is_ours_comes_back() {
    let mut given = written("annotated");
    let drifted = given.objects.iter_mut().find(|o| o["kind"] == "StatefulSet").unwrap();
    let pod = "/spec/template/spec";
    for (pointer, value) in [
        (
            "/spec/template/metadata/annotations/kubectl.kubernetes.io~1restartedAt",
            json!("2026-01-01T00:00:00Z"),
        ),
        ("/spec/template/metadata/labels/team", json!("storage")),
        ("/spec/template/spec/nodeSelector", json!({ "disk": "fast" })),
        ("/spec/template/spec/containers/1", json!({ "name": "sidecar", "image": "mesh:1" })),
        ("/spec/template/spec/containers/0/env/2", json!({ "name": "DITTOFS_GC_INTERVAL", "value": "1h" })),
        ("/spec/template/spec/volumes/1", json!({ "name": "extra", "emptyDir": {} })),
        // Left behind by a resource that once had a directory.
        (
            "/spec/template/spec/containers/0/env/3",
            json!({ "name": "DITTOFS_LDAP_BIND_PASSWORD", "value": "x" }),
        ),
    ] {
        set(drifted, pointer, value);
    }
    let mut expected = drifted.pointer(pod).unwrap().clone();
    expected["containers"][0]["env"].as_array_mut().unwrap().remove(3);
    let after = given.settled_by_effects();
    assert_eq!(template(&after)["spec"], expected);
    assert_eq!(template(&after)["metadata"], template(&given)["metadata"], "a rollout restart survives");
    assert_eq!(
        restarts(&given),
        [Restart::Now],
        "a secret that was taken out of the resource leaves the pod"
    );
    assert!(after.decided().iter().all(|line| line.starts_with('!')), "{:?}", after.decided());
}

#[test]
fn comp_01_the_administrators_secret_of_an_older_name_is_read_and_goes() {
    let mut given = written("minimal");
    let name = "minimal-admin-bootstrap-credentials";
    let secret = given.objects.iter_mut().find(|o| o["metadata"]["name"] == name).unwrap();
    let mut legacy = secret.clone();
    set(&mut legacy, "/metadata/name", json!("minimal-admin-credentials"));
    given.objects.push(legacy);
    let expected = ["- Secret minimal-admin-credentials"];
    let decided = given.decided();
    assert!(decided.iter().any(|line| line == expected[0]), "{decided:?}");
    given.objects.retain(|o| o["metadata"]["name"] != name);
    let decided = given.decided();
    assert!(decided.contains(&format!("+ Secret {name}")), "{decided:?}");
    assert!(!decided.iter().any(|line| line == expected[0]), "only once its content is safe: {decided:?}");
}
