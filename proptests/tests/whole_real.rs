//! The real API server's word on a whole workload: it takes what is built, and what it fills in is no difference.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may give up as tests do")]

mod support;

use std::path::Path;

use dittofs_core::effects::{Effect, Kind, SecretText};
use dittofs_core::{FreshSecrets, NoPod, decide};
use dittofs_interpreters::memory::World;
use dittofs_proptests::case::{Answer, Case, view};
use dittofs_testbed::{Kubernetes, kubernetes, tools_or_skip};
use serde_json::{Value, json};

const NAMESPACE: &str = "storage";
const NAME: &str = "everything";
const KINDS: &str = "services,networkpolicies,statefulsets,configmaps,secrets";

/// A namespace with a DittoServer that has every field, and the Secrets that it names.
struct Site(Kubernetes);

impl Site {
    fn start() -> Option<Self> {
        let tools = tools_or_skip("the workload on the real API server")?;
        let site = Self(Kubernetes::start(&tools, kubernetes::Options::default()).unwrap());
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        site.0.create_namespace(NAMESPACE).unwrap();
        let read = |path: &str| std::fs::read_to_string(root.join(path)).unwrap();
        site.0.define(&read("deploy/crd/dittoservers.yaml")).unwrap();
        site.0.kubectl_with(&["create", "-f", "-"], &read("fixtures/samples/every-field.yaml")).unwrap();
        site.edit(
            &json!({ "spec": { "replicas": 1, "percona": null, "adapterDiscovery": { "mode": "Sync" } } }),
        );
        for (secret, keys) in [
            ("signing", &["jwt"][..]),
            ("ldap", &["password"]),
            ("keytab", &["files"]),
            ("krb5", &["conf"]),
            ("machine", &["password", "keytab"]),
            ("pg", &["host", "database", "user", "password"]),
        ] {
            let values: Vec<String> = keys.iter().map(|key| format!("--from-literal={key}=x")).collect();
            let mut arguments = vec!["create", "secret", "generic", secret, "-n", NAMESPACE];
            arguments.extend(values.iter().map(String::as_str));
            site.0.kubectl(&arguments).unwrap();
        }
        Some(site)
    }

    fn edit(&self, change: &Value) {
        let change = change.to_string();
        self.0
            .kubectl(&["patch", "dittoserver", NAME, "-n", NAMESPACE, "--type=merge", "-p", &change])
            .unwrap();
    }

    fn get(&self, what: &str) -> Value {
        let printed = self.0.kubectl(&["get", what, "-n", NAMESPACE, "-o", "json"]).unwrap();
        serde_json::from_str(&printed).unwrap()
    }

    /// What is to be written.
    fn decided(&self) -> Vec<Effect> {
        let objects = self.get(KINDS)["items"].as_array().unwrap().clone();
        let case = Case {
            resource: self.get("dittoservers")["items"][0].clone(),
            answer: Answer::NotPolled,
            confirmed: false,
            world: World::from_objects(objects).unwrap(),
            no_pod: NoPod::NotReady,
            refusals: Vec::new(),
            whole: true,
        };
        let server = case.server();
        let mut view = view(&case, &case.world, &server);
        view.own.fresh = FreshSecrets {
            signing_key: SecretText::new("k".repeat(43)),
            admin_password: SecretText::new("p".repeat(24)),
            legacy_admin: None,
        };
        let effects = decide(&case.observed(), &view, &server);
        effects.into_iter().filter(|effect| effect.target().is_some()).collect()
    }

    fn write(&self, effect: &Effect) {
        match effect {
            Effect::Create(create) => {
                let object = create.object.to_request().unwrap().to_string();
                self.0.kubectl_with(&["create", "-f", "-"], &object).unwrap();
            }
            Effect::Update(update) => {
                let (kind, patch) =
                    (update.target.kind.as_str(), serde_json::to_string(&update.patch).unwrap());
                let name = &update.target.name;
                self.0.kubectl(&["patch", kind, name, "-n", NAMESPACE, "--type=json", "-p", &patch]).unwrap();
            }
            Effect::Delete(delete) => {
                let (kind, name) = (delete.target.kind.as_str(), &delete.target.name);
                self.0.kubectl(&["delete", kind, name, "-n", NAMESPACE]).unwrap();
            }
            Effect::Hold(_) => {}
        }
    }

    /// Writes until nothing is to be written; how many rounds that takes.
    fn settle(&self) -> usize {
        for round in 0..5 {
            let effects = self.decided();
            if effects.is_empty() {
                return round;
            }
            for effect in &effects {
                self.write(effect);
            }
        }
        panic!("no rest: {:#?}", self.decided())
    }
}

#[test]
fn comp_02_the_api_server_takes_the_workload_and_what_it_fills_in_is_no_difference() {
    let Some(site) = Site::start() else { return };
    let created = site.decided();
    let is_set =
        |effect: &Effect| matches!(effect, Effect::Create(c) if c.object.kind() == Kind::StatefulSet);
    assert!(created.iter().any(is_set), "{created:?}");
    assert_eq!(site.settle(), 1, "once is enough, with every Secret there");
    for change in [
        json!({ "spec": { "image": "dittofs:latest", "resources": { "limits": { "cpu": "1000m", "memory": "1024Mi" } } } }),
        json!({ "spec": { "metrics": { "enabled": false }, "controlPlane": { "port": 9443 } } }),
        json!({ "spec": { "service": { "type": "LoadBalancer", "annotations": { "a": "b" } } } }),
        json!({ "spec": { "service": { "type": "ClusterIP", "annotations": null } } }),
        json!({ "spec": { "identity": { "kerberos": null, "ldap": null }, "podSecurityContext": null } }),
        json!({ "spec": { "pod": null, "securityContext": null, "resources": null, "database": null } }),
        json!({ "spec": { "controlPlane": null, "logging": null, "identity": null } }),
        json!({ "spec": { "pod": { "volumes": [
            { "name": "host", "hostPath": { "path": "/x" } },
            { "name": "empty", "emptyDir": { "sizeLimit": "2048Mi" } },
            { "name": "own", "ephemeral": { "volumeClaimTemplate": { "spec": {
                "accessModes": ["ReadWriteOnce"], "resources": { "requests": { "storage": "1024Mi" } } } } } },
            { "name": "all", "projected": { "sources": [{ "serviceAccountToken": { "path": "t" } }] } },
        ], "env": [
            { "name": "POD", "valueFrom": { "fieldRef": { "fieldPath": "metadata.name" } } },
            { "name": "CPU", "valueFrom": { "resourceFieldRef": { "resource": "limits.cpu", "divisor": "1000m" } } },
        ] } } }),
    ] {
        site.edit(&change);
        let rounds = site.settle();
        assert!((1..=2).contains(&rounds), "{change}: {rounds} rounds");
    }
}
