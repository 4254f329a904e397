//! The loop on the stage, under a paused clock.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::time::Duration;

use dittofs_adapters::run::{Options, run};
use dittofs_adapters::stage::Stage;
use embedded_kubernetes::Kind;
use serde_json::json;

fn options() -> Options {
    Options { instance: Some("test".to_owned()), ..Stage::options() }
}

#[tokio::test(start_paused = true)]
async fn auth_02_srvc_01_a_fresh_server_gets_its_account_and_its_services() {
    let _ = tracing_subscriber::fmt().with_env_filter("info").with_test_writer().try_init();
    let stage = Stage::new(embedded_kubernetes::Options::default());
    let spec = json!({ "storage": { "metadataSize": "1Gi", "controlPlaneSize": "1Gi" } });
    let dittofs = stage.add("files", "srv", &spec, embedded_dittofs::Options::default()).unwrap();
    let operator = tokio::spawn(run(stage.world(1), options(), std::future::pending()));
    tokio::time::sleep(Duration::from_secs(20)).await;
    for kind in [Kind::Service, Kind::NetworkPolicy, Kind::Secret] {
        for object in stage.kubernetes.list(kind, Some("files")) {
            println!("{kind:?} {}", object["metadata"]["name"]);
        }
    }
    let server = stage.kubernetes.get(Kind::DittoServer, "files", "srv").unwrap();
    println!("{}", serde_json::to_string_pretty(&server["status"]).unwrap());
    println!("{:?}", stage.kubernetes.request_counts());
    println!("{:?}", dittofs.requests());
    stage.kubernetes.forget_requests();
    let before = dittofs.requests();
    tokio::time::sleep(Duration::from_secs(300)).await;
    println!("idle {:?}", stage.kubernetes.request_counts());
    println!("idle {:?}", dittofs.requests().since(&before));
    operator.abort();
}
