//! The operator, as a process.

use std::fs::File;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use dittofs_testbed::Kubernetes;

pub const BINARY: &str = env!("CARGO_BIN_EXE_dittofs-adapters");

/// How it is started, any number of times.
pub struct Operator {
    namespace: String,
    kubeconfig: PathBuf,
    log: PathBuf,
    url: String,
    pub logs_everything: bool,
    process: Option<Child>,
}

impl Operator {
    /// Of one namespace, with this token, for a DittoFS on this port; not started yet.
    pub fn of(kubernetes: &Kubernetes, namespace: &str, token: &str, port: u16) -> Self {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
        let file = |end: &str| folder.join(format!("real-{namespace}.{end}"));
        let (kubeconfig, log) = (file("kubeconfig"), file("log"));
        std::fs::write(&kubeconfig, kubernetes.kubeconfig(token)).unwrap();
        File::create(&log).unwrap();
        let url = format!("http://127.0.0.1:{port}");
        let namespace = namespace.to_owned();
        Self { namespace, kubeconfig, log, url, process: None, logs_everything: false }
    }

    pub fn start(&mut self) {
        self.kill();
        let log = || File::options().append(true).open(&self.log).unwrap();
        let mut command = Command::new(BINARY);
        if self.logs_everything {
            command.env("RUST_LOG", "trace");
        } else {
            command.env_remove("RUST_LOG");
        }
        let child = command
            .args(["run", "--namespace", &self.namespace, "--api-url", &self.url])
            .args(["--log-format", "json"])
            .env("KUBECONFIG", &self.kubeconfig)
            .stdin(Stdio::null())
            .stdout(log())
            .stderr(log())
            .spawn();
        self.process = Some(child.unwrap());
    }

    /// SIGKILL: what is half done stays so.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }

    /// All that it has logged, over all its lives.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    pub fn kubeconfig(&self) -> &PathBuf {
        &self.kubeconfig
    }
}

impl Drop for Operator {
    fn drop(&mut self) {
        self.kill();
    }
}
