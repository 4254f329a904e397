//! The real Kubernetes and DittoFS, and the real binary with exactly the rights of `deploy/rbac`. Only kubelets and the cloud
//! are played.

use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use dittofs_adapters::stage::real::administrator::Administrator;
use dittofs_adapters::stage::real::api::{Api, path};
use dittofs_adapters::stage::real::played::Played;
use dittofs_testbed::kubernetes::DumpOnPanic;
use dittofs_testbed::{DittoFs, Kubernetes, Signal, Tools, dittofs};
use embedded_dittofs::{Fault, Role};
use embedded_kubernetes::Kind;
use http::Method;
use serde_json::{Value, json};

use self::control_plane::unique;
use self::proxy::Proxy;
use super::{Account, Ground, Process, Wishes};

mod control_plane;
mod operator;
mod proxy;

pub use control_plane::{SYSTEM, administration, control_plane};
pub use operator::BINARY;
use operator::Operator;

const ACCOUNT: &str = "k8s-operator";

pub struct Real {
    // Dropped in this order: who talks to whom goes first.
    operator: Mutex<Operator>,
    _played: Played,
    /// What the operator takes for DittoFS.
    proxy: Proxy,
    administrator: Administrator,
    dittofs: Mutex<DittoFs>,
    pub api: Api,
    pub kubernetes: &'static Kubernetes,
    namespace: String,
    name: String,
    _dumped: DumpOnPanic<'static>,
}

impl Real {
    /// For an operator with this token.
    pub async fn empty_for(token: &str, scenario: &str, name: &str, wishes: Wishes) -> Self {
        let kubernetes = control_plane();
        let namespace = unique(scenario);
        kubernetes.create_namespace(&namespace).unwrap();
        let dumped = kubernetes.dump_on_panic(&*namespace);
        let mut options = dittofs::Options::default();
        options.access_token = wishes.access_token.unwrap_or(options.access_token);
        options.admin_password = wishes.password.unwrap_or(options.admin_password);
        let dittofs = DittoFs::start(&Tools::find().unwrap(), options).unwrap();
        let proxy = Proxy::start(dittofs.port()).await;
        let api = administration().await;
        let mut operator = Operator::of(kubernetes, &namespace, token, proxy.port());
        operator.logs_everything = wishes.everything_logged;
        let password = dittofs.admin_password().to_owned();
        Self {
            operator: Mutex::new(operator),
            _played: Played::start(api.clone(), namespace.clone()),
            administrator: Administrator::new(dittofs.url(), password).unwrap(),
            dittofs: Mutex::new(dittofs),
            proxy,
            api,
            kubernetes,
            namespace,
            name: name.to_owned(),
            _dumped: dumped,
        }
    }

    pub fn operator(&self) -> MutexGuard<'_, Operator> {
        self.operator.lock().unwrap()
    }

    /// Of DittoFS itself, without a detour.
    pub fn url(&self) -> String {
        self.dittofs.lock().unwrap().url()
    }

    fn uri(&self, kind: Kind, name: &str) -> String {
        format!("{}/{name}", path(kind, &self.namespace))
    }
}

impl Ground for Real {
    const POLL: &str = "1s";
    const CYCLE: Duration = Duration::from_secs(20);
    const PROMPT: Duration = Duration::from_secs(20);
    const LONG: Duration = Duration::from_secs(4);
    const STEP: Duration = Duration::from_millis(200);
    const SHORT_LIFE: Duration = Duration::from_secs(10);
    const PATIENCE: Duration = Duration::from_secs(60);

    async fn empty(scenario: &str, name: &str, wishes: Wishes) -> Self {
        let token = control_plane().service_account_token(SYSTEM, "dittofs-adapters").unwrap();
        Self::empty_for(&token, scenario, name, wishes).await
    }

    fn namespace(&self) -> &str {
        &self.namespace
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn admin_password(&self) -> String {
        self.dittofs.lock().unwrap().admin_password().to_owned()
    }

    fn api_port(&self) -> u16 {
        self.proxy.port()
    }

    async fn get(&self, kind: Kind, name: &str) -> Option<Value> {
        self.api.get(&self.uri(kind, name)).await.unwrap()
    }

    async fn list(&self, kind: Kind) -> Vec<Value> {
        let path = path(kind, &self.namespace);
        let version = path.split("/namespaces/").next().unwrap();
        let version = version.trim_start_matches("/apis/").trim_start_matches("/api/").to_owned();
        let mut objects = self.api.list(&path).await.unwrap();
        for object in &mut objects {
            // The elements of a list do not say what they are.
            object["apiVersion"] = json!(version);
            object["kind"] = json!(format!("{kind:?}"));
        }
        objects
    }

    async fn create(&self, object: Value) -> Value {
        let text = |field: &str| object[field].as_str().unwrap();
        let kind = Kind::of(text("apiVersion"), text("kind")).unwrap();
        let made = self.api.create(&path(kind, &self.namespace), &object).await;
        made.unwrap_or_else(|error| panic!("{error}: {object}"))
    }

    async fn edit(&self, kind: Kind, name: &str, change: &dyn Fn(&mut Value)) {
        let uri = self.uri(kind, name);
        loop {
            let mut object = self.get(kind, name).await.unwrap();
            change(&mut object);
            match self.api.send(Method::PUT, &uri, "application/json", &object).await {
                Ok(_) => return,
                // Somebody else wrote meanwhile.
                Err(kube::Error::Api(status)) if status.code == 409 => {}
                Err(error) => panic!("{error}: {object}"),
            }
        }
    }

    async fn delete(&self, kind: Kind, name: &str) -> bool {
        self.api.delete(&self.uri(kind, name), &Value::Null).await.unwrap()
    }

    async fn rollout_restart(&self) {
        let arguments = ["rollout", "restart", "statefulset", &self.name, "-n", &self.namespace];
        self.kubernetes.kubectl(&arguments).unwrap();
    }

    async fn crash(&self) {
        let pod = self.uri(Kind::Pod, &format!("{}-0", self.name));
        self.api.patch_status(&pod, &json!({ "phase": "Failed" })).await;
    }

    async fn enable(&self, adapter: &str, enabled: bool) {
        self.administrator.adapter(adapter, &json!({ "enabled": enabled })).await.unwrap();
    }

    async fn move_to(&self, adapter: &str, port: u16) {
        self.administrator.start(adapter, port).await.unwrap();
    }

    async fn remove(&self, adapter: &str) {
        self.administrator.remove(adapter).await.unwrap();
    }

    async fn make(&self, adapter: &str, port: u16) {
        self.administrator.make(adapter, port).await.unwrap();
    }

    async fn account(&self, change: Account) {
        match change {
            Account::Disabled => self.administrator.account(ACCOUNT, &json!({ "enabled": false })).await,
            Account::Enabled => self.administrator.account(ACCOUNT, &json!({ "enabled": true })).await,
            Account::Deleted => self.administrator.remove_account(ACCOUNT).await,
            Account::Role(role) => {
                let role = match role {
                    Role::User => "user",
                    Role::Admin => "admin",
                    Role::Operator => "operator",
                };
                self.administrator.account(ACCOUNT, &json!({ "role": role })).await
            }
            Account::Password(password) => self.administrator.reset_password(ACCOUNT, password).await,
        }
        .unwrap();
    }

    async fn has_account(&self) -> bool {
        self.administrator.has_account().await.unwrap()
    }

    async fn process(&self, does: Process) {
        let mut dittofs = self.dittofs.lock().unwrap();
        match does {
            Process::Halts => dittofs.signal(Signal::Stop),
            Process::GoesOn => dittofs.signal(Signal::Cont),
            Process::Dies => dittofs.kill(),
            Process::Starts => dittofs.start_again().unwrap(),
            Process::Restarts => dittofs.restart().unwrap(),
            Process::LosesItsDatabase => {
                dittofs.terminate();
                dittofs.start_afresh().unwrap();
            }
            Process::ChangesItsKey => {
                dittofs.change_secret().unwrap();
                dittofs.restart().unwrap();
            }
            Process::IsReplaced => {
                let admin_password = "another-pass-1".to_owned();
                let options = dittofs::Options { admin_password, ..dittofs::Options::default() };
                *dittofs = DittoFs::start(&Tools::find().unwrap(), options).unwrap();
                self.proxy.lead_to(dittofs.port());
            }
        }
    }

    fn inject(&self, fault: Fault) {
        self.proxy.inject(fault);
    }

    fn heal(&self) {
        self.proxy.heal();
    }

    fn asked(&self, method: &str, path: &str, status: Option<u16>) -> u64 {
        self.proxy.asked(method, path, status)
    }

    fn asked_at_all(&self) -> u64 {
        self.proxy.asked_at_all()
    }

    fn start_operator(&self) {
        self.operator().start();
    }

    fn kill_operator(&self) {
        self.operator().kill();
    }

    fn log(&self) -> String {
        self.operator().log()
    }

    fn is_clean(&self) {
        let log = self.log();
        assert!(!log.contains("forbidden"), "{log}");
        assert!(!log.contains("eyJ") && !log.contains(&self.admin_password()), "a secret in {log}");
    }
}
