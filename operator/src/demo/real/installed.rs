//! A control plane with our resource definition and the rights of `deploy/rbac`.

use dittofs_testbed::kubernetes::Options;
use dittofs_testbed::{Kubernetes, Tools};

use super::failed;
use crate::demo::{DemoError, NAMESPACE};
use crate::stage::real::{ACCOUNT, ADMISSION, DEFINITION, RIGHTS};

/// Starts it, with the namespace of the demo.
pub fn start(tools: &Tools) -> Result<Kubernetes, DemoError> {
    let options = Options { api_server_flags: vec![ADMISSION.to_owned()], ..Options::default() };
    let mut kubernetes = Kubernetes::start(tools, options).map_err(failed("starting Kubernetes"))?;
    kubernetes.define(DEFINITION).map_err(failed("making the resource definition"))?;
    // Their garbage collector knows of a new kind at once only when it starts.
    kubernetes.restart_controllers().map_err(failed("restarting the controllers"))?;
    for namespace in [ACCOUNT.0, NAMESPACE] {
        kubernetes.create_namespace(namespace).map_err(failed("making a namespace"))?;
    }
    RIGHTS.iter().try_for_each(|manifest| create(&kubernetes, manifest))?;
    Ok(kubernetes)
}

fn create(kubernetes: &Kubernetes, manifest: &str) -> Result<(), DemoError> {
    kubernetes
        .kubectl_with(&["create", "-f", "-"], manifest)
        .map(drop)
        .map_err(failed("installing the operator"))
}
