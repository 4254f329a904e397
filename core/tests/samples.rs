//! Resources as people write them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may give up as tests do")]
#![allow(clippy::disallowed_methods, reason = "tests read files; the core itself does not")]

mod support;

use std::path::Path;

use dittofs_core::api::{DittoServer, missing_fields, unknown_fields, validate};
use serde_json::{Value, json};

/// The resources of all files in a folder.
fn samples(folder: &Path) -> Vec<(String, Value)> {
    let mut samples = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let servers = support::servers(&std::fs::read_to_string(&path).unwrap());
        samples.extend(servers.into_iter().map(|server| (name.clone(), server)));
    }
    samples
}

fn read(name: &str, raw: &Value) -> DittoServer {
    let server: DittoServer = serde_json::from_value(raw.clone()).unwrap_or_else(|e| panic!("{name}: {e}"));
    assert_eq!(validate(&server), [], "{name}");
    assert_eq!(missing_fields(raw), [], "{name}");
    server
}

#[test]
fn comp_02_samples_are_read_and_written_back_unchanged() {
    let samples = samples(&support::root().join("fixtures/samples"));
    assert!(!samples.is_empty());
    for (name, raw) in samples {
        let server = read(&name, &raw);
        assert_eq!(unknown_fields(&raw), [], "{name}");
        assert_eq!(serde_json::to_value(&server).unwrap(), raw, "{name}");
    }
}

#[test]
fn every_field_is_in_a_sample() {
    fn walk(schema: &Value, value: &Value, path: &str, absent: &mut Vec<String>) {
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let path = format!("{path}.{name}");
            match value.get(name) {
                // Of the nine references to Secrets one has the flag without effect.
                None if name == "optional" => {}
                None => absent.push(path),
                // Core types are not ours to list in full.
                Some(_)
                    if name.ends_with("Context") || name == "resources" || path.starts_with(".spec.pod.") => {
                }
                Some(value) => walk(property, value, &path, absent),
            }
        }
        for item in value.as_array().into_iter().flatten().take(1) {
            walk(&schema["items"], item, path, absent);
        }
    }
    let path = support::root().join("fixtures/samples/every-field.yaml");
    let server = support::servers(&std::fs::read_to_string(path).unwrap()).remove(0);
    let mut absent = Vec::new();
    walk(&support::schema()["properties"]["spec"], &server["spec"], ".spec", &mut absent);
    assert!(absent.is_empty(), "{absent:#?}");
}

#[test]
fn comp_02_samples_of_v0_29_apply() {
    let Some(folder) = support::upstream("samples") else { return };
    let samples = samples(&folder);
    assert!(samples.len() >= 7, "{}", samples.len());
    for (name, raw) in samples {
        let server = read(&name, &raw);
        let unknown = unknown_fields(&raw);
        let mut known = raw.clone();
        for field in &unknown {
            assert_eq!(
                field.to_string(),
                "spec.smb: removed: adapters are managed through DittoFS, not the resource"
            );
            known["spec"].as_object_mut().unwrap().remove("smb");
        }
        assert_eq!(serde_json::to_value(&server).unwrap(), known, "{name}");
    }
}

#[test]
fn secu_01_removed_and_unknown_fields_are_named_and_not_fatal() {
    let raw = json!({
        "apiVersion": "dittofs.dittofs.com/v1alpha1", "kind": "DittoServer",
        "metadata": { "name": "files", "labels": { "a": "b" } },
        "spec": {
            "storage": { "metadataSize": "1Gi", "cacheSize": "1Gi" },
            "nfsPort": 12049, "nfs": { "port": 1 }, "smb": { "enabled": true }, "cache": {},
            "service": { "annotations": { "any": "key" } },
            "adapterServices": { "overrides": [{ "adapter": "nfs", "prot": 1 }] },
        },
        "status": { "nfsEndpoint": "x" },
    });
    let _: DittoServer = serde_json::from_value(raw.clone()).unwrap();
    let mut printed: Vec<_> = unknown_fields(&raw).iter().map(ToString::to_string).collect();
    printed.sort();
    let removed = "removed: adapters are managed through DittoFS, not the resource";
    let unknown = "unknown field, which has no effect";
    let expected = [
        ("spec.adapterServices.overrides[0].prot", unknown),
        ("spec.cache", removed),
        ("spec.nfs", removed),
        ("spec.nfsPort", removed),
        ("spec.smb", removed),
        ("spec.storage.cacheSize", unknown),
        ("status.nfsEndpoint", unknown),
    ];
    assert_eq!(printed, expected.map(|(path, message)| format!("{path}: {message}")));
}

#[test]
fn obsv_01_the_status_is_read_and_written_back_unchanged() {
    let raw = json!({
        "apiVersion": "dittofs.dittofs.com/v1alpha1", "kind": "DittoServer",
        "metadata": { "name": "files" },
        "spec": { "storage": { "metadataSize": "1Gi" } },
        "status": {
            "observedGeneration": 3, "replicas": 1, "readyReplicas": 1, "availableReplicas": 1, "phase": "Running",
            "configHash": "00", "perconaClusterName": "files-postgres",
            "conditions": [{
                "type": "Ready", "status": "True", "reason": "AllConditionsMet", "message": "",
                "lastTransitionTime": "2026-01-01T00:00:00Z", "observedGeneration": 3,
            }],
            "adapters": [{
                "type": "nfs", "port": 12049, "state": "Held", "reason": "NotRunning", "message": "not running",
                "service": "files-adapter-nfs", "address": "192.0.2.1",
            }],
        },
    });
    let server = read("status", &raw);
    assert_eq!(unknown_fields(&raw), []);
    assert_eq!(serde_json::to_value(&server).unwrap(), raw);
    let mut errors = Vec::new();
    support::check(&raw, &support::schema(), "", &mut errors);
    assert!(errors.is_empty(), "{errors:?}");
}
