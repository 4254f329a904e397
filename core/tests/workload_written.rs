//! COMP-02: what is built for a DittoServer is what the Go operator v0.29 wrote for it, field by field, but for what is
//! mended on purpose.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may give up as tests do")]
#![allow(clippy::disallowed_methods, reason = "tests read files; the core itself does not")]

mod support;

use std::collections::BTreeMap;

use serde::Deserialize as _;
use serde_json::Value;
use support::built::built;

/// Clusters as the Go operator left them, and how many objects of each are built.
const WRITTEN: [(&str, usize); 8] = [
    ("annotated", 5),
    ("ditto.io_v1alpha1_dittoserver", 4),
    ("ditto.io_v1alpha1_dittoserver_aws_s3", 4),
    ("dittofs_v1alpha1_dittofs_memory", 4),
    ("dittofs_v1alpha1_dittofs_s3", 4),
    // It waits for its database, so it has no StatefulSet.
    ("dittofs_v1alpha1_dittoserver_percona", 3),
    ("dittofs_v1alpha1_dittoserver_tls", 4),
    ("minimal", 4),
];

/// What the API server or a controller puts there.
const GIVEN: &[&str] = &[
    "/metadata/uid",
    "/metadata/resourceVersion",
    "/metadata/generation",
    "/metadata/creationTimestamp",
    "/status",
    "/spec/clusterIP",
    "/spec/clusterIPs",
    "/spec/internalTrafficPolicy",
    "/spec/externalTrafficPolicy",
    "/spec/allocateLoadBalancerNodePorts",
    "/spec/ipFamilies",
    "/spec/ipFamilyPolicy",
    "/spec/sessionAffinity",
    "/spec/ports/*/nodePort",
    "/spec/podManagementPolicy",
    "/spec/revisionHistoryLimit",
    "/spec/volumeClaimTemplates/*/apiVersion",
    "/spec/volumeClaimTemplates/*/kind",
    "/spec/volumeClaimTemplates/*/spec/volumeMode",
    "/spec/volumeClaimTemplates/*/status",
    "/spec/template/spec/dnsPolicy",
    "/spec/template/spec/restartPolicy",
    "/spec/template/spec/schedulerName",
    "/spec/template/spec/containers/*/imagePullPolicy",
    "/spec/template/spec/containers/*/terminationMessagePath",
    "/spec/template/spec/containers/*/terminationMessagePolicy",
    "/spec/template/spec/volumes/*/configMap/defaultMode",
];

/// What is another's on purpose: the object, the path, why.
const MENDED: &[(&str, &str, &str)] = &[
    (
        "-api",
        "/metadata/annotations/dittofs.io/managed-annotations",
        "E-6: what leaves the resource leaves the Service",
    ),
    ("-metrics", "/metadata/annotations/dittofs.io/managed-annotations", "E-6"),
    ("", "/spec/template/spec/volumes/*/secret/defaultMode", "C-11: a private key is for the group alone"),
];

/// Ports of adapters are the business of discovery, not of the builder.
fn is_adapter_port(port: &Value) -> bool {
    port["name"].as_str().is_some_and(|name| name.starts_with("adapter-"))
}

fn written(file: &str) -> Vec<Value> {
    let path = support::root().join(format!("fixtures/written/{file}.yaml"));
    let document: Value =
        Value::deserialize(serde_yaml::Deserializer::from_str(&std::fs::read_to_string(path).unwrap()))
            .unwrap();
    document["items"].as_array().unwrap().clone()
}

/// All values of an object by path; items of lists by their name, if they have one.
fn leaves(value: &Value, path: &str, found: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (key, value) in map {
                leaves(value, &format!("{path}/{key}"), found);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                let name = item["name"].as_str().or_else(|| item["metadata"]["name"].as_str());
                // The order counts, too.
                leaves(item, &format!("{path}/{index}:{}", name.unwrap_or_default()), found);
            }
        }
        leaf => {
            found.insert(path.to_owned(), leaf.clone());
        }
    }
}

fn is_under(path: &str, pattern: &str) -> bool {
    let mut steps = path.split('/');
    // A key may have a slash in it.
    path == pattern
        || pattern.split('/').all(|wanted| steps.next().is_some_and(|step| wanted == "*" || step == wanted))
}

fn differences(built: &Value, written: &Value) -> Vec<String> {
    let (mut ours, mut theirs) = (BTreeMap::new(), BTreeMap::new());
    leaves(built, "", &mut ours);
    leaves(written, "", &mut theirs);
    let paths: std::collections::BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
    let differs = paths.into_iter().filter(|path| ours.get(*path) != theirs.get(*path));
    let given = |path: &&String| !ours.contains_key(*path) && GIVEN.iter().any(|p| is_under(path, p));
    differs.filter(|path| !given(path)).cloned().collect()
}

fn check(written: &Value, mut built: Value, mended: &mut Vec<&'static str>) {
    let name = written["metadata"]["name"].as_str().unwrap();
    let mut written = written.clone();
    if let Some(ports) = written.pointer_mut("/spec/template/spec/containers/0/ports") {
        ports.as_array_mut().unwrap().retain(|port| !is_adapter_port(port));
    }
    // Of one object no list says `apiVersion` where the other does not.
    for value in [&mut written, &mut built] {
        for field in ["apiVersion", "kind"] {
            assert!(value[field].is_string(), "{name}: {field}");
        }
    }
    for path in differences(&built, &written) {
        let Some((_, _, why)) =
            MENDED.iter().find(|(object, pattern, _)| name.ends_with(object) && is_under(&path, pattern))
        else {
            panic!("{name}: {path} differs\n ours: {built:#}\n theirs: {written:#}")
        };
        mended.push(why);
    }
}

#[test]
fn comp_02_the_workload_is_what_the_go_operator_wrote_but_for_what_is_mended() {
    let mut mended = Vec::new();
    for (file, count) in WRITTEN {
        let objects = written(file);
        let resource = objects.iter().find(|object| object["kind"] == "DittoServer").unwrap();
        let hash = objects.iter().find_map(|object| {
            object.pointer("/spec/template/metadata/annotations/dittofs.io~1config-hash")?.as_str()
        });
        let mut found = 0;
        for built in built(resource, hash.unwrap_or_default()) {
            let same =
                |o: &&Value| o["kind"] == built["kind"] && o["metadata"]["name"] == built["metadata"]["name"];
            let Some(written) = objects.iter().find(same) else { continue };
            check(written, built, &mut mended);
            found += 1;
        }
        assert_eq!(found, count, "{file}");
    }
    for (.., why) in MENDED {
        assert!(mended.contains(why), "no object shows any more that {why}");
    }
}
