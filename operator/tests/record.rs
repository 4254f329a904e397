//! `run --record` and `replay`: what the operator decided, decided again.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use embedded_kubernetes::Kind;
use loopback::{Loopback, NAMESPACE};
use serde_json::Value;

mod loopback;

struct Recorded {
    loopback: Loopback,
    path: String,
    lines: Vec<Value>,
    log: String,
}

/// A real operator that sees a fresh server, a stopped adapter and an outage, and is told to stop.
async fn recorded(test: &str) -> Recorded {
    let loopback = Loopback::start(test).await;
    let (folder, url) = (loopback.file("recordings/deep"), loopback.api_url());
    let mut command = loopback.command(&["run", "--record", &folder, "--api-url", &url]);
    let operator = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let has = |name: &'static str| {
        move |stage: &dittofs_adapters::stage::Stage| {
            stage.kubernetes.get(Kind::Service, NAMESPACE, name).is_some()
        }
    };
    loopback.wait("the adapters are exposed", has("srv-adapter-smb")).await;
    let path = format!("{folder}/files_srv.jsonl");
    until("an answer is recorded", || written(&path).contains(r#""observed":"reported""#)).await;
    loopback.dittofs.inject(embedded_dittofs::Fault::ServerError(503).on("/api/v1/adapters"));
    let poke = |server: &mut Value| server["spec"]["adapterDiscovery"]["pollingInterval"] = "1s".into();
    loopback.stage.kubernetes.edit(Kind::DittoServer, NAMESPACE, "srv", poke).unwrap();
    until("an outage is recorded", || written(&path).contains(r#""observed":"unavailable""#)).await;
    let pid = operator.id().unwrap().to_string();
    tokio::process::Command::new("kill").args(["-TERM", &pid]).status().await.unwrap();
    let output = operator.wait_with_output().await.unwrap();
    assert_eq!(output.status.code(), Some(0));
    let lines = written(&path).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    Recorded { loopback, path, lines, log: String::from_utf8(output.stderr).unwrap() }
}

fn joined(lines: &[Value]) -> String {
    lines.iter().fold(String::new(), |text, line| text + &line.to_string() + "\n")
}

fn written(path: &str) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

async fn until(what: &str, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !is_so() {
        assert!(Instant::now() < deadline, "waited too long until {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn plan_02_what_was_recorded_is_decided_again_the_same() {
    let Recorded { loopback, path, lines, .. } = recorded("record_same").await;
    let mode = |path: &str| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&path), mode(&loopback.file("recordings/deep"))), (0o600, 0o700));
    let (code, out, error) = loopback.run(&["replay", &path]).await;
    assert_eq!((code, error.as_str()), (0, ""), "{out}");
    assert_eq!(out, format!("{path}: {} decisions, all the same\n", lines.len()));
    assert!(lines.len() > 3, "{}", lines.len());
    for (one, next) in lines.iter().zip(&lines[1..]) {
        let essence =
            |line: &Value| (line["observation"].clone(), line["objects"].clone(), line["plan"].clone());
        let resource = |line: &Value| line["resource"].clone();
        assert!(
            essence(one) != essence(next) || resource(one) != resource(next),
            "one decision, written twice"
        );
    }
    let outcomes = lines.iter().flat_map(|line| line["outcomes"].as_array().unwrap());
    assert!(outcomes.filter(|outcome| outcome["outcome"] == "written").count() >= 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn plan_02_secrets_are_in_no_recording_no_log_and_no_answer() {
    let Recorded { loopback, path, log, .. } = recorded("record_secrets").await;
    let text = written(&path);
    assert!(text.contains("srv-adapter-nfs") && log.contains("the caches are complete"), "{log}");
    let (_, replayed, _) = loopback.run(&["replay", "-o", "json", &path]).await;
    let (_, applied, error) = loopback.asking(&["apply", "--yes"]).await;
    for canary in loopback.canaries() {
        for said in [&text, &log, &replayed, &applied, &error] {
            assert!(!said.contains(&canary), "a secret is in what is written: {said}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn plan_02_a_decision_that_differs_is_shown_with_line_time_object_and_fields() {
    let Recorded { loopback, path, mut lines, .. } = recorded("record_differs").await;
    let exposes = |line: &Value| line["plan"]["effects"].to_string().contains(r#""name":"srv-adapter-nfs""#);
    let line = lines.iter().position(exposes).unwrap();
    let entries = lines[line]["observation"]["entries"].as_array_mut().unwrap();
    let nfs = entries.iter_mut().find(|entry| entry["adapter"] == "nfs").unwrap();
    nfs["state"]["running"]["port"] = 12051.into();
    std::fs::write(&path, joined(&lines)).unwrap();
    let (code, out, error) = loopback.run(&["replay", &path]).await;
    assert_eq!((code, error.as_str()), (2, ""), "{out}");
    let at = lines[line]["at"].as_str().unwrap();
    assert!(out.contains(&format!("line {}, {at}, DittoServer files/srv", line + 1)), "{out}");
    assert!(out.contains("Service files/srv-adapter-nfs, after.spec.ports[0].targetPort:"), "{out}");
    assert!(out.contains("- 12049\n") && out.contains("+ 12051\n"), "{out}");
    let (code, json, _) = loopback.run(&["replay", "-o", "json", &path]).await;
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(code, 2);
    assert_eq!(json["files"][0]["differing"][0]["line"], line + 1);
    let difference = &json["files"][0]["differing"][0]["differences"][0];
    assert!(difference["subject"].is_string() && difference["then"] != difference["now"], "{json}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_cannot_be_read_is_named_and_the_rest_is_replayed() {
    let Recorded { loopback, path, mut lines, .. } = recorded("record_corrupt").await;
    let count = lines.len();
    lines[1]["formatVersion"] = "2.0".into();
    let mut text = joined(&lines);
    text.push_str("{\"formatVersion\":\"1.0\",\"at\":\"2026");
    std::fs::write(&path, text).unwrap();
    let (code, out, error) = loopback.run(&["replay", &path]).await;
    assert_eq!(code, 1);
    assert!(
        out.contains(&format!("{} decisions, all the same, 2 lines cannot be replayed", count - 1)),
        "{out}"
    );
    assert!(error.contains(&format!("{path}:2: this line has format 2.0")), "{error}");
    assert!(error.contains(&format!("{path}:{}: this line is no recorded decision", count + 1)), "{error}");
    let (code, _, error) = loopback.run(&["replay", "nowhere.jsonl"]).await;
    assert!(code == 1 && error.contains("reading nowhere.jsonl"), "{error}");
}
