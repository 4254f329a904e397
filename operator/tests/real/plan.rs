//! `plan` and `apply` against the live pair.

use std::process::Command;

use dittofs_testbed::dittofs;
use serde_json::{Value, json};

use crate::cluster::path;
use crate::operator::BINARY;
use crate::site::{NAME, Site};

fn run(site: &Site, arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(BINARY)
        .args(arguments)
        .args(["--namespace", &site.namespace, "--api-url", &site.dittofs.url()])
        .env("KUBECONFIG", site.operator.kubeconfig())
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn plan_01_what_is_planned_live_is_what_is_applied() {
    let Some(mut site) = Site::open("plan", dittofs::Options::default()).await else { return };
    site.operator.start();
    site.until_condition("Ready", "True").await;
    site.operator.kill();
    let (code, out, error) = run(&site, &["plan", NAME, "--detailed-exitcode"]);
    assert_eq!(code, 0, "at rest there is nothing to do: {out} {error}");

    let services = path("services", &site.namespace);
    site.cluster.delete(&format!("{services}/srv-adapter-smb"), &Value::Null).await;
    site.administrator.adapter("nfs", &json!({ "port": 15_049 })).await;
    let (code, json, error) = run(&site, &["plan", NAME, "-o", "json", "--detailed-exitcode"]);
    assert_eq!(code, 3, "the old port of nfs closes: {json} {error}");
    let plan: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(plan["observation"], "reported");
    assert_eq!(plan["summary"], json!({ "create": 1, "update": 3, "delete": 0, "hold": 0 }), "{json}");

    let (code, out, error) = run(&site, &["apply", NAME, "--yes"]);
    assert_eq!(code, 0, "{out} {error}");
    site.until_port("nfs", Some(15_049)).await;
    site.until_port("smb", Some(1445)).await;
    let (code, out, error) = run(&site, &["plan", NAME, "--detailed-exitcode"]);
    assert_eq!(code, 0, "nothing is left to do: {out} {error}");
}
