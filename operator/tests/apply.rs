//! `apply`: a saved plan, or the plan of now.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

use std::process::Stdio;
use std::time::Duration;

use embedded_kubernetes::{Access, Fault, Kind, Verb, What};
use loopback::{Loopback, NAMESPACE};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};

mod loopback;

const SMB: &str = "srv-adapter-smb";
const NFS: &str = "srv-adapter-nfs";

/// One whose adapter moves to another port and another is stopped: a plan with updates and deletions.
async fn changed(test: &str) -> Loopback {
    let loopback = Loopback::start(test).await;
    loopback.operate().await;
    loopback.dittofs.set_port("nfs", 12050).unwrap();
    loopback.dittofs.stop_adapter("smb").unwrap();
    loopback
}

async fn saved(loopback: &Loopback) -> String {
    let plan = loopback.file("plan.json");
    let (code, _, error) = loopback.asking(&["plan", "--out", &plan]).await;
    assert_eq!((code, error.as_str()), (0, ""));
    plan
}

fn writes(loopback: &Loopback) -> usize {
    loopback.stage.kubernetes.requests().iter().filter(|request| request.verb.is_write()).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn plan_01_a_saved_plan_does_exactly_what_it_says() {
    let loopback = changed("apply_saved").await;
    let plan = saved(&loopback).await;
    let document: Value = serde_json::from_str(&std::fs::read_to_string(&plan).unwrap()).unwrap();
    let effects = document["effects"].as_array().unwrap().len();
    loopback.stage.kubernetes.forget_requests();
    let (code, out, error) = loopback.asking(&["apply", &plan]).await;
    assert_eq!((code, error.as_str()), (0, ""), "{out}");
    assert_eq!(writes(&loopback), effects);
    assert_eq!(out.lines().last(), Some(format!("Applied: {effects} of {effects} done.").as_str()), "{out}");
    assert!(out.contains("delete Service files/srv-adapter-smb: deleted"), "{out}");
    assert!(loopback.stage.kubernetes.get(Kind::Service, NAMESPACE, SMB).is_none());
    let nfs = loopback.stage.kubernetes.get(Kind::Service, NAMESPACE, NFS).unwrap();
    assert_eq!(nfs["spec"]["ports"][0]["targetPort"], 12050);
    let (code, out, _) = loopback.asking(&["plan", "--detailed-exitcode"]).await;
    assert_eq!(code, 0, "nothing is left to be done: {out}");
    let (code, out, _) = loopback.asking(&["apply", &plan]).await;
    assert_eq!(code, 5, "it is done already: {out}");
}

#[tokio::test(flavor = "multi_thread")]
async fn plan_01_a_saved_plan_is_refused_when_an_object_has_changed_and_the_object_is_named() {
    let loopback = changed("apply_stale").await;
    let plan = saved(&loopback).await;
    let edit = |change: fn(&mut Value)| loopback.stage.kubernetes.edit(Kind::Service, NAMESPACE, NFS, change);
    // A status and a version alone are no change.
    let status = json!({ "ingress": [{ "ip": "192.0.2.7" }] });
    let status = |service: &mut Value| service["status"]["loadBalancer"] = status;
    loopback.stage.kubernetes.edit_status(Kind::Service, NAMESPACE, NFS, status).unwrap();
    edit(|service| service["metadata"]["annotations"]["example.com/note"] = "hello".into()).unwrap();
    loopback.stage.kubernetes.forget_requests();
    let (code, out, _) = loopback.asking(&["apply", &plan]).await;
    assert_eq!(code, 5);
    assert!(
        out.contains("Service files/srv-adapter-nfs: metadata.annotations.example.com/note was absent, and is \"hello\""),
        "{out}"
    );
    assert_eq!(writes(&loopback), 0);
    edit(|service| {
        service["metadata"]["annotations"].as_object_mut().unwrap().remove("example.com/note");
    })
    .unwrap();
    loopback.dittofs.start_adapter("smb").unwrap();
    let (code, out, _) = loopback.asking(&["apply", &plan]).await;
    assert_eq!(code, 5);
    assert!(
        out.contains("Service files/srv-adapter-smb: planned was delete, now it would be nothing"),
        "{out}"
    );
    assert_eq!(writes(&loopback), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn plan_01_only_a_new_version_of_an_object_is_no_change() {
    let loopback = changed("apply_version").await;
    let plan = saved(&loopback).await;
    let status = json!({ "ingress": [{ "ip": "192.0.2.7" }] });
    let version = |service: &Value| service["metadata"]["resourceVersion"].clone();
    let before = loopback.stage.kubernetes.get(Kind::Service, NAMESPACE, NFS).unwrap();
    let status = |service: &mut Value| service["status"]["loadBalancer"] = status;
    let after = loopback.stage.kubernetes.edit_status(Kind::Service, NAMESPACE, NFS, status).unwrap();
    assert_ne!(version(&before), version(&after));
    let (code, out, _) = loopback.asking(&["apply", &plan]).await;
    assert_eq!(code, 0, "{out}");
}

#[tokio::test(flavor = "multi_thread")]
async fn mode_01_what_is_paused_or_observed_or_being_deleted_is_refused() {
    let loopback = changed("apply_paused").await;
    let plan = saved(&loopback).await;
    let kubernetes = &loopback.stage.kubernetes;
    let edit = |change: fn(&mut Value)| kubernetes.edit(Kind::DittoServer, NAMESPACE, "srv", change).unwrap();
    edit(|server| server["metadata"]["annotations"] = json!({ "dittofs.io/paused": "true" }));
    kubernetes.forget_requests();
    for arguments in [&["apply", "srv", "--yes"][..], &["apply", &plan]] {
        let (code, _, error) = loopback.asking(arguments).await;
        assert!(code == 1 && error.contains("(Paused)") && error.contains("dittofs.io/paused"), "{error}");
    }
    edit(|server| {
        server["metadata"]["annotations"] = json!({});
        server["spec"]["adapterDiscovery"]["mode"] = "Observe".into();
    });
    let (code, _, error) = loopback.asking(&["apply", "--yes"]).await;
    assert!(code == 1 && error.contains("(Observe)"), "{error}");
    assert!(kubernetes.delete(Kind::DittoServer, NAMESPACE, "srv"), "its finalizer keeps it");
    let (code, _, error) = loopback.asking(&["apply", "--yes"]).await;
    assert!(code == 1 && error.contains("is being deleted"), "{error}");
    assert_eq!(writes(&loopback), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_terminal_nothing_is_done_unless_told() {
    let loopback = changed("apply_unasked").await;
    loopback.stage.kubernetes.forget_requests();
    let (code, out, error) = loopback.asking(&["apply"]).await;
    assert_eq!((code, writes(&loopback)), (1, 0));
    assert!(out.contains("Plan: ") && error.contains("--yes"), "{out}{error}");
    let (code, out, _) = loopback.asking(&["apply", "--yes"]).await;
    assert_eq!(code, 0, "{out}");
    let (code, out, _) = loopback.asking(&["apply"]).await;
    assert_eq!(code, 0);
    assert!(out.contains("Nothing is to be done."), "{out}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_is_said_with_what_was_done_and_what_was_not_begun() {
    let loopback = changed("apply_failure").await;
    let fault = Fault::new(What::InternalError).on_verb(Verb::Delete).on_kind(Kind::NetworkPolicy);
    loopback.stage.kubernetes.inject(fault);
    let (code, out, _) = loopback.asking(&["apply", "--yes"]).await;
    assert_eq!(code, 1, "{out}");
    assert!(out.contains("delete NetworkPolicy files/srv-adapter-smb: failed: 500"), "{out}");
    assert!(out.contains("Service files/srv-adapter-nfs: done"), "{out}");
    assert!(out.lines().last().unwrap().starts_with("Applied: "), "{out}");
    let fault = Fault::new(What::Conflict).on_verb(Verb::Delete).on_kind(Kind::NetworkPolicy);
    loopback.stage.kubernetes.inject(fault);
    let (code, out, _) = loopback.asking(&["apply", "--yes"]).await;
    assert!(code == 1 && out.contains("written by somebody else meanwhile"), "{out}");
    assert_eq!(loopback.asking(&["apply", "--yes"]).await.0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_stops_between_two_effects() {
    let loopback = changed("apply_interrupted").await;
    let slow = Fault::new(What::Slow(Duration::from_secs(2))).on_kind(Kind::Service).on_verb(Verb::Delete);
    let slow = loopback.stage.kubernetes.inject(slow);
    let url = loopback.api_url();
    let mut child = loopback.command(&["apply", "--yes", "--api-url", &url]);
    let mut child = child.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut said = String::new();
    while !said.contains("delete NetworkPolicy files/srv-adapter-smb: deleted") {
        assert!(out.read_line(&mut said).await.unwrap() > 0, "{said}");
    }
    loopback.wait("the slow write has begun", |stage| stage.kubernetes.hits(slow) > 0).await;
    let pid = child.id().unwrap().to_string();
    let killed = tokio::process::Command::new("kill").args(["-INT", &pid]).status().await.unwrap();
    assert!(killed.success());
    out.read_to_string(&mut said).await.unwrap();
    assert_eq!(child.wait().await.unwrap().code(), Some(1), "{said}");
    assert!(
        said.contains("delete Service files/srv-adapter-smb: deleted"),
        "the write in hand is done: {said}"
    );
    assert!(said.contains("not begun, since it was told to stop"), "{said}");
    assert_eq!(loopback.asking(&["apply", "--yes"]).await.0, 0, "and it goes on from there");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_no_plan_is_refused_with_what_to_do() {
    let loopback = Loopback::with("apply_wrong", Access::default(), |api| api).await;
    let path = loopback.file("wrong.json");
    for (text, expected) in [
        ("apiVersion: v1", "parsing JSON"),
        (r#"{"kind":"List"}"#, "no formatVersion"),
        (r#"{"formatVersion":"2.0"}"#, "format 2.0"),
    ] {
        std::fs::write(&path, text).unwrap();
        let (code, _, error) = loopback.run(&["apply", &path]).await;
        assert!(code == 1 && error.contains(expected) && error.contains("help:"), "{error}");
    }
    let (code, _, error) = loopback.run(&["apply", "./missing.json"]).await;
    assert!(code == 1 && error.contains("reading ./missing.json"), "{error}");
}
