//! The plan of a server whose workload is ours: what restarts, and that no secret is in it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

use dittofs_core::api::DittoServer;
use dittofs_core::{ClusterView, NoPod, Observation, SecretView, ServerSpec, decide, secrets_to_read};
use dittofs_effects::Effect;
use dittofs_interpreters::memory::World;
use dittofs_interpreters::plan::{PlanDocument, Style};
use serde::Deserialize as _;
use serde_json::{Value, json};

struct Whole {
    resource: Value,
    world: World,
}

impl Whole {
    /// As the Go operator left it.
    fn takeover() -> Self {
        let dump: Value = serde_yaml::from_str(include_str!("../../fixtures/written/minimal.yaml")).unwrap();
        let mut objects = dump["items"].as_array().unwrap().clone();
        let resource = objects.remove(0);
        let name = resource["metadata"]["name"].as_str().unwrap().to_owned();
        for (secret, key) in [("jwt-secret", "jwt-secret"), ("admin-bootstrap-credentials", "password")] {
            let mut object = json!({ "apiVersion": "v1", "kind": "Secret", "data": { key: "dG9wLXNlY3JldA==" },
                "metadata": { "namespace": "dittofs", "uid": secret, "resourceVersion": "1",
                    "annotations": { "kubectl.kubernetes.io/last-applied-configuration": "top-secret" },
                    "ownerReferences": objects[0]["metadata"]["ownerReferences"] } });
            object["metadata"]["name"] = format!("{name}-{secret}").into();
            objects.retain(|o| o["metadata"]["name"] != object["metadata"]["name"]);
            objects.push(object);
        }
        Self { resource, world: World::from_objects(objects).unwrap() }
    }

    fn spec(mut self, field: &str, value: Value) -> Self {
        self.resource["spec"][field] = value;
        self
    }

    fn server(&self) -> ServerSpec {
        ServerSpec::resolve_whole(&DittoServer::deserialize(&self.resource).unwrap()).0
    }

    fn view(&self) -> ClusterView {
        let server = self.server();
        let view = ClusterView::from_objects(&server, self.world.objects().unwrap(), NoPod::Ready).unwrap();
        let mut view = view.with_own(&server, self.world.own_objects().unwrap()).unwrap();
        for name in secrets_to_read(&server) {
            view.own.secrets.entry(name).or_insert(SecretView::Missing);
        }
        view
    }

    fn effects(&self) -> Vec<Effect> {
        decide(&Observation::NotYetPolled, &self.view(), &self.server())
    }

    fn plan(&self) -> PlanDocument {
        let observed = Observation::NotYetPolled;
        PlanDocument::new(&self.server(), &observed, &self.view(), &self.world, self.effects()).unwrap()
    }

    fn settled(mut self) -> Self {
        for effect in self.effects() {
            self.world.apply(&effect);
        }
        self.world.settle();
        self
    }
}

fn of_set(plan: &PlanDocument) -> (String, String) {
    let entry = plan.effects.iter().find(|effect| effect.kind == "StatefulSet").unwrap();
    (entry.restart.clone().unwrap(), entry.reason.clone())
}

#[test]
fn comp_01_the_plan_of_a_takeover_says_that_nothing_restarts() {
    let plan = Whole::takeover().plan();
    let (restart, reason) = of_set(&plan);
    assert_eq!(restart, "never", "{reason}");
    assert!(reason.contains("no pod restarts"), "{reason}");
    assert!(
        plan.effects.iter().all(|effect| effect.action.as_str() == "update"),
        "{}",
        plan.text(100, Style::Plain)
    );
    let after = Whole::takeover().settled().plan();
    assert!(after.effects.is_empty(), "{}", after.text(100, Style::Plain));
}

#[test]
fn plan_01_a_restart_is_said_with_its_cause_in_text_and_json() {
    let edited = Whole::takeover().settled().spec("logging", json!({ "level": "DEBUG" }));
    let plan = edited.plan();
    let (restart, reason) = of_set(&plan);
    assert_eq!(restart, "now");
    assert!(reason.contains("the pod restarts") && reason.contains("configuration changes"), "{reason}");
    assert!(plan.text(200, Style::Plain).contains("the pod restarts"), "{}", plan.text(200, Style::Plain));
    assert!(plan.json().unwrap().contains("\"restart\": \"now\""));
}

#[test]
fn auth_03_no_value_of_a_secret_is_in_a_plan() {
    let mut whole = Whole::takeover();
    let key = dittofs_interpreters::memory::ObjectKey::new("Secret", "dittofs", "minimal-jwt-secret");
    // It has a value, under another key: it is made anew, and what it had is shown nowhere.
    assert!(whole.world.edit(&key, |secret| secret["data"] = json!({ "other": "dG9wLXNlY3JldA==" })));
    let plan = whole.plan();
    assert!(plan.effects.iter().any(|effect| effect.kind == "Secret"), "{}", plan.text(100, Style::Plain));
    for shown in [plan.json().unwrap(), plan.text(100, Style::Plain), plan.yaml().unwrap(), plan.markdown()] {
        assert!(!shown.contains("dG9wLXNlY3JldA") && !shown.contains("top-secret"), "{shown}");
        assert!(shown.contains("hidden") || !shown.contains("stringData"), "{shown}");
    }
}
