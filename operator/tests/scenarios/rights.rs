//! The rights of `deploy/rbac`: enough, and none too many.

use std::time::Duration;

use dittofs_adapters::run::World;
use dittofs_adapters::stage::Stage;
use embedded_kubernetes::{Access, Fault, Kind, Verb, What};
use k8s_openapi::api::rbac::v1::{ClusterRole, PolicyRule};
use serde_json::json;

use crate::scene::{NAME, NAMESPACE, Scene, adapter, options, spec};

fn rules() -> Vec<PolicyRule> {
    let role: ClusterRole =
        serde_yaml::from_str(include_str!("../../../deploy/rbac/cluster-role.yaml")).unwrap();
    role.rules.unwrap()
}

/// What an operator with these rights runs on.
fn world(stage: &Stage, rules: Vec<PolicyRule>) -> World {
    let access = Access {
        user: "system:serviceaccount:dittofs-system:dittofs-adapters".to_owned(),
        rules: Some(rules),
    };
    let client = kube::Client::new(stage.kubernetes.service_as(access), "default");
    World { client, ..stage.world(1) }
}

/// A life of a server in which everything is done that the operator does; gives what was refused.
async fn life(rules: Vec<PolicyRule>) -> Vec<String> {
    let mut scene = Scene::fresh(&json!({ "adapterDiscovery": { "pollingInterval": "5s" } }));
    scene.restart(world(&scene.stage, rules), options());
    scene.pass(30).await;
    let _ = scene.dittofs.stop_adapter("smb");
    scene.pass(15).await;
    // In the way of a creation, by an object that the caches do not show yet: the name is looked at.
    for object in ["Service", "NetworkPolicy"] {
        unseen(&scene, object).await;
    }
    // One that does not parse is read as it is.
    let mut broken = scene.get(Kind::DittoServer, NAME).unwrap();
    broken["metadata"] = json!({ "name": "broken", "namespace": NAMESPACE });
    broken["spec"]["replicas"] = json!("one");
    scene.kubernetes().put(broken).unwrap();
    scene.pass(15).await;
    // A requested restart is guarded by a look at the pod, and a changed port is a patch of everything.
    let _ = scene.dittofs.set_port("nfs", 2049);
    scene.pass(15).await;
    let _ = scene.kubernetes().rollout_restart(NAMESPACE, NAME);
    scene.pass(180).await;
    scene.pass(900).await;
    scene.kubernetes().delete(Kind::DittoServer, NAMESPACE, NAME);
    scene.pass(300).await;
    let refused = scene.kubernetes().requests().into_iter().filter(|request| request.status == 403);
    refused.map(|r| format!("{:?} {:?} {:?} {:?}", r.verb, r.kind, r.subresource, r.name)).collect()
}

/// While the watches are late somebody takes the name that smb is about to want.
async fn unseen(scene: &Scene, kind: &str) {
    let late = What::Slow(Duration::from_secs(30));
    scene.kubernetes().inject(Fault::new(late).always().on_verb(Verb::Watch));
    scene.kubernetes().cut_watches(Kind::Service);
    scene.kubernetes().cut_watches(Kind::NetworkPolicy);
    scene.pass(3).await;
    let version = if kind == "Service" { "v1" } else { "networking.k8s.io/v1" };
    let foreign = json!({
        "apiVersion": version, "kind": kind, "metadata": { "name": adapter("smb"), "namespace": NAMESPACE },
        "spec": if kind == "Service" { json!({ "ports": [{ "port": 80 }] }) } else { json!({ "podSelector": {} }) },
    });
    // Without some rights ours is still there.
    let _ = scene.kubernetes().create(foreign);
    let _ = scene.dittofs.start_adapter("smb");
    scene.pass(15).await;
    scene.kubernetes().heal_all();
    let kind = if kind == "Service" { Kind::Service } else { Kind::NetworkPolicy };
    scene.kubernetes().delete(kind, NAMESPACE, &adapter("smb"));
    let _ = scene.dittofs.stop_adapter("smb");
    scene.pass(90).await;
}

#[tokio::test(start_paused = true)]
async fn with_the_rights_of_deploy_nothing_is_refused() {
    assert_eq!(life(rules()).await, Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn without_any_one_of_them_something_is() {
    let mut unnoticed = Vec::new();
    for (index, rule) in rules().iter().enumerate() {
        for verb in &rule.verbs {
            let mut fewer = rules();
            fewer[index].verbs.retain(|kept| kept != verb);
            if life(fewer).await.is_empty() {
                unnoticed.push(format!("{verb} {:?}", rule.resources));
            }
        }
    }
    // The first is asked for by an admission plugin, which is not part of the embedded API; the others are a look before
    // a second try that this life does not come to.
    assert_eq!(unnoticed, EXPECTED);
}

const EXPECTED: [&str; 2] = [r#"update Some(["dittoservers/finalizers"])"#, r#"get Some(["statefulsets"])"#];

#[tokio::test(start_paused = true)]
async fn one_namespace_is_enough_for_an_operator_of_one() {
    let scene = Scene::ready(&json!({})).await;
    let other = scene
        .stage
        .add("elsewhere", "other", &spec(&json!({})), embedded_dittofs::Options::default())
        .unwrap();
    let mut scene = scene;
    let mut one = options();
    one.scope.namespace = Some(NAMESPACE.to_owned());
    scene.restart(scene.stage.world(2), one);
    scene.pass(60).await;
    assert_eq!(other.requests().total(), 0);
    assert!(scene.has(Kind::Service, &adapter("nfs")) && scene.is_ready());
}
