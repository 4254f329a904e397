//! What restarts the pod of a server whose workload is ours, what does not, and what mends it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may give up as tests do")]

mod support;

use dittofs_core::effects::{Cause, Effect, Restart};
use dittofs_core::testing::{Given, set};
use serde_json::{Value, json};
use support::whole::{settled, writes};

/// Changes the StatefulSet.
fn of(given: &mut Given, pointer: &str, value: Value) {
    set(given.objects.iter_mut().find(|o| o["kind"] == "StatefulSet").unwrap(), pointer, value);
}

fn restart(given: &Given) -> Option<Restart> {
    given.effects().iter().find_map(Effect::restart)
}

const NOTHING: [&str; 0] = [];

#[test]
fn safe_03_what_the_server_needs_a_restart_for_restarts_it_and_says_what() {
    for (pointer, value, said) in [
        ("/spec/image", json!("dittofs:2"), "spec.containers.dittofs.image"),
        ("/spec/resources", json!({ "limits": { "cpu": "2" } }), "spec.containers.dittofs.resources"),
        ("/spec/terminationGracePeriodSeconds", json!(200), "spec.terminationGracePeriodSeconds"),
        ("/spec/podSecurityContext", json!({ "fsGroup": 1 }), "spec.securityContext"),
        ("/spec/metrics", json!({ "enabled": true }), "the server's configuration changes"),
        ("/spec/controlPlane", json!({ "port": 9000 }), "spec.containers.dittofs.ports.api"),
    ] {
        let given = settled().with(pointer, value);
        assert_eq!(restart(&given), Some(Restart::Now), "{pointer}: {:?}", given.decided());
        let effects = given.effects();
        let reason = effects.iter().find(|e| e.restart().is_some()).and_then(Effect::reason).unwrap();
        assert_eq!(reason.cause, Cause::TemplateChanged);
        assert!(reason.to_string().contains(said), "{pointer}: {reason}");
        assert_eq!(writes(&given.settled_by_effects()), NOTHING, "{pointer}");
    }
}

#[test]
fn safe_03_quantities_are_compared_as_such() {
    let wanted = json!({ "limits": { "cpu": "1000m", "memory": "1024Mi" } });
    let mut given = settled().with("/spec/resources", wanted).settled_by_effects();
    of(
        &mut given,
        "/spec/template/spec/containers/0/resources",
        json!({ "limits": { "cpu": "1", "memory": "1Gi" } }),
    );
    assert_eq!(writes(&given), NOTHING);
}

#[test]
fn safe_03_what_is_taken_out_of_the_resource_leaves_the_pod_and_what_others_added_stays() {
    let context = json!({ "runAsUser": 1, "runAsGroup": 2 });
    let mut given = settled().with("/spec/securityContext", context).settled_by_effects();
    of(&mut given, "/spec/template/metadata/annotations/kubectl.kubernetes.io~1restartedAt", json!("now"));
    of(&mut given, "/spec/template/spec/containers/0/env/2", json!({ "name": "FOREIGN", "value": "1" }));
    assert_eq!(writes(&given), NOTHING, "a rollout restart is nobody's drift");
    let less = given.with("/spec/securityContext", json!({ "runAsUser": 1 }));
    assert_eq!(restart(&less), Some(Restart::Now));
    let template = less.settled_by_effects().find("StatefulSet", "srv")["spec"]["template"].clone();
    let container = &template["spec"]["containers"][0];
    assert_eq!(container["securityContext"]["runAsGroup"], Value::Null);
    assert_eq!(container["env"][2]["name"], "FOREIGN");
    assert_eq!(template["metadata"]["annotations"]["kubectl.kubernetes.io/restartedAt"], "now");
}

#[test]
fn safe_03_ports_and_a_template_go_in_one_write_with_their_places_right() {
    let on = settled().with("/spec/metrics", json!({ "enabled": true })).settled_by_effects();
    let on = on.running(&[("nfs", 12049), ("smb", 1445)]).settled_by_effects();
    let mut on =
        on.running(&[("nfs", 12050), ("webdav", 8090)]).with("/spec/metrics", json!({ "enabled": false }));
    of(&mut on, "/spec/template/spec/containers/0/ports/-", json!({ "name": "foreign", "containerPort": 1 }));
    let after = on.settled_by_effects();
    let ports =
        after.find("StatefulSet", "srv")["spec"]["template"]["spec"]["containers"][0]["ports"].clone();
    let mut names: Vec<_> = ports.as_array().unwrap().iter().map(|p| p["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["adapter-nfs", "adapter-webdav", "api", "foreign"]);
    let nfs = ports.as_array().unwrap().iter().find(|p| p["name"] == "adapter-nfs").unwrap();
    assert_eq!(nfs["containerPort"], 12050);
    assert_eq!(writes(&after), NOTHING);
}

#[test]
fn safe_03_another_number_of_pods_is_no_other_template() {
    let given = settled().with("/spec/replicas", json!(0));
    assert_eq!(restart(&given), Some(Restart::Never));
    let stopped = given.settled_by_effects();
    assert_eq!(stopped.find("StatefulSet", "srv")["spec"]["replicas"], 0);
    let edited = stopped.with("/spec/image", json!("dittofs:2"));
    assert_eq!(restart(&edited), Some(Restart::AtNextStart), "there is no pod to restart");
}

/// Row 10: the controller waits for a pod of an old revision that will never be ready (B-6).
#[test]
fn safe_03_a_broken_rollout_is_mended() {
    let broken = |pointers: &[(&str, Value)]| {
        let mut given = settled();
        of(&mut given, "/status/updateRevision", json!("srv-2"));
        of(&mut given, "/status/updatedReplicas", json!(0));
        let pod = given.objects.iter_mut().find(|o| o["kind"] == "Pod").unwrap();
        set(pod, "/status/conditions/0/status", json!("False"));
        for (pointer, value) in pointers {
            if let Some(pointer) = pointer.strip_prefix("/pod") {
                set(pod, pointer, value.clone());
            }
        }
        for (pointer, value) in pointers.iter().filter(|(pointer, _)| !pointer.starts_with("/pod")) {
            of(&mut given, pointer, value.clone());
        }
        given
    };
    let given = broken(&[]);
    assert_eq!(writes(&given), ["- Pod srv-0"]);
    assert_eq!(restart(&given), Some(Restart::Now));
    let Some(Effect::Delete(delete)) = given.effects().pop() else { panic!() };
    assert_eq!((delete.precondition.uid.as_str(), delete.reason.cause), ("pod", Cause::BrokenRollout));
    for untouched in [
        ("/pod/status/conditions/0/status", json!("True")),
        ("/pod/metadata/labels/controller-revision-hash", json!("srv-2")),
        ("/pod/metadata/deletionTimestamp", json!("2026-01-01T00:00:00Z")),
        ("/status/observedGeneration", json!(0)),
        ("/spec/updateStrategy", json!({ "type": "OnDelete" })),
        ("/spec/updateStrategy/rollingUpdate/partition", json!(1)),
    ] {
        let given = broken(std::slice::from_ref(&untouched));
        assert!(!writes(&given).contains(&"- Pod srv-0".to_owned()), "{untouched:?}: {:?}", given.decided());
    }
    let theirs = Given { whole: false, ..broken(&[]) };
    assert_eq!(writes(&theirs), NOTHING, "a pod of somebody else's workload is somebody else's");
    let corrected = broken(&[]).with("/spec/image", json!("dittofs:3"));
    assert_eq!(writes(&corrected), ["~ StatefulSet srv"], "first the template, then the pod");
}

#[test]
fn comp_02_claims_grow_where_their_class_lets_them_and_what_cannot_be_is_said() {
    let claim = |size: &str| {
        json!({ "apiVersion": "v1", "kind": "PersistentVolumeClaim",
            "metadata": { "name": "metadata-srv-0", "namespace": "files", "uid": "c", "resourceVersion": "1" },
            "spec": { "storageClassName": "fast", "resources": { "requests": { "storage": size } } } })
    };
    let class = |grows: bool| {
        json!({ "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": { "name": "fast" },
            "allowVolumeExpansion": grows })
    };
    let with = |size: &str, grows: Option<bool>| {
        let given = settled().object(claim(size)).with("/spec/storage/metadataSize", json!("2Gi"));
        grows.map_or(given.clone(), |grows| given.object(class(grows)))
    };
    let held = "! * StorageFixed".to_owned();
    let grows = with("1Gi", Some(true));
    assert_eq!(writes(&grows), ["~ PersistentVolumeClaim metadata-srv-0"]);
    let grown = grows.settled_by_effects();
    assert_eq!(
        grown.find("PersistentVolumeClaim", "metadata-srv-0")["spec"]["resources"]["requests"]["storage"],
        "2Gi"
    );
    assert_eq!(writes(&grown), NOTHING);
    for (size, class) in [("1Gi", Some(false)), ("1Gi", None), ("3Gi", Some(true))] {
        let given = with(size, class);
        assert_eq!(writes(&given), NOTHING, "{size} {class:?}");
        assert!(given.decided().contains(&held), "{size} {class:?}: {:?}", given.decided());
    }
    assert!(!with("2048Mi", None).decided().contains(&held));
    for (pointer, value) in
        [("/spec/storage/contentSize", json!("1Gi")), ("/spec/storage/storageClassName", json!("x"))]
    {
        let given = settled().with(pointer, value);
        assert!(given.decided().contains(&held), "{pointer}: {:?}", given.decided());
    }
}

/// Found by INV-17: a pod that was to go, and is wanted again, lives on; ports are no reason to restart it.
#[test]
fn safe_03_a_pod_that_is_wanted_again_is_not_restarted_for_ports() {
    let mut given = settled().running(&[("nfs", 12049)]);
    of(&mut given, "/spec/replicas", json!(0));
    of(&mut given, "/status", json!({ "observedGeneration": 1, "updatedReplicas": 0 }));
    assert_eq!(restart(&given), Some(Restart::AtNextStart), "{:?}", given.decided());
    let set_of = given.settled_by_effects().find("StatefulSet", "srv").clone();
    assert_eq!(
        (&set_of["spec"]["replicas"], &set_of["spec"]["updateStrategy"]["type"]),
        (&json!(1), &json!("OnDelete"))
    );
}
