//! One control plane for all scenarios of this process; each has a namespace of its own.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use dittofs_adapters::stage::real::api::Api;
use dittofs_adapters::stage::real::{ACCOUNT, ADMISSION, DEFINITION, RIGHTS};
use dittofs_testbed::kubernetes::Options;
use dittofs_testbed::{Kubernetes, Tools};

/// Where the operator's service account is.
pub const SYSTEM: &str = ACCOUNT.0;

/// The control plane, with our resource definition and the rights of `deploy/rbac`.
pub fn control_plane() -> &'static Kubernetes {
    static SHARED: OnceLock<Kubernetes> = OnceLock::new();
    SHARED.get_or_init(start)
}

fn start() -> Kubernetes {
    let options = Options { api_server_flags: vec![ADMISSION.to_owned()], ..Options::default() };
    let mut kubernetes = Kubernetes::start(&Tools::find().unwrap(), options).unwrap();
    kubernetes.define(DEFINITION).unwrap();
    // Their garbage collector knows of a new kind at once only when it starts.
    kubernetes.restart_controllers().unwrap();
    kubernetes.create_namespace(SYSTEM).unwrap();
    for manifest in RIGHTS {
        kubernetes.kubectl_with(&["create", "-f", "-"], manifest).unwrap();
    }
    kubernetes
}

/// Its API, for who may do everything.
pub async fn administration() -> Api {
    let kubernetes = control_plane();
    Api::connect(&kubernetes.kubeconfig(kubernetes.admin_token())).await.unwrap()
}

/// A name of a namespace that nobody else has, with the scenario's name as far as there is room.
pub fn unique(scenario: &str) -> String {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let label = scenario.replace('_', "-");
    let label = label.get(..50).unwrap_or(&label);
    format!("{label}-{}", COUNT.fetch_add(1, Ordering::Relaxed))
}
