//! `plan` and `apply` against the live pair.

use std::process::Command;

use embedded_kubernetes::Kind;
use serde_json::{Value, json};

use crate::ground::{BINARY, Ground as _, NAME, Real};
use crate::scene::{FRESH, Scene, adapter};

scenarios_of!(real: plan_01_what_is_planned_live_is_what_is_applied);

fn run(scene: &Scene<Real>, arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(BINARY)
        .args(arguments)
        .args(["--namespace", scene.namespace(), "--api-url", &scene.url()])
        .env("KUBECONFIG", scene.operator().kubeconfig())
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

async fn plan_01_what_is_planned_live_is_what_is_applied(scenario: &'static str) {
    let scene = Scene::<Real>::ready(scenario, &json!({})).await;
    scene.kill_operator();
    let (code, out, error) = run(&scene, &["plan", NAME, "--detailed-exitcode"]);
    assert_eq!(code, 0, "at rest there is nothing to do: {out} {error}");

    scene.delete(Kind::Service, &adapter("smb")).await;
    scene.move_to("nfs", 15_049).await;
    let (code, json, error) = run(&scene, &["plan", NAME, "-o", "json", "--detailed-exitcode"]);
    assert_eq!(code, 3, "the old port of nfs closes: {json} {error}");
    let plan: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(plan["observation"], "reported");
    assert_eq!(plan["summary"], json!({ "create": 1, "update": 3, "delete": 0, "hold": 0 }), "{json}");
    scene.is_open(&FRESH).await;

    let (code, out, error) = run(&scene, &["apply", NAME, "--yes"]);
    assert_eq!(code, 0, "{out} {error}");
    scene.until_open(&[("nfs", 15_049), FRESH[1]]).await;
    let (code, out, error) = run(&scene, &["plan", NAME, "--detailed-exitcode"]);
    assert_eq!(code, 0, "nothing is left to do: {out} {error}");
}
