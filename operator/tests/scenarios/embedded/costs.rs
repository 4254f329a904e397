//! What it costs when nothing happens, and when it should be asked how often.

use std::time::Duration;

use embedded_dittofs::{Fault, Options};
use embedded_kubernetes::{Kind, Verb};
use serde_json::json;

use crate::ground::{Embedded, Ground as _, LIST, spec};
use crate::scene::Scene;

scenarios_of!(
    embedded: an_idle_cycle_is_one_get_and_no_request_to_the_api_server_but_open_watches,
    auth_05_a_lifetime_of_the_token_costs_one_post_and_one_write_which_wakes_nothing,
    disc_02_a_changed_interval_is_kept,
    obsv_03_one_server_that_hangs_delays_no_other,
    auth_04_an_hour_of_outage_is_asked_about_less_and_less_and_touches_nothing,
);

/// A server that is ready, and at rest.
async fn at_rest(scenario: &str) -> Scene<Embedded> {
    let scene = Scene::<Embedded>::ready(scenario, &json!({})).await;
    scene.pass(5).await;
    scene
}

/// Requests to the API server since they were last forgotten, watches aside.
fn sent(scene: &Scene<Embedded>) -> u64 {
    let counts = scene.kubernetes().request_counts();
    counts.iter().filter(|((verb, ..), _)| *verb != Verb::Watch).map(|(_, count)| count).sum()
}

async fn an_idle_cycle_is_one_get_and_no_request_to_the_api_server_but_open_watches(scenario: &'static str) {
    let scene = at_rest(scenario).await;
    scene.kubernetes().forget_requests();
    let (before, written) = (scene.dittofs.requests(), scene.kubernetes().resource_version());
    scene.pass(600).await;
    let asked = scene.dittofs.requests().since(&before);
    assert_eq!((asked.count("GET", LIST), asked.total()), (20, 20), "{asked:?}");
    assert_eq!(sent(&scene), 0, "{:?}", scene.kubernetes().request_counts());
    assert_eq!(scene.kubernetes().resource_version(), written);
    assert_eq!(scene.kubernetes().open_watches(), 6);
}

async fn auth_05_a_lifetime_of_the_token_costs_one_post_and_one_write_which_wakes_nothing(
    scenario: &'static str,
) {
    let scene = at_rest(scenario).await;
    scene.kubernetes().forget_requests();
    let before = scene.dittofs.requests();
    scene.pass(10 * 900).await;
    let asked = scene.dittofs.requests().since(&before);
    let refreshes = asked.count("POST", "/api/v1/auth/refresh");
    // At 70 to 80 percent of 15 minutes.
    assert!((12..=15).contains(&refreshes), "{refreshes}");
    let probe = format!("{LIST}/dittofs-adapters-privilege-probe");
    let all = refreshes + asked.count("GET", LIST) + asked.count("DELETE", &probe);
    assert_eq!(asked.total(), all, "{asked:?}");
    let counts = scene.kubernetes().request_counts();
    assert_eq!(counts.get(&(Verb::Patch, Kind::Secret, None)), Some(&refreshes), "{counts:?}");
    let looks = counts.get(&(Verb::Get, Kind::Secret, None));
    assert_eq!(looks, Some(&refreshes), "guarded by a look at whose it is");
    assert_eq!(sent(&scene), 2 * refreshes, "{counts:?}");
}

async fn disc_02_a_changed_interval_is_kept(scenario: &'static str) {
    let scene = at_rest(scenario).await;
    for (interval, polls) in [("10s", 59..=61), ("10m", 1..=1), ("60s", 10..=10)] {
        scene.edit_spec(|spec| spec["adapterDiscovery"]["pollingInterval"] = json!(interval)).await;
        scene.pass(5).await;
        let before = scene.asked("GET", LIST, None);
        scene.pass(600).await;
        let asked = scene.asked("GET", LIST, None) - before;
        assert!(polls.contains(&asked), "{asked} in ten minutes by {interval}");
    }
}

async fn obsv_03_one_server_that_hangs_delays_no_other(scenario: &'static str) {
    let scene = at_rest(scenario).await;
    let mut others = Vec::new();
    for index in 0..50 {
        let name = format!("other-{index}");
        let spec = spec(&json!({}), Embedded::POLL);
        let server = scene.stage.add(scene.namespace(), &name, &spec, Options::default()).unwrap();
        if index < 5 {
            server.inject(Fault::Hanging);
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

async fn auth_04_an_hour_of_outage_is_asked_about_less_and_less_and_touches_nothing(scenario: &'static str) {
    let scene = at_rest(scenario).await;
    let (promised, before) = (scene.promised().await, scene.dittofs.requests());
    scene.dittofs.inject(Fault::ServerError(503));
    scene.pass(90).await;
    scene.kubernetes().forget_requests();
    scene.pass(3510).await;
    let asked = scene.dittofs.requests().since(&before).total();
    // 2 s, doubled to 5 min: some 8 tries, then 11 more; the same again for the session once its token wants refreshing.
    assert!((15..=45).contains(&asked), "{asked}");
    assert_eq!(scene.promised().await, promised);
    let writes = scene.kubernetes().request_counts();
    let statuses = writes.get(&(Verb::Patch, Kind::DittoServer, Some("status"))).copied().unwrap_or_default();
    assert!(statuses <= 2, "an outage is no storm of status writes: {writes:?}");
    scene.dittofs.heal();
    let took = scene.until_ready().await;
    assert!(took <= Duration::from_secs(361), "the longest wait, and jitter: {took:?}");
    assert_eq!(scene.promised().await, promised);
}
