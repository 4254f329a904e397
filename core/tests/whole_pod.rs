//! What an administrator wants of the pod beyond what the server needs (`spec.pod`): nodes, registries, meshes, tuning.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may give up as tests do")]

mod support;

use dittofs_core::NoPod;
use dittofs_core::api::DittoServer;
use dittofs_core::effects::{Effect, Restart};
use dittofs_core::testing::{Given, set};
use dittofs_core::{ServerSpec, WorkloadOwner};
use serde_json::{Value, json};
use support::built::{built, container, every_field, of_kind};
use support::whole::writes;

fn asked() -> Value {
    every_field()["spec"]["pod"].clone()
}

fn installed() -> Given {
    Given { no_pod: NoPod::NotReady, ..Given::default() }.whole().settled_by_effects().settled_by_effects()
}

fn pod(given: &Given) -> Value {
    given.find("StatefulSet", "srv")["spec"]["template"].clone()
}

const NOTHING: [&str; 0] = [];

#[test]
fn comp_02_everything_that_is_asked_of_the_pod_is_in_it() {
    let objects = built(&every_field(), "c");
    let template = of_kind(&objects, "StatefulSet")["spec"]["template"].clone();
    let asked = asked();
    for field in [
        "nodeSelector",
        "affinity",
        "tolerations",
        "topologySpreadConstraints",
        "priorityClassName",
        "imagePullSecrets",
        "serviceAccountName",
    ] {
        assert_eq!(template["spec"][field], asked[field], "{field}");
    }
    assert_eq!(template["metadata"]["labels"]["team"], "storage");
    assert_eq!(template["metadata"]["labels"]["instance"], "everything");
    assert_eq!(template["metadata"]["annotations"]["mesh.example.com/inject"], "false");
    assert_eq!(template["spec"]["automountServiceAccountToken"], false);
    let container = container(&objects);
    for (list, last) in [("env", &asked["env"][0]), ("volumeMounts", &asked["volumeMounts"][0])] {
        assert_eq!(container[list].as_array().unwrap().last().unwrap(), last);
    }
    assert_eq!(template["spec"]["volumes"].as_array().unwrap().last().unwrap(), &asked["volumes"][0]);
}

#[test]
fn safe_03_what_is_asked_of_the_pod_comes_changes_and_goes_and_what_others_put_there_stays() {
    let with = installed().with("/spec/pod", asked());
    assert_eq!(with.effects().iter().find_map(Effect::restart), Some(Restart::Now));
    let mut with = with.settled_by_effects();
    assert_eq!(writes(&with), NOTHING);
    // The API server fills in, and others add.
    let stateful_set = with.objects.iter_mut().find(|o| o["kind"] == "StatefulSet").unwrap();
    for (pointer, value) in [
        ("/spec/template/spec/volumes/1/configMap/defaultMode", json!(420)),
        ("/spec/template/spec/nodeSelector/foreign", json!("x")),
        ("/spec/template/spec/imagePullSecrets/1", json!({ "name": "foreign" })),
        ("/spec/template/metadata/labels/foreign", json!("x")),
    ] {
        set(stateful_set, pointer, value);
    }
    assert_eq!(writes(&with), NOTHING);
    let without = with.with("/spec/pod", Value::Null).settled_by_effects();
    let template = pod(&without);
    for field in
        ["affinity", "tolerations", "topologySpreadConstraints", "priorityClassName", "serviceAccountName"]
    {
        assert_eq!(template["spec"][field], Value::Null, "{field}");
    }
    assert_eq!(template["spec"]["nodeSelector"], json!({ "foreign": "x" }));
    assert_eq!(template["spec"]["imagePullSecrets"], json!([{ "name": "foreign" }]));
    assert_eq!(
        template["metadata"]["labels"],
        json!({ "app": "dittofs-server", "instance": "srv", "foreign": "x" })
    );
    assert_eq!(template["spec"]["volumes"].as_array().unwrap().len(), 1);
    assert_eq!(template["spec"]["containers"][0]["env"].as_array().unwrap().len(), 2);
    assert_eq!(writes(&without), NOTHING);
}

/// Nothing of it gives a pod another signing key, or policies another pod.
#[test]
fn secu_03_nothing_takes_the_place_of_something_of_ours() {
    let mut resource = every_field();
    resource["spec"]["pod"] = json!({
        "labels": { "app": "other", "instance": "other", "fine": "1" }, "annotations": { "dittofs.io/config-hash": "x" },
        "env": [{ "name": "DITTOFS_CONTROLPLANE_SECRET", "value": "known" }, { "name": "FINE", "value": "1" }],
        "volumes": [{ "name": "config", "emptyDir": {} }], "volumeMounts": [{ "name": "x", "mountPath": "/config/" }],
    });
    let parsed: DittoServer = serde_json::from_value(resource.clone()).unwrap();
    let (server, warnings) = ServerSpec::resolve_whole(&parsed);
    assert!(matches!(server.workload, WorkloadOwner::Ours(_)));
    assert_eq!(warnings.iter().filter(|w| w.starts_with("spec.pod.")).count(), 6, "{warnings:?}");
    let objects = built(&resource, "c");
    let template = of_kind(&objects, "StatefulSet")["spec"]["template"].clone();
    let labels = json!({ "app": "dittofs-server", "instance": "everything", "fine": "1" });
    assert_eq!(template["metadata"]["labels"], labels);
    assert_eq!(template["metadata"]["annotations"], json!({ "dittofs.io/config-hash": "c" }));
    let names: Vec<_> =
        container(&objects)["env"].as_array().unwrap().iter().map(|e| e["name"].clone()).collect();
    assert_eq!(names.iter().filter(|name| **name == "DITTOFS_CONTROLPLANE_SECRET").count(), 1);
    assert!(names.contains(&json!("FINE")));
}
