//! A server whose workload is ours, from nothing to rest.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may give up as tests do")]

use dittofs_core::NoPod;
use dittofs_core::testing::{Given, pod, set};
use serde_json::json;

/// Nothing is there.
pub fn fresh() -> Given {
    Given { no_pod: NoPod::NotReady, ..Given::default() }.whole()
}

/// The StatefulSet, as its controller leaves it, with the pod ready.
pub fn started(mut given: Given) -> Given {
    let set_of = given.objects.iter_mut().find(|o| o["kind"] == "StatefulSet").unwrap();
    set(set_of, "/metadata/generation", json!(1));
    let status = json!({ "observedGeneration": 1, "replicas": 1, "readyReplicas": 1, "updatedReplicas": 1,
        "updateRevision": "srv-1" });
    set(set_of, "/status", status);
    let (uid, annotations) =
        (set_of["metadata"]["uid"].clone(), set_of["spec"]["template"]["metadata"]["annotations"].clone());
    let mut pod = pod();
    set(&mut pod, "/metadata/annotations", annotations);
    set(&mut pod, "/metadata/ownerReferences/0/uid", uid);
    given.objects.push(pod);
    given
}

/// One that runs as it is wanted.
pub fn settled() -> Given {
    started(fresh().settled_by_effects()).settled_by_effects()
}

/// What is done, but for holds.
pub fn writes(given: &Given) -> Vec<String> {
    given.decided().into_iter().filter(|line| !line.starts_with('!')).collect()
}
