//! Both embedded servers on the loopback interface, a kubeconfig for them, and the real binary.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    dead_code,
    reason = "what fails here fails the test; each test uses a part"
)]

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use axum::Router;
use base64::Engine as _;
use dittofs_adapters::run::cache::Scope;
use dittofs_adapters::run::{Options, run};
use dittofs_adapters::stage::Stage;
use embedded_dittofs::{DittoFs, Serving};
use embedded_kubernetes::{Access, Kind, Kubelet};
use serde_json::{Value, json};
use tokio::net::TcpListener;

pub const NAMESPACE: &str = "files";
pub const NAME: &str = "srv";
pub const ADMIN_PASSWORD: &str = "canary-admin-password-1";

/// A cluster with one DittoServer, served on sockets.
pub struct Loopback {
    pub stage: Stage,
    pub dittofs: DittoFs,
    pub serving: Serving,
    pub kubeconfig: PathBuf,
    folder: PathBuf,
}

/// Exit code, standard output, standard error.
pub type Ran = (i32, String, String);

impl Loopback {
    /// With a server whose pod is ready, for which no operator ever ran.
    pub async fn start(test: &str) -> Self {
        Self::with(test, Access::default(), |cluster| cluster).await
    }

    /// The same; who asks over HTTP may do this, and finds this router.
    pub async fn with(test: &str, access: Access, router: impl FnOnce(Router) -> Router) -> Self {
        let kubelet = Kubelet { ready_after: Duration::from_millis(10), stops_after: None };
        // An address that comes late would be a write between a plan and its execution.
        let options = embedded_kubernetes::Options {
            access,
            balancer: None,
            kubelet: Some(kubelet),
            ..Default::default()
        };
        let stage = Stage::new(options);
        let spec = json!({ "storage": { "metadataSize": "1Gi", "controlPlaneSize": "1Gi" } });
        let options =
            embedded_dittofs::Options { admin_password: ADMIN_PASSWORD.into(), ..Default::default() };
        let dittofs = stage.add(NAMESPACE, NAME, &spec, options).unwrap();
        let serving = dittofs.serve(TcpListener::bind("127.0.0.1:0").await.unwrap()).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let api = router(stage.kubernetes.router());
        tokio::spawn(async move { axum::serve(listener, api).await });
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let kubeconfig = folder.join("kubeconfig");
        std::fs::write(&kubeconfig, self::kubeconfig(&url).to_string()).unwrap();
        let loopback = Self { stage, dittofs, serving, kubeconfig, folder };
        loopback
            .wait("the pod is ready", |stage| {
                stage.kubernetes.list(Kind::Pod, Some(NAMESPACE)).iter().any(is_ready)
            })
            .await;
        loopback
    }

    /// Lets the operator run until the server has its account and its Services.
    pub async fn operate(&self) {
        let options = Options {
            sight: std::sync::Arc::default(),
            scope: Scope::default(),
            workers: 4,
            address: Stage::address(),
            dry_run: false,
            witness: None,
            instance: None,
        };
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let operator = tokio::spawn(run(self.stage.world(1), options, async move {
            let _ = stopped.await;
        }));
        self.wait("the operator has exposed the adapters", |stage| {
            stage.kubernetes.get(Kind::Service, NAMESPACE, "srv-adapter-nfs").is_some()
                && stage.kubernetes.get(Kind::Service, NAMESPACE, "srv-adapter-smb").is_some()
                && credentials(stage).is_some()
                && adapter_ports(stage) == 2
        })
        .await;
        stop.send(()).unwrap();
        operator.await.unwrap();
    }

    /// Waits until something is so.
    pub async fn wait(&self, what: &str, is_so: impl Fn(&Stage) -> bool) {
        let deadline = Instant::now() + Duration::from_secs(60);
        while !is_so(&self.stage) {
            assert!(Instant::now() < deadline, "waited too long until {what}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// A file of this test.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The path as an argument.
    pub fn file(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    /// What asks DittoFS where it listens.
    pub fn api_url(&self) -> String {
        self.serving.url()
    }

    /// Runs the binary against the cluster; `--api-url` is added to what looks at DittoFS.
    pub async fn asking(&self, arguments: &[&str]) -> Ran {
        let url = self.api_url();
        self.run(&[arguments, &["--api-url", &url]].concat()).await
    }

    /// Runs the binary against the cluster.
    pub async fn run(&self, arguments: &[&str]) -> Ran {
        let output = self.command(arguments).output().await.unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
    }

    /// The binary, with the kubeconfig.
    pub fn command(&self, arguments: &[&str]) -> tokio::process::Command {
        let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_dittofs-adapters"));
        command.args(arguments).env("KUBECONFIG", &self.kubeconfig).env_remove("NO_COLOR");
        command.env_remove("KUBERNETES_SERVICE_HOST").stdin(Stdio::null()).kill_on_drop(true);
        command
    }

    /// What `kubectl get … -o yaml` would print.
    pub fn dump(&self) -> Value {
        let kinds = [Kind::DittoServer, Kind::Service, Kind::NetworkPolicy, Kind::StatefulSet, Kind::Pod];
        let items: Vec<Value> =
            kinds.into_iter().flat_map(|kind| self.stage.kubernetes.list(kind, Some(NAMESPACE))).collect();
        json!({ "apiVersion": "v1", "kind": "List", "items": items })
    }

    /// The secrets that must be nowhere: passwords and tokens, of the operator and of the administrator.
    pub fn canaries(&self) -> Vec<String> {
        let secrets = self.stage.kubernetes.list(Kind::Secret, Some(NAMESPACE));
        let values = secrets.iter().flat_map(|secret| secret["data"].as_object().unwrap().clone());
        let secret = |key: &str| key == "password" || key.ends_with("-token");
        let mut canaries: Vec<String> = values
            .filter(|(key, _)| secret(key))
            .flat_map(|(_, value)| {
                let encoded = value.as_str().unwrap().to_owned();
                [decoded(&encoded), encoded]
            })
            .filter(|canary| canary.len() > 8)
            .collect();
        canaries.push(ADMIN_PASSWORD.to_owned());
        assert!(canaries.len() >= 9, "{}", canaries.len());
        canaries
    }
}

fn is_ready(pod: &Value) -> bool {
    let conditions = pod.pointer("/status/conditions").and_then(Value::as_array);
    conditions.into_iter().flatten().any(|c| c["type"] == "Ready" && c["status"] == "True")
}

fn adapter_ports(stage: &Stage) -> usize {
    let Some(set) = stage.kubernetes.get(Kind::StatefulSet, NAMESPACE, NAME) else { return 0 };
    let ports = set.pointer("/spec/template/spec/containers/0/ports").and_then(Value::as_array);
    let is_adapter = |port: &&Value| port["name"].as_str().is_some_and(|name| name.starts_with("adapter-"));
    ports.into_iter().flatten().filter(is_adapter).count()
}

fn decoded(base64: &str) -> String {
    let bytes = base64::engine::general_purpose::STANDARD.decode(base64).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// The operator's access token, once it is stored.
pub fn credentials(stage: &Stage) -> Option<String> {
    let secret = stage.kubernetes.get(Kind::Secret, NAMESPACE, "srv-operator-credentials")?;
    Some(decoded(secret.pointer("/data/access-token")?.as_str()?)).filter(|token| !token.is_empty())
}

/// A kubeconfig for an API server.
pub fn kubeconfig(url: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "loopback",
        "clusters": [{ "name": "loopback", "cluster": { "server": url } }],
        "users": [{ "name": "nobody", "user": {} }],
        "contexts": [{
            "name": "loopback", "context": { "cluster": "loopback", "user": "nobody", "namespace": NAMESPACE },
        }],
    })
}
