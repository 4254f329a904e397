//! The operator as a process, over real sockets.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

use std::cell::RefCell;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use dittofs_adapters::stage::Stage;
use embedded_dittofs::DittoFs;
use embedded_kubernetes::Kind;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::time::Instant;

struct Scene {
    stage: Stage,
    dittofs: DittoFs,
    kubeconfig: PathBuf,
    _serving: embedded_dittofs::Serving,
}

async fn listen() -> TcpListener {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap()
}

impl Scene {
    async fn set(name: &str) -> Self {
        let (kubernetes, listener) = (listen().await, listen().await);
        let port = listener.local_addr().unwrap().port();
        let spec = json!({
            "image": "dittofs:x", "storage": { "metadataSize": "1Gi", "controlPlaneSize": "1Gi" },
            "controlPlane": { "port": port }, "adapterDiscovery": { "pollingInterval": "1s" },
        });
        let stage = Stage::new(embedded_kubernetes::Options::default());
        let dittofs = stage.add("files", "srv", &spec, embedded_dittofs::Options::default()).unwrap();
        let serving = dittofs.serve(listener).unwrap();
        let server = format!("http://{}", kubernetes.local_addr().unwrap());
        let cluster = stage.kubernetes.clone();
        tokio::spawn(async move { cluster.serve(kubernetes).await });
        let kubeconfig = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.kubeconfig"));
        let text = format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: c\n\
             clusters: [{{name: c, cluster: {{server: \"{server}\"}}}}]\n\
             contexts: [{{name: c, context: {{cluster: c, user: c}}}}]\nusers: [{{name: c, user: {{}}}}]\n"
        );
        std::fs::write(&kubeconfig, text).unwrap();
        Self { stage, dittofs, kubeconfig, _serving: serving }
    }

    fn start(&self, arguments: &[&str]) -> Operator {
        let child = Command::new(env!("CARGO_BIN_EXE_dittofs-adapters"))
            .args(["run", "--api-url", "http://127.0.0.1:{port}"])
            .args(arguments)
            .env("KUBECONFIG", &self.kubeconfig)
            .env_remove("RUST_LOG")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Operator(Some(child))
    }

    async fn until(&self, what: &str, holds: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + Duration::from_secs(30);
        while !holds(self) {
            assert!(Instant::now() < deadline, "{what} did not come about");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn has(&self, kind: Kind, name: &str) -> bool {
        self.stage.kubernetes.get(kind, "files", name).is_some()
    }
}

/// Killed when a test fails before it has stopped it.
struct Operator(Option<Child>);

impl Operator {
    /// SIGTERM, as a kubelet sends it.
    fn stop(mut self) -> Output {
        let child = self.0.take().unwrap();
        let told = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
        assert!(told.success());
        child.wait_with_output().unwrap()
    }
}

impl Drop for Operator {
    fn drop(&mut self) {
        if let Some(mut child) = self.0.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn srvc_01_srvc_03_it_follows_the_server_and_ends_with_0_when_it_is_told_to() {
    let scene = Scene::set("follows").await;
    let operator = scene.start(&["--log-format", "json"]);
    scene
        .until("the Services", |s| {
            s.has(Kind::Service, "srv-adapter-nfs") && s.has(Kind::Service, "srv-adapter-smb")
        })
        .await;
    scene.dittofs.stop_adapter("smb").unwrap();
    scene.until("the end of smb", |s| !s.has(Kind::Service, "srv-adapter-smb")).await;
    let output = operator.stop();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let log = String::from_utf8(output.stderr).unwrap();
    assert!(log.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()), "{log}");
    assert!(log.contains("told to stop") && log.contains("stopped"), "{log}");
    assert!(!log.contains("admin-pass-1") && !log.contains("eyJ"), "a secret in the log: {log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mode_01_a_dry_run_prints_plans_and_writes_nothing_at_all() {
    let scene = Scene::set("dry").await;
    scene.stage.kubernetes.settle().await;
    let version = scene.stage.kubernetes.resource_version();
    let operator = scene.start(&["--dry-run"]);
    scene.until("its watches", |s| s.stage.kubernetes.open_watches() >= 6).await;
    // Long enough for a login, and for a poll that it must not be able to make.
    tokio::time::sleep(Duration::from_secs(3)).await;
    let output = operator.stop();
    assert_eq!(scene.stage.kubernetes.resource_version(), version, "something was written");
    assert_eq!(
        scene.dittofs.requests().total(),
        0,
        "without an account of its own it has nothing to ask with"
    );
    let plan = String::from_utf8(output.stdout).unwrap();
    assert!(plan.contains("srv-baseline") && plan.contains("Plan: "), "{plan}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_nobody_reads_any_more_stops_nothing() {
    let scene = Scene::set("unread").await;
    let mut operator = scene.start(&[]);
    drop(operator.0.as_mut().unwrap().stderr.take());
    scene.until("the Services", |s| s.has(Kind::Service, "srv-adapter-smb")).await;
    scene.dittofs.stop_adapter("smb").unwrap();
    scene.until("the end of smb", |s| !s.has(Kind::Service, "srv-adapter-smb")).await;
    assert_eq!(operator.stop().status.code(), Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_selector_that_is_none_ends_it_at_once_with_what_is_wrong() {
    let scene = Scene::set("selector").await;
    let mut operator = scene.start(&["--selector", "shard in a"]);
    let child = RefCell::new(operator.0.as_mut().unwrap());
    scene.until("its end", |_| child.borrow_mut().try_wait().unwrap().is_some()).await;
    let output = operator.0.take().unwrap().wait_with_output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(
        error.contains("'shard in a' is no label selector") && error.contains("--selector shard=a"),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shard_is_looked_after_and_the_rest_is_left_alone() {
    let scene = Scene::set("shard").await;
    let operator = scene.start(&["--selector", "shard=a"]);
    scene.until("its watches", |s| s.stage.kubernetes.open_watches() >= 6).await;
    assert!(!scene.has(Kind::Service, "srv-adapter-nfs"));
    let edited = scene.stage.kubernetes.edit(Kind::DittoServer, "files", "srv", |server| {
        server["metadata"]["labels"] = json!({ "shard": "a" });
    });
    edited.unwrap();
    scene.until("the Services", |s| s.has(Kind::Service, "srv-adapter-nfs")).await;
    assert_eq!(operator.stop().status.code(), Some(0));
}

#[test]
fn without_a_cluster_it_says_what_to_do() {
    let output = Command::new(env!("CARGO_BIN_EXE_dittofs-adapters"))
        .arg("run")
        .env("KUBECONFIG", "/nonexistent")
        .env_remove("KUBERNETES_SERVICE_HOST")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("finding the API server: ") && error.contains("KUBECONFIG"), "{error}");
    assert_eq!(error.matches("No such file").count(), 1, "a cause is said once: {error}");
}
