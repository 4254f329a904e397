//! What `manifests` prints is what `kubectl apply -k deploy/` installs.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use dittofs_testbed::{Tool, tools_or_skip};
use serde_json::Value;

/// By kind and name.
fn objects(yaml: &str) -> BTreeMap<String, Value> {
    serde_yaml::Deserializer::from_str(yaml)
        .map(|document| {
            let mut object: Value = serde::Deserialize::deserialize(document).unwrap();
            round(&mut object);
            (format!("{} {}", object["kind"], object["metadata"]["name"]), object)
        })
        .collect()
}

/// Bounds of a schema are floats here and integers there.
fn round(value: &mut Value) {
    match value {
        Value::Number(number) => *value = number.as_f64().unwrap().into(),
        Value::Array(items) => items.iter_mut().for_each(round),
        Value::Object(fields) => fields.values_mut().for_each(round),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

fn printed(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_dittofs-adapters"))
        .arg("manifests")
        .args(arguments)
        .output()
        .unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn manifests_prints_what_kustomize_builds_from_the_repository() {
    let Some(tools) = tools_or_skip("kubectl kustomize") else { return };
    let deploy = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy");
    for (folder, arguments) in [(deploy.clone(), &[][..]), (deploy.join("namespaced"), &["--namespaced"])] {
        let built = Command::new(tools.path(Tool::Kubectl)).arg("kustomize").arg(&folder).output().unwrap();
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        let (built, printed) =
            (objects(&String::from_utf8(built.stdout).unwrap()), objects(&printed(arguments)));
        assert_eq!(built.keys().collect::<Vec<_>>(), printed.keys().collect::<Vec<_>>());
        for (name, object) in built {
            assert_eq!(printed[&name], object, "{name} of {}", folder.display());
        }
    }
}
