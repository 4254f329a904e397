//! Both servers on loopback, for kubectl, curl and `plan`; the operator goes on in the meantime.

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use tokio::net::TcpListener;
use tokio::signal::ctrl_c;

use super::embedded::Embedded;
use super::page::Page;
use super::tour::Tour;
use super::{DemoError, NAME, NAMESPACE, Ports};

/// Serves until Ctrl-C.
pub async fn serve(tour: &Tour<Embedded>, ports: Ports) -> Result<(), DemoError> {
    // From now on time passes as it does for whoever looks.
    tokio::time::resume();
    let listening = |what| move |source| DemoError::Io { what, source };
    let kubernetes = TcpListener::bind((Ipv4Addr::LOCALHOST, ports.kubernetes))
        .await
        .map_err(listening("listening for Kubernetes (--kubernetes-port)"))?;
    let dittofs = TcpListener::bind((Ipv4Addr::LOCALHOST, ports.dittofs))
        .await
        .map_err(listening("listening for DittoFS (--dittofs-port)"))?;
    let at = kubernetes.local_addr().map_err(listening("listening for Kubernetes"))?;
    let serving = tour.site.dittofs.serve(dittofs).map_err(listening("listening for DittoFS"))?;
    let file = Kubeconfig::write(&format!("http://{at}")).map_err(listening("writing a kubeconfig"))?;
    say(&tour.page, &file.0, &serving.url(), &embedded_dittofs::Options::default().admin_password)?;
    tokio::select! {
        served = tour.site.stage.kubernetes.serve(kubernetes) => served.map_err(listening("serving Kubernetes")),
        stopped = ctrl_c() => stopped.map_err(listening("waiting for Ctrl-C")),
    }
}

/// What to try, on whichever servers.
pub fn say(page: &Page, kubeconfig: &Path, url: &str, password: &str) -> Result<(), DemoError> {
    let kubeconfig = kubeconfig.display();
    let print = |line: &str| page.print(line);
    print("\nBoth servers stay up, and the operator goes on. Try, in another terminal:\n")?;
    print(&format!("  export KUBECONFIG={kubeconfig}"))?;
    print(&format!("  kubectl get dittoservers,services,networkpolicies -n {NAMESPACE}"))?;
    print(&format!("  kubectl describe dittoserver {NAME} -n {NAMESPACE}"))?;
    print(&format!("  dittofs-adapters plan {NAME} -n {NAMESPACE} --api-url {url}"))?;
    print(&format!("  kubectl delete service {NAME}-adapter-nfs -n {NAMESPACE}     # and see it come back"))?;
    print("\n  # stop smb, as its administrator (the password is that of the demo)")?;
    print(&format!("  TOKEN=$(curl -s {url}/api/v1/auth/login \\"))?;
    print(&format!(
        "    -d '{{\"username\":\"admin\",\"password\":\"{password}\"}}' | sed 's/.*\"access_token\":\"\\([^\"]*\\).*/\\1/')"
    ))?;
    print(&format!(
        "  curl -s -X PUT {url}/api/v1/adapters/smb -H \"Authorization: Bearer $TOKEN\" -d '{{\"enabled\":false}}'"
    ))?;
    print("\nCtrl-C ends it.")
}

/// A kubeconfig, which goes with the demo.
struct Kubeconfig(PathBuf);

impl Kubeconfig {
    fn write(server: &str) -> std::io::Result<Self> {
        let path =
            std::env::temp_dir().join(format!("dittofs-adapters-demo-{}.kubeconfig", std::process::id()));
        let text = format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: demo\n\
             clusters: [{{name: demo, cluster: {{server: \"{server}\"}}}}]\n\
             contexts: [{{name: demo, context: {{cluster: demo, user: demo, namespace: {NAMESPACE}}}}}]\n\
             users: [{{name: demo, user: {{}}}}]\n"
        );
        std::fs::write(&path, text)?;
        Ok(Self(path))
    }
}

impl Drop for Kubeconfig {
    fn drop(&mut self) {
        // A file that stays in the directory for temporary files does no harm.
        let _ = std::fs::remove_file(&self.0);
    }
}
