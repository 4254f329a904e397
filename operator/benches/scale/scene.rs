//! The cluster and the servers, and what is read off them.

use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::Request;
use axum::middleware::{self, Next};
use dittofs_adapters::stage::Stage;
use embedded_dittofs::{DittoFs, Fault};
use embedded_kubernetes::{Cluster, Kind, Options, Verb};
use jiff::Timestamp;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::time::Instant;

const LIST: &str = "/api/v1/adapters";

/// A cluster with servers on loopback.
pub struct Scene {
    stage: Stage,
    servers: Vec<Server>,
    interval: Duration,
    kubeconfig: PathBuf,
}

struct Server {
    name: String,
    dittofs: DittoFs,
    /// When lists were answered.
    answered: Answers,
    hangs: bool,
}

/// By our clock, and by the cluster's.
type Answers = Arc<Mutex<Vec<(Instant, Timestamp)>>>;

/// Counts at a moment.
pub struct Mark {
    api: u64,
    dittofs: u64,
    at: Instant,
}

/// What happened since a mark.
pub struct Steady {
    pub api_requests: u64,
    pub dittofs_requests: u64,
    pub polls: u64,
    pub lateness: Vec<Duration>,
}

impl Scene {
    pub async fn set(size: usize, hanging: usize, interval: Duration) -> Self {
        let options = Options { cel: false, requests: 300_000, ..Options::default() };
        let stage = Stage::new(options);
        let mut servers = Vec::new();
        for index in 0..size {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
            let port = listener.local_addr().unwrap().port();
            let spec = json!({
                "image": "dittofs:x", "storage": { "metadataSize": "1Gi", "controlPlaneSize": "1Gi" },
                "controlPlane": { "port": port },
                "adapterDiscovery": { "pollingInterval": format!("{}s", interval.as_secs()) },
                // More servers than node ports: nobody needs them here.
                "adapterServices": { "type": "ClusterIP" },
            });
            let (namespace, name) = (format!("team-{}", index % 50), format!("srv-{index}"));
            let dittofs = stage.add(&namespace, &name, &spec, embedded_dittofs::Options::default()).unwrap();
            let hangs = index < hanging;
            if hangs {
                dittofs.inject(Fault::Hanging);
            }
            let answered = Arc::new(Mutex::new(Vec::new()));
            serve(listener, &dittofs, answered.clone(), stage.kubernetes.clone());
            servers.push(Server { name, dittofs, answered, hangs });
        }
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let kubeconfig = kubeconfig(&format!("http://{}", listener.local_addr().unwrap()));
        let kubernetes = stage.kubernetes.clone();
        tokio::spawn(async move { kubernetes.serve(listener).await });
        stage.kubernetes.settle().await;
        Self { stage, servers, interval, kubeconfig }
    }

    fn exposed(&self) -> usize {
        let services = self.stage.kubernetes.list(Kind::Service, None);
        services.iter().filter(|service| !name(service).ends_with("-api")).count() / 2
    }

    pub async fn until_exposed(&self, count: usize) {
        until(|| self.exposed() >= count).await;
    }

    /// Waits until all are ready, and nothing has been written for a second.
    pub async fn until_quiet(&self, count: usize) {
        until(|| {
            let servers = self.stage.kubernetes.list(Kind::DittoServer, None);
            let is_ready = |server: &&serde_json::Value| {
                let conditions = server["status"]["conditions"].as_array();
                conditions.into_iter().flatten().any(|c| c["type"] == "Ready" && c["status"] == "True")
            };
            servers.iter().filter(is_ready).count() >= count
        })
        .await;
        let mut version = 0;
        while self.stage.kubernetes.resource_version() != version {
            version = self.stage.kubernetes.resource_version();
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    pub fn mark(&self) -> Mark {
        let counts = self.stage.kubernetes.request_counts();
        let api = counts.iter().filter(|((verb, ..), _)| *verb != Verb::Watch).map(|(_, count)| count).sum();
        let dittofs = self.well().map(|server| server.dittofs.requests().total()).sum();
        Mark { api, dittofs, at: Instant::now() }
    }

    pub fn since(&self, mark: &Mark) -> Steady {
        let now = self.mark();
        let mut lateness = Vec::new();
        let mut polls = 0;
        for server in self.well() {
            let answered = server.answered.lock().unwrap();
            let inside: Vec<_> =
                answered.iter().map(|(at, _)| *at).filter(|at| *at >= mark.at && *at <= now.at).collect();
            polls += inside.len() as u64;
            lateness.extend(
                inside.windows(2).map(|two| two[1].duration_since(two[0]).saturating_sub(self.interval)),
            );
        }
        Steady {
            api_requests: now.api - mark.api,
            dittofs_requests: now.dittofs - mark.dittofs,
            polls,
            lateness,
        }
    }

    fn well(&self) -> impl Iterator<Item = &Server> {
        self.servers.iter().filter(|server| !server.hangs)
    }

    /// An administrator moves nfs, everywhere at once.
    pub fn move_ports(&self) {
        for server in self.well() {
            server.answered.lock().unwrap().clear();
            server.dittofs.set_port("nfs", 2049).unwrap();
        }
        self.stage.kubernetes.forget_requests();
    }

    /// Waits until all Services have moved. Gives the times from the answer that said so to the write of the Service,
    /// which is the last effect but for the status.
    pub async fn until_moved(&self, count: usize) -> Vec<Duration> {
        until(|| self.moved().len() >= count).await;
        let written = self.moved();
        let took = |server: &Server| {
            let answered = server.answered.lock().unwrap().first()?.1;
            let written = written.get(&format!("{}-adapter-nfs", server.name))?;
            Duration::try_from(written.duration_since(answered)).ok()
        };
        self.well().filter_map(took).collect()
    }

    /// When each Service was written, by the cluster's clock.
    fn moved(&self) -> HashMap<String, Timestamp> {
        let requests = self.stage.kubernetes.requests().into_iter();
        let written =
            requests.filter(|r| r.verb == Verb::Patch && r.kind == Kind::Service && r.status == 200);
        written.filter_map(|request| Some((request.name?, request.at))).collect()
    }
}

fn name(object: &serde_json::Value) -> String {
    object["metadata"]["name"].as_str().unwrap_or_default().to_owned()
}

async fn until(holds: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(600);
    while !holds() {
        assert!(Instant::now() < deadline, "it did not come about");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn serve(listener: TcpListener, dittofs: &DittoFs, answered: Answers, kubernetes: Cluster) {
    let router = dittofs.router().layer(middleware::from_fn(move |request: Request, next: Next| {
        let (answered, kubernetes) = (answered.clone(), kubernetes.clone());
        async move {
            let is_list = request.uri().path() == LIST && request.method() == axum::http::Method::GET;
            let response = next.run(request).await;
            if is_list {
                answered.lock().unwrap().push((Instant::now(), kubernetes.now()));
            }
            response
        }
    }));
    tokio::spawn(async move { axum::serve(listener, router).await });
}

fn kubeconfig(server: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("dittofs-adapters-scale-{}.kubeconfig", std::process::id()));
    let text = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: scale\n\
         clusters: [{{name: scale, cluster: {{server: \"{server}\"}}}}]\n\
         contexts: [{{name: scale, context: {{cluster: scale, user: scale}}}}]\n\
         users: [{{name: scale, user: {{}}}}]\n"
    );
    std::fs::write(&path, text).unwrap();
    path
}

/// The operator, as a process.
pub struct Operator(Child);

impl Operator {
    pub fn start(scene: &Scene) -> Self {
        let program = std::env::var_os("DITTOFS_ADAPTERS");
        let child = Command::new(program.unwrap_or_else(|| env!("CARGO_BIN_EXE_dittofs-adapters").into()))
            .args(["run", "--api-url", "http://127.0.0.1:{port}", "--log-format", "json"])
            .env("KUBECONFIG", &scene.kubeconfig)
            .env("RUST_LOG", "warn")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self(child)
    }

    /// Resident memory in KiB: all of it, and what is not the program itself.
    pub fn rss(&self) -> (u64, u64) {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id())).unwrap();
        let field = |name: &str| -> u64 {
            let line = status.lines().find(|line| line.starts_with(name)).unwrap();
            line.split_whitespace().nth(1).unwrap().parse().unwrap()
        };
        (field("VmRSS:"), field("RssAnon:"))
    }
}

impl Drop for Operator {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
