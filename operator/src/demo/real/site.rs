//! The site of real servers.

use std::time::Duration;

use dittofs_testbed::{DittoFs, Kubernetes, Signal};
use embedded_kubernetes::Kind;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::failed;
use super::heard::Heard;
use crate::demo::site::{Outage, Script, Site};
use crate::demo::snapshot::{KINDS, Snapshot};
use crate::demo::{DemoError, NAME, NAMESPACE};
use crate::stage::objects;
use crate::stage::real::administrator::Administrator;
use crate::stage::real::api::{Api, path};
use crate::stage::real::played::Played;

const SCRIPT: Script = Script {
    opening: "The operator, on a real Kubernetes control plane and a real DittoFS, with exactly the rights of deploy/rbac. \
              Only kubelets and a cloud's load balancers are played. Time is real, and DittoFS is polled every second. + \
              creates, ~ changes, - deletes, = leaves as it is.",
    outage: Outage {
        title: "DittoFS hangs for 15 seconds",
        happens: "Its process is halted: it still takes connections and answers nothing. Nothing is known, so nothing is \
                  touched.",
        lasts: Duration::from_secs(15),
        period: "15 seconds",
    },
    empty: "Its administrator has removed both adapters at one stroke, so that [] is the true answer. A server with a lost database \
            answers the same, and an operator that believes it deletes every LoadBalancer. This one holds, unless the \
            resource says emptyList: Trust.",
    restored: "kubectl delete service demo-adapter-nfs. The watch tells, and it is restored from the last report.",
    asked_by: Some(": its poll of every second"),
    patience: Duration::from_secs(60),
};

/// The adapters that a fresh DittoFS has, and their ports.
const ADAPTERS: [(&str, u16); 2] = [("nfs", 12049), ("smb", 1445)];

/// What is wrong with DittoFS.
enum Ailment {
    None,
    Halted,
    Empty,
}

/// The servers, and who works on them.
pub struct Real {
    // Dropped in this order: who talks to whom goes first.
    _played: Played,
    api: Api,
    administrator: Administrator,
    heard: Heard,
    ailment: Ailment,
    pub dittofs: DittoFs,
    pub kubernetes: Kubernetes,
}

impl Real {
    /// With the DittoServer, what the Go operator would have made for it, and a kubelet that starts its pod.
    pub async fn open(kubernetes: Kubernetes, dittofs: DittoFs, heard: Heard) -> Result<Self, DemoError> {
        let kubeconfig = kubernetes.kubeconfig(kubernetes.admin_token());
        let api = Api::connect(&kubeconfig).await.map_err(failed("connecting to Kubernetes"))?;
        let administrator = Administrator::new(dittofs.url(), dittofs.admin_password().to_owned())
            .map_err(failed("connecting to DittoFS"))?;
        let spec = json!({
            "image": "dittofs:v0.29.0", "storage": { "metadataSize": "1Gi", "controlPlaneSize": "1Gi" },
            "controlPlane": { "port": dittofs.port() }, "adapterDiscovery": { "pollingInterval": "1s" },
        });
        let server = objects::ditto_server(NAMESPACE, NAME, &spec);
        let server = make(&api, Kind::DittoServer, &server).await?;
        let [secret, service, set] = objects::left_by_go_operator(&server, dittofs.admin_password());
        for (kind, object) in [(Kind::Secret, secret), (Kind::Service, service), (Kind::StatefulSet, set)] {
            make(&api, kind, &object).await?;
        }
        let played = Played::start(api.clone(), NAMESPACE.to_owned());
        Ok(Self { _played: played, api, administrator, heard, ailment: Ailment::None, dittofs, kubernetes })
    }
}

async fn make(api: &Api, kind: Kind, object: &Value) -> Result<Value, DemoError> {
    api.create(&path(kind, NAMESPACE), object).await.map_err(failed("making an object"))
}

impl Site for Real {
    fn script(&self) -> Script {
        SCRIPT
    }

    async fn snapshot(&self) -> Result<Snapshot, DemoError> {
        let mut lists = Vec::new();
        for kind in KINDS {
            let list =
                self.api.list(&path(kind, NAMESPACE)).await.map_err(failed("looking at the cluster"))?;
            lists.push((kind, list));
        }
        Ok(Snapshot::new(lists))
    }

    async fn create(&self, kind: Kind, object: Value) -> Result<(), DemoError> {
        make(&self.api, kind, &object).await.map(drop)
    }

    async fn delete(&self, kind: Kind, name: &str) -> Result<(), DemoError> {
        let uri = format!("{}/{name}", path(kind, NAMESPACE));
        self.api.delete(&uri, &Value::Null).await.map(drop).map_err(failed("deleting an object"))
    }

    async fn enable(&self, adapter: &str, enabled: bool) -> Result<(), DemoError> {
        let change = json!({ "enabled": enabled });
        self.administrator.adapter(adapter, &change).await.map_err(failed("starting or stopping an adapter"))
    }

    async fn set_port(&self, adapter: &str, port: u16) -> Result<(), DemoError> {
        let change = json!({ "port": port });
        self.administrator.adapter(adapter, &change).await.map_err(failed("moving an adapter"))
    }

    async fn fail(&mut self) -> Result<(), DemoError> {
        self.dittofs.signal(Signal::Stop);
        self.ailment = Ailment::Halted;
        Ok(())
    }

    async fn empty(&mut self) -> Result<(), DemoError> {
        // Between the two, a list with one adapter would be the true answer.
        let _alone = self.heard.alone().await;
        for (adapter, _) in ADAPTERS {
            self.administrator.remove(adapter).await.map_err(failed("removing an adapter"))?;
        }
        self.ailment = Ailment::Empty;
        Ok(())
    }

    async fn heal(&mut self) -> Result<(), DemoError> {
        match self.ailment {
            Ailment::None => {}
            Ailment::Halted => self.dittofs.signal(Signal::Cont),
            Ailment::Empty => {
                let _alone = self.heard.alone().await;
                for (adapter, port) in ADAPTERS {
                    self.administrator.make(adapter, port).await.map_err(failed("making an adapter"))?;
                }
            }
        }
        self.ailment = Ailment::None;
        Ok(())
    }

    fn asked(&self) -> u64 {
        self.heard.asked()
    }

    fn refused_a_deletion(&self) -> bool {
        self.heard.refused_a_deletion()
    }

    async fn has_account(&self) -> Result<bool, DemoError> {
        self.administrator.has_account().await.map_err(failed("looking at the accounts"))
    }

    async fn rest(&self, pace: Duration) {
        sleep(pace).await;
    }
}
