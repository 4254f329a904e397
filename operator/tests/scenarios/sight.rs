//! What cannot be seen is not acted on: one broken watch of those that decide, and everything stays as it is.

use embedded_kubernetes::{Fault, Kind, Verb, What};
use serde_json::json;

use crate::scene::{NAME, NAMESPACE, Scene, adapter};

const DECIDE: [Kind; 5] =
    [Kind::DittoServer, Kind::Service, Kind::NetworkPolicy, Kind::StatefulSet, Kind::Pod];

impl Scene {
    /// Nothing can be learned of this kind any more.
    fn hide(&self, kind: Kind) {
        for verb in [Verb::Watch, Verb::List] {
            self.kubernetes().inject(Fault::new(What::InternalError).on_kind(kind).on_verb(verb).always());
        }
        self.kubernetes().cut_watches(kind);
    }
}

#[tokio::test(start_paused = true)]
async fn safe_01_nothing_is_executed_while_a_watch_is_broken() {
    for kind in DECIDE {
        let scene = Scene::ready(&json!({})).await;
        let exposed = scene.exposed();
        scene.hide(kind);
        scene.pass(5).await;
        scene.dittofs.stop_adapter("smb").unwrap();
        scene.pass(600).await;
        assert_eq!(scene.exposed(), exposed, "{kind:?} is not seen");
        scene.kubernetes().heal_all();
        let took = scene.until("the end of smb", |s| !s.has(Kind::Service, &adapter("smb"))).await;
        assert!(took.as_secs() <= 40, "{kind:?}: it sees again after {took:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn safe_05_a_policy_that_comes_while_nobody_sees_it_is_heeded_afterwards() {
    let scene = Scene::ready(&json!({})).await;
    scene.hide(Kind::NetworkPolicy);
    scene.pass(1).await;
    scene.kubernetes().delete(Kind::NetworkPolicy, NAMESPACE, &format!("{NAME}-baseline"));
    scene.pass(60).await;
    assert!(!scene.has(Kind::NetworkPolicy, &format!("{NAME}-baseline")), "nobody knows that it is gone");
    scene.kubernetes().heal_all();
    scene.until("a baseline", |s| s.has(Kind::NetworkPolicy, &format!("{NAME}-baseline"))).await;
}

#[tokio::test(start_paused = true)]
async fn mode_01_a_pause_that_is_not_seen_is_kept_all_the_same() {
    let scene = Scene::ready(&json!({})).await;
    let exposed = scene.exposed();
    scene.hide(Kind::DittoServer);
    scene.pass(1).await;
    scene
        .edit(Kind::DittoServer, NAME, |s| s["metadata"]["annotations"]["dittofs.io/paused"] = json!("true"));
    scene.dittofs.stop_adapter("smb").unwrap();
    scene.pass(120).await;
    scene.kubernetes().heal_all();
    scene.pass(120).await;
    assert_eq!(scene.exposed(), exposed);
}
