//! One table of resources through both judges: `validate`, and the schema with its rules as the API server reads it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may give up as tests do")]

mod support;

use std::collections::BTreeSet;

use dittofs_core::api::{DittoServer, DittoServerSpec, Violation, missing_fields, validate, validate_update};
use serde::Deserialize;
use serde_json::{Value, json};

/// A row of the table.
#[derive(Deserialize)]
struct Case {
    /// What the row shows.
    it: String,
    /// The spec; where it says nothing of storage, it has a valid one.
    spec: Value,
    /// The spec before, where the row is about a change.
    #[serde(default)]
    old: Option<Value>,
    /// Where `validate` must find something; nothing means that the resource is valid.
    #[serde(default)]
    refused: Vec<String>,
    /// Set for a value that no type can hold, so that parsing refuses it.
    #[serde(default)]
    unreadable: bool,
}

fn cases() -> Vec<Case> {
    serde_yaml::from_str(include_str!("data/validation.yaml")).unwrap()
}

fn resource(spec: &Value) -> Value {
    let mut spec = spec.clone();
    match spec.get("storage") {
        None => spec["storage"] = json!({ "metadataSize": "10Gi" }),
        Some(Value::Null) => drop(spec.as_object_mut().unwrap().remove("storage")),
        Some(_) => {}
    }
    json!({
        "apiVersion": "dittofs.dittofs.com/v1alpha1", "kind": "DittoServer",
        "metadata": { "name": "files", "namespace": "default" }, "spec": spec,
    })
}

/// All that this crate has against a row, or `None` where the row cannot be read.
fn ours(case: &Case) -> Option<Vec<Violation>> {
    let raw = resource(&case.spec);
    let server: DittoServer = serde_json::from_value(raw.clone()).ok()?;
    let mut violations = validate(&server);
    let missing = missing_fields(&raw);
    violations.extend(
        missing.into_iter().filter(|m| !violations.iter().any(|v| v.path == m.path)).collect::<Vec<_>>(),
    );
    if let Some(old) = &case.old {
        let old: DittoServer = serde_json::from_value(resource(old)).unwrap();
        violations.extend(validate_update(&old, &server));
    }
    Some(violations)
}

/// What the schema has against a row, and the messages of the rules that it breaks.
fn theirs(case: &Case, schema: &Value) -> (Vec<String>, BTreeSet<String>) {
    // As in the API server, defaults come first.
    let stored = |spec| kube_cel::apply_defaults(schema, &resource(spec));
    let raw = stored(&case.spec);
    let mut errors = Vec::new();
    support::check(&raw, schema, "", &mut errors);
    let old = case.old.as_ref().map(stored);
    let broken = match kube_cel::Validator::new().validate(schema, &raw, old.as_ref()) {
        Ok(()) => BTreeSet::new(),
        Err(found) => found
            .into_vec()
            .into_iter()
            .map(|error| {
                // Anything else would be a rule that cannot be evaluated, not one that is broken.
                assert_eq!(error.kind, kube_cel::ErrorKind::ValidationFailure, "{}: {error}", case.it);
                error.message
            })
            .collect(),
    };
    (errors, broken)
}

/// The messages of all rules in a schema.
fn messages(schema: &Value, into: &mut BTreeSet<String>) {
    match schema {
        Value::Object(fields) => {
            for rule in schema["x-kubernetes-validations"].as_array().into_iter().flatten() {
                into.insert(rule["message"].as_str().unwrap().to_owned());
            }
            fields.values().for_each(|field| messages(field, into));
        }
        Value::Array(items) => items.iter().for_each(|item| messages(item, into)),
        _ => {}
    }
}

#[test]
fn conf_02_both_judges_agree_on_every_row() {
    let schema = support::schema();
    let mut rules = BTreeSet::new();
    messages(&schema, &mut rules);
    let mut never_broken = rules.clone();
    let cases = cases();
    assert!(cases.len() >= 50, "{} rows", cases.len());
    let mut wrong = Vec::new();
    for case in &cases {
        let (errors, broken) = theirs(case, &schema);
        let Some(violations) = ours(case) else {
            if !case.unreadable || errors.is_empty() {
                wrong.push(format!("{}: cannot be read, and the schema says {errors:?}", case.it));
            }
            continue;
        };
        let found: BTreeSet<String> = violations.iter().map(Violation::location).collect();
        if case.unreadable || found != case.refused.iter().cloned().collect() {
            wrong.push(format!("{}: found {violations:?}", case.it));
        }
        if violations.is_empty() != (errors.is_empty() && broken.is_empty()) {
            wrong.push(format!("{}: {violations:?}, but {errors:?} {broken:?}", case.it));
        }
        let ours: BTreeSet<String> =
            violations.into_iter().map(|v| v.message).filter(|message| rules.contains(message)).collect();
        // A value of the wrong form may break rules that our mirror does not come to.
        if errors.is_empty() && ours != broken {
            wrong.push(format!("{}: rules {ours:?} here, {broken:?} there", case.it));
        }
        never_broken.retain(|message| !broken.contains(message));
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(never_broken.is_empty(), "no row breaks these rules: {never_broken:#?}");
}

#[test]
fn a_violation_is_printed_with_its_place_and_value() {
    let spec = json!({ "adapterServices": { "overrides": [
        { "adapter": "nfs", "port": 70000, "annotations": { "dittofs.io/managed-fields": "x" } }
    ] } });
    let server: DittoServer = serde_json::from_value(resource(&spec)).unwrap();
    let printed: Vec<_> = validate(&server).iter().map(ToString::to_string).collect();
    assert_eq!(
        printed,
        [
            "spec.adapterServices.overrides[0].port: \"70000\": must be 1–65535",
            "spec.adapterServices.overrides[0].annotations[dittofs.io/managed-fields]: \
             \"dittofs.io/managed-fields\": dittofs.io/managed-… annotations are written by the operator",
        ]
    );
}

#[test]
fn conf_02_lists_are_printed_as_lists() {
    let overrides = json!([{ "adapter": "smb", "companionPorts": ["Portmapper", "UDP"] }]);
    let spec = json!({ "adapterServices": { "overrides": overrides } });
    let server: DittoServer = serde_json::from_value(resource(&spec)).unwrap();
    let values: Vec<_> = validate(&server).into_iter().map(|violation| violation.value).collect();
    assert_eq!(values, ["Portmapper, UDP"]);
}

/// Whoever has no raw resource, such as the operator, is told too.
#[test]
fn conf_02_required_fields_of_identity_are_missed_without_the_raw_resource() {
    let spec = json!({ "identity": { "jwt": {}, "ldap": { "url": "ldap://x" } } });
    let server: DittoServer = serde_json::from_value(resource(&spec)).unwrap();
    let found: Vec<_> = validate(&server).iter().map(Violation::location).collect();
    assert_eq!(
        found,
        ["spec.identity.jwt.secretRef", "spec.identity.ldap.baseDN", "spec.identity.ldap.bindDN"]
    );
}

#[test]
fn comp_02_a_resource_without_spec_is_read() {
    let raw = json!({ "metadata": { "name": "files" } });
    let server: DittoServer = serde_json::from_value(raw).unwrap();
    assert_eq!(server.spec, DittoServerSpec::default());
    assert_eq!(validate(&server).iter().map(Violation::location).collect::<Vec<_>>(), ["spec.storage"]);
}

#[test]
fn what_is_refused_of_a_list_is_named() {
    let spec = json!({ "adapterServices": { "overrides": [{ "adapter": "smb", "companionPorts": ["Portmapper"] }] } });
    let resource: DittoServer = serde_json::from_value(resource(&spec)).unwrap();
    let said: Vec<String> = validate(&resource).iter().map(Violation::to_string).collect();
    assert!(said.iter().any(|text| text.contains("\"Portmapper\"")), "{said:?}");
}
