//! What it costs when nothing happens, and when it should be asked how often.

use std::time::Duration;

use embedded_kubernetes::{Kind, Verb};
use serde_json::json;

use crate::scene::{LIST, NAMESPACE, Scene};

#[tokio::test(start_paused = true)]
async fn an_idle_cycle_is_one_get_and_no_request_to_the_api_server_but_open_watches() {
    let scene = Scene::ready(&json!({})).await;
    scene.kubernetes().forget_requests();
    let (before, written) = (scene.dittofs.requests(), scene.kubernetes().resource_version());
    scene.pass(600).await;
    let asked = scene.dittofs.requests().since(&before);
    assert_eq!((asked.count("GET", LIST), asked.total()), (20, 20), "{asked:?}");
    assert_eq!(scene.asked(), 0, "{:?}", scene.kubernetes().request_counts());
    assert_eq!(scene.kubernetes().resource_version(), written);
    assert_eq!(scene.kubernetes().open_watches(), 6);
}

#[tokio::test(start_paused = true)]
async fn auth_05_a_lifetime_of_the_token_costs_one_post_and_one_write_which_wakes_nothing() {
    let scene = Scene::ready(&json!({})).await;
    scene.kubernetes().forget_requests();
    let before = scene.dittofs.requests();
    scene.pass(10 * 900).await;
    let asked = scene.dittofs.requests().since(&before);
    let refreshes = asked.count("POST", "/api/v1/auth/refresh");
    // At 70 to 80 percent of 15 minutes.
    assert!((12..=15).contains(&refreshes), "{refreshes}");
    assert_eq!(
        asked.total(),
        refreshes + asked.count("GET", LIST) + asked.count("DELETE", &probe()),
        "{asked:?}"
    );
    let counts = scene.kubernetes().request_counts();
    assert_eq!(counts.get(&(Verb::Patch, Kind::Secret, None)), Some(&refreshes), "{counts:?}");
    assert_eq!(
        counts.get(&(Verb::Get, Kind::Secret, None)),
        Some(&refreshes),
        "guarded by a look at whose it is"
    );
    assert_eq!(scene.asked(), 2 * refreshes, "{counts:?}");
}

fn probe() -> String {
    format!("{LIST}/dittofs-adapters-privilege-probe")
}

#[tokio::test(start_paused = true)]
async fn disc_02_a_changed_interval_takes_effect_at_once_both_ways() {
    let scene = Scene::ready(&json!({ "adapterDiscovery": { "pollingInterval": "10m" } })).await;
    scene.edit_spec(|spec| spec["adapterDiscovery"]["pollingInterval"] = json!("10s"));
    let before = scene.polls();
    scene.pass(60).await;
    let polls = scene.polls() - before;
    assert!((6..=7).contains(&polls), "a shorter one does not wait out the longer: {polls}");
    scene.edit_spec(|spec| spec["adapterDiscovery"]["pollingInterval"] = json!("10m"));
    scene.pass(1).await;
    let before = scene.polls();
    scene.pass(580).await;
    assert_eq!(scene.polls() - before, 0);
}

#[tokio::test(start_paused = true)]
async fn obsv_03_one_server_that_hangs_delays_no_other() {
    let scene = Scene::ready(&json!({})).await;
    let mut others = Vec::new();
    for index in 0..50 {
        let name = format!("other-{index}");
        let spec = crate::scene::spec(&json!({}));
        let server = scene.stage.add(NAMESPACE, &name, &spec, embedded_dittofs::Options::default()).unwrap();
        if index < 5 {
            server.inject(embedded_dittofs::Fault::Hanging);
        }
        others.push(server);
    }
    scene.pass(60).await;
    let before: Vec<_> = others.iter().map(|server| server.requests().count("GET", LIST)).collect();
    scene.pass(300).await;
    for (index, server) in others.iter().enumerate().skip(5) {
        assert_eq!(server.requests().count("GET", LIST) - before[index], 10, "server {index}");
    }
}

#[tokio::test(start_paused = true)]
async fn auth_04_an_hour_of_outage_is_asked_about_less_and_less_and_touches_nothing() {
    let scene = Scene::ready(&json!({})).await;
    let (exposed, before) = (scene.exposed(), scene.dittofs.requests());
    scene.dittofs.inject(embedded_dittofs::Fault::ServerError(503));
    scene.pass(90).await;
    scene.kubernetes().forget_requests();
    scene.pass(3510).await;
    let asked = scene.dittofs.requests().since(&before).total();
    // 2 s, doubled to 5 min: some 8 tries, then 11 more; the same again for the session once its token wants refreshing.
    assert!((15..=45).contains(&asked), "{asked}");
    assert_eq!(scene.exposed(), exposed);
    let writes = scene.kubernetes().request_counts();
    let statuses = writes.get(&(Verb::Patch, Kind::DittoServer, Some("status"))).copied().unwrap_or_default();
    assert!(statuses <= 2, "an outage is no storm of status writes: {writes:?}");
    scene.dittofs.heal();
    let took = scene.until("a ready server", Scene::is_ready).await;
    assert!(took <= Duration::from_secs(361), "the longest wait, and jitter: {took:?}");
    assert_eq!(scene.exposed(), exposed);
}

#[tokio::test(start_paused = true)]
async fn obsv_03_a_pod_that_becomes_ready_ends_the_waiting_at_once() {
    let scene = Scene::ready(&json!({})).await;
    scene.dittofs.go_down();
    scene.pass(1800).await;
    let pod = "srv-0";
    scene.kubernetes().set_pod_ready(NAMESPACE, pod, false);
    scene.pass(1).await;
    scene.dittofs.restart();
    scene.kubernetes().set_pod_ready(NAMESPACE, pod, true);
    let took = scene.until("a ready server", Scene::is_ready).await;
    assert!(took < Duration::from_secs(3), "{took:?}");
}
