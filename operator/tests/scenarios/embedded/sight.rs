//! What cannot be seen is not acted on: one broken watch of those that decide, and everything stays as it is.

use embedded_kubernetes::{Fault, Kind, Verb, What};
use serde_json::json;

use crate::ground::{Embedded, Ground as _, NAME};
use crate::scene::{FRESH, Scene};

scenarios_of!(
    embedded: safe_01_nothing_is_executed_while_a_watch_is_broken,
    safe_05_a_policy_that_comes_while_nobody_sees_it_is_heeded_afterwards,
    mode_01_a_pause_that_is_not_seen_is_kept_all_the_same,
);

const DECIDE: [Kind; 5] =
    [Kind::DittoServer, Kind::Service, Kind::NetworkPolicy, Kind::StatefulSet, Kind::Pod];

/// Nothing can be learned of this kind any more.
fn hide(scene: &Scene<Embedded>, kind: Kind) {
    for verb in [Verb::Watch, Verb::List] {
        scene.kubernetes().inject(Fault::new(What::InternalError).on_kind(kind).on_verb(verb).always());
    }
    scene.kubernetes().cut_watches(kind);
}

async fn safe_01_nothing_is_executed_while_a_watch_is_broken(scenario: &'static str) {
    for kind in DECIDE {
        let scene = Scene::<Embedded>::ready(scenario, &json!({})).await;
        let promised = scene.promised().await;
        hide(&scene, kind);
        scene.pass(5).await;
        scene.enable("smb", false).await;
        scene.pass(600).await;
        assert_eq!(scene.promised().await, promised, "{kind:?} is not seen");
        scene.kubernetes().heal_all();
        let took = scene.until_open(&FRESH[..1]).await;
        assert!(took.as_secs() <= 40, "{kind:?}: it sees again after {took:?}");
    }
}

async fn safe_05_a_policy_that_comes_while_nobody_sees_it_is_heeded_afterwards(scenario: &'static str) {
    let scene = Scene::<Embedded>::ready(scenario, &json!({})).await;
    let baseline = format!("{NAME}-baseline");
    hide(&scene, Kind::NetworkPolicy);
    scene.pass(1).await;
    scene.delete(Kind::NetworkPolicy, &baseline).await;
    scene.pass(60).await;
    assert!(!scene.has(Kind::NetworkPolicy, &baseline).await, "nobody knows that it is gone");
    scene.kubernetes().heal_all();
    scene.until("a baseline", async || scene.has(Kind::NetworkPolicy, &baseline).await).await;
}

async fn mode_01_a_pause_that_is_not_seen_is_kept_all_the_same(scenario: &'static str) {
    let scene = Scene::<Embedded>::ready(scenario, &json!({})).await;
    let promised = scene.promised().await;
    hide(&scene, Kind::DittoServer);
    scene.pass(1).await;
    scene.pause(true).await;
    scene.enable("smb", false).await;
    scene.pass(120).await;
    scene.kubernetes().heal_all();
    scene.pass(120).await;
    assert_eq!(scene.promised().await, promised);
}
