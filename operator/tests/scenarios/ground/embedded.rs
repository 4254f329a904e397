//! Both servers in this process, and the loop as it is; under a stopped clock.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use dittofs_adapters::run::{Options, World, run};
use dittofs_adapters::stage::{Stage, objects};
use embedded_dittofs::{DittoFs, Fault, Outcome};
use embedded_kubernetes::{Access, Cluster, Kind};
use k8s_openapi::api::rbac::v1::{ClusterRole, PolicyRule};
use serde_json::Value;
use tokio::task::JoinHandle;

use super::{Account, Ground, LIST, Process, Wishes};
use crate::log;

pub const NAMESPACE: &str = "files";
const ACCOUNT: &str = "k8s-operator";

pub struct Embedded {
    pub stage: Stage,
    pub dittofs: DittoFs,
    name: String,
    password: String,
    operator: RefCell<Option<JoinHandle<()>>>,
    /// How many operators there were.
    lives: Cell<u64>,
}

impl Embedded {
    pub fn kubernetes(&self) -> &Cluster {
        &self.stage.kubernetes
    }

    /// What an operator with the rights of `deploy/rbac` runs on.
    pub fn world(&self) -> World {
        self.world_of(rules())
    }

    /// What an operator with these rights runs on.
    pub fn world_of(&self, rules: Vec<PolicyRule>) -> World {
        self.lives.set(self.lives.get() + 1);
        let user = "system:serviceaccount:dittofs-system:dittofs-adapters".to_owned();
        let access = Access { user, rules: Some(rules) };
        let client = kube::Client::new(self.kubernetes().service_as(access), "default");
        World { client, ..self.stage.world(self.lives.get()) }
    }

    /// Another operator in place of the one that runs, which is as if killed.
    pub fn start(&self, world: World, options: Options) {
        self.kill_operator();
        *self.operator.borrow_mut() = Some(tokio::spawn(run(world, options, std::future::pending())));
    }
}

/// The rules of `deploy/rbac`.
pub fn rules() -> Vec<PolicyRule> {
    let role: ClusterRole =
        serde_yaml::from_str(include_str!("../../../../deploy/rbac/cluster-role.yaml")).unwrap();
    role.rules.unwrap()
}

impl Ground for Embedded {
    const POLL: &str = "30s";
    const CYCLE: Duration = Duration::from_secs(31);
    const PROMPT: Duration = Duration::from_secs(5);
    const LONG: Duration = Duration::from_secs(1800);
    const STEP: Duration = Duration::from_secs(5);
    const SHORT_LIFE: Duration = Duration::from_secs(900);
    const PATIENCE: Duration = Duration::from_secs(2400);

    async fn empty(_: &str, name: &str, wishes: Wishes) -> Self {
        if wishes.everything_logged {
            log::take();
        }
        let stage = Stage::new(embedded_kubernetes::Options::default());
        stage.kubernetes.put(objects::namespace(NAMESPACE)).unwrap();
        let mut options = embedded_dittofs::Options::default();
        options.access_lifetime = wishes.access_token.unwrap_or(options.access_lifetime);
        options.admin_password = wishes.password.unwrap_or(options.admin_password);
        let (name, password) = (name.to_owned(), options.admin_password.clone());
        let dittofs = DittoFs::new(options);
        stage.install(NAMESPACE, &name, dittofs.clone());
        Self { stage, dittofs, name, password, operator: RefCell::default(), lives: Cell::default() }
    }

    fn namespace(&self) -> &str {
        NAMESPACE
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn admin_password(&self) -> String {
        self.password.clone()
    }

    fn api_port(&self) -> u16 {
        8080
    }

    async fn get(&self, kind: Kind, name: &str) -> Option<Value> {
        self.kubernetes().get(kind, NAMESPACE, name)
    }

    async fn list(&self, kind: Kind) -> Vec<Value> {
        self.kubernetes().list(kind, Some(NAMESPACE))
    }

    async fn create(&self, object: Value) -> Value {
        self.kubernetes().create(object).unwrap()
    }

    async fn edit(&self, kind: Kind, name: &str, change: &dyn Fn(&mut Value)) {
        self.kubernetes().edit(kind, NAMESPACE, name, change).unwrap();
    }

    async fn delete(&self, kind: Kind, name: &str) -> bool {
        self.kubernetes().delete(kind, NAMESPACE, name)
    }

    async fn rollout_restart(&self) {
        self.kubernetes().rollout_restart(NAMESPACE, &self.name).unwrap();
    }

    async fn crash(&self) {
        assert!(self.kubernetes().crash_pod(NAMESPACE, &format!("{}-0", self.name)));
    }

    async fn enable(&self, adapter: &str, enabled: bool) {
        self.dittofs.set_enabled(adapter, enabled).unwrap();
    }

    async fn move_to(&self, adapter: &str, port: u16) {
        self.dittofs.set_port(adapter, port.into()).unwrap();
        self.dittofs.start_adapter(adapter).unwrap();
    }

    async fn remove(&self, adapter: &str) {
        self.dittofs.delete_adapter(adapter).unwrap();
    }

    async fn make(&self, adapter: &str, port: u16) {
        self.dittofs.create_adapter(adapter, port.into());
    }

    async fn account(&self, change: Account) {
        match change {
            Account::Disabled => self.dittofs.disable_user(ACCOUNT),
            Account::Enabled => self.dittofs.set_user_enabled(ACCOUNT, true),
            Account::Deleted => self.dittofs.delete_user(ACCOUNT),
            Account::Role(role) => self.dittofs.set_role(ACCOUNT, role),
            Account::Password(password) => self.dittofs.reset_password(ACCOUNT, password),
        }
        .unwrap();
    }

    async fn has_account(&self) -> bool {
        self.dittofs.has_user(ACCOUNT)
    }

    async fn process(&self, does: Process) {
        match does {
            Process::Halts => self.dittofs.inject(Fault::Hanging),
            Process::GoesOn => self.dittofs.heal(),
            Process::Dies => self.dittofs.go_down(),
            Process::Starts => self.dittofs.restart(),
            Process::Restarts => {
                self.dittofs.terminate();
                self.dittofs.restart();
            }
            Process::LosesItsDatabase => self.dittofs.reset_database(),
            Process::ChangesItsKey => self.dittofs.rotate_secret(),
            Process::IsReplaced => self.dittofs.replace(embedded_dittofs::Options {
                secret: b"another-secret-of-32-bytes-or-more".to_vec(),
                admin_password: "another-pass-1".to_owned(),
                ..embedded_dittofs::Options::default()
            }),
        }
    }

    fn inject(&self, fault: Fault) {
        self.dittofs.inject(fault.on(LIST));
    }

    fn heal(&self) {
        self.dittofs.heal();
    }

    fn asked(&self, method: &str, path: &str, status: Option<u16>) -> u64 {
        let requests = self.dittofs.requests();
        match status {
            Some(status) => requests.count_with(method, path, Outcome::Status(status)),
            None => requests.count(method, path),
        }
    }

    fn asked_at_all(&self) -> u64 {
        self.dittofs.requests().total()
    }

    fn start_operator(&self) {
        self.start(self.world(), Stage::options());
    }

    fn kill_operator(&self) {
        if let Some(operator) = self.operator.take() {
            operator.abort();
        }
    }

    fn log(&self) -> String {
        log::taken()
    }

    fn is_clean(&self) {
        let refused = self.kubernetes().requests().into_iter().filter(|request| request.status == 403);
        assert_eq!(refused.count(), 0, "the rights of deploy/rbac are enough");
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        self.kill_operator();
    }
}
