//! `plan` through a port-forward: a proxy before the embedded API is the other end of it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

use loopback::Loopback;
use pod::forwarded;
use serde_json::Value;

mod certificates;
#[path = "../loopback/mod.rs"]
mod loopback;
mod pod;
mod tls;

/// A text without its line breaks.
fn flowing(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[tokio::test(flavor = "multi_thread")]
async fn plan_01_without_a_url_dittofs_is_asked_through_the_pod_s_port() {
    let (loopback, pod) = forwarded("forward_plan").await;
    pod.set(loopback.serving.address()).unwrap();
    let before = loopback.dittofs.requests();
    let (code, json, error) = loopback.run(&["plan", "-o", "json"]).await;
    assert_eq!((code, error.as_str()), (0, ""));
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["observation"], "reported", "{json}");
    assert_ne!(loopback.dittofs.requests(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_pod_says_is_said() {
    let (loopback, _) = forwarded("forward_refused").await;
    let (code, out, _) = loopback.run(&["plan", "--detailed-exitcode"]).await;
    assert_eq!(code, 4, "{out}");
    assert!(
        flowing(&out).contains("the port-forward to pod srv-0, port 8080: error forwarding port 8080"),
        "{out}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_server_that_cannot_forward_is_an_outage_with_advice() {
    let loopback = Loopback::start("forward_missing").await;
    loopback.operate().await;
    let (code, out, _) = loopback.run(&["plan", "--detailed-exitcode"]).await;
    assert_eq!(code, 4, "{out}");
    assert!(out.contains("--api-url"), "{out}");
}
