//! The rights of `deploy/rbac`: none too many. That they are enough every scenario sees.

use std::time::Duration;

use dittofs_adapters::stage::Stage;
use embedded_dittofs::Options;
use embedded_kubernetes::{Fault, Kind, Verb, What};
use k8s_openapi::api::rbac::v1::PolicyRule;
use libtest_mimic::Trial;
use serde_json::json;

use crate::ground::{Embedded, Ground as _, NAME, Wishes, rules, spec};
use crate::runner;
use crate::scene::{FRESH, Scene, adapter, foreign};

pub fn trials() -> Vec<Trial> {
    let without = |index| {
        let name = format!("auth_01_without_any_verb_of_rule_{index}_something_is_refused");
        runner::embedded(module_path!(), &name, move || without_any_verb(index))
    };
    let one = "one_namespace_is_enough_for_an_operator_of_one";
    let all = "auth_01_with_all_of_them_nothing_is_refused";
    let mut trials: Vec<Trial> = (0..rules().len()).map(without).collect();
    trials.push(runner::embedded(module_path!(), all, || with_all_of_them(all)));
    trials.push(runner::embedded(module_path!(), one, || for_an_operator_of_one(one)));
    trials
}

/// A life of a server in which everything is done that the operator does; gives what was refused.
async fn life(scenario: &str, rules: Vec<PolicyRule>) -> Vec<String> {
    let often = json!({ "adapterDiscovery": { "pollingInterval": "5s" } });
    let scene = Scene::<Embedded>::unattended(scenario, &often, Wishes::default()).await.with_refusals();
    scene.start(scene.world_of(rules), Stage::options());
    scene.pass(30).await;
    scene.enable("smb", false).await;
    scene.pass(15).await;
    // In the way of a creation, by an object that the caches do not show yet: the name is looked at.
    for kind in [Kind::Service, Kind::NetworkPolicy] {
        unseen(&scene, kind).await;
    }
    // One that does not parse is read as it is.
    let mut broken = scene.get(Kind::DittoServer, NAME).await.unwrap();
    broken["metadata"] = json!({ "name": "broken", "namespace": scene.namespace() });
    broken["spec"]["replicas"] = json!("one");
    scene.kubernetes().put(broken).unwrap();
    scene.pass(15).await;
    // A requested restart is guarded by a look at the pod, and a changed port is a patch of everything.
    scene.move_to("nfs", 2049).await;
    scene.pass(15).await;
    scene.rollout_restart().await;
    scene.pass(180).await;
    scene.pass(900).await;
    scene.delete(Kind::DittoServer, NAME).await;
    scene.pass(300).await;
    let refused = scene.kubernetes().requests().into_iter().filter(|request| request.status == 403);
    refused.map(|r| format!("{:?} {:?} {:?} {:?}", r.verb, r.kind, r.subresource, r.name)).collect()
}

/// While the watches are late somebody takes the name that smb is about to want.
async fn unseen(scene: &Scene<Embedded>, kind: Kind) {
    let late = What::Slow(Duration::from_secs(30));
    scene.kubernetes().inject(Fault::new(late).always().on_verb(Verb::Watch));
    scene.kubernetes().cut_watches(Kind::Service);
    scene.kubernetes().cut_watches(Kind::NetworkPolicy);
    scene.pass(3).await;
    let mut foreign = foreign(kind, &adapter("smb"));
    foreign["metadata"]["namespace"] = json!(scene.namespace());
    // Without some rights ours is still there.
    let _ = scene.kubernetes().create(foreign);
    scene.enable("smb", true).await;
    scene.pass(15).await;
    scene.kubernetes().heal_all();
    scene.delete(kind, &adapter("smb")).await;
    scene.enable("smb", false).await;
    scene.pass(90).await;
}

async fn with_all_of_them(scenario: &str) {
    assert_eq!(life(scenario, rules()).await, Vec::<String>::new());
}

/// What a life does not notice: the first is asked for by an admission plugin, which is not part of the embedded API; the
/// other is a look before a second try, to which this life does not come.
const UNNOTICED: [(&str, &str); 2] = [("update", "dittoservers/finalizers"), ("get", "statefulsets")];

async fn without_any_verb(index: usize) {
    let rule = rules().swap_remove(index);
    for verb in &rule.verbs {
        let mut fewer = rules();
        fewer[index].verbs.retain(|kept| kept != verb);
        let is_noticed = !life("rights", fewer).await.is_empty();
        let resources = rule.resources.clone().unwrap_or_default();
        let is_known = UNNOTICED.iter().any(|(v, resource)| v == verb && resources == [*resource]);
        assert_eq!(is_noticed, !is_known, "{verb} {resources:?}");
    }
}

async fn for_an_operator_of_one(scenario: &str) {
    let scene = Scene::<Embedded>::ready(scenario, &json!({})).await;
    let other = spec(&json!({}), Embedded::POLL);
    let other = scene.stage.add("elsewhere", "other", &other, Options::default()).unwrap();
    let mut one = Stage::options();
    one.scope.namespace = Some(scene.namespace().to_owned());
    scene.start(scene.world(), one);
    scene.pass(60).await;
    assert_eq!(other.requests().total(), 0);
    scene.until_open(&FRESH).await;
    assert!(scene.is_ready().await);
}
