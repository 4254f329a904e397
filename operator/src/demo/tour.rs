//! The tour, step by step.

use std::sync::Arc;
use std::time::Duration;

use embedded_dittofs::{DittoFs, Fault};
use embedded_kubernetes::{Cluster, Kind};
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::expect::{Unexpected, exists, has_address, has_reason, is_ready, uid, until};
use super::guide::Guide;
use super::page::Page;
use super::{DemoError, NAME, NAMESPACE};
use crate::stage::Stage;

const ADAPTERS: &str = "/api/v1/adapters";

/// A tour under way.
pub struct Tour {
    pub stage: Stage,
    pub dittofs: DittoFs,
    pub guide: Arc<Guide>,
    pub page: Page,
    pub pace: Duration,
}

impl Tour {
    /// Everything, to the end of the DittoServer.
    pub async fn whole(&mut self) -> Result<(), DemoError> {
        self.open().await?;
        self.end().await?;
        self.page.print("")?;
        self.page.paragraph(
            "That was all. The same plans, for a cluster of yours and without touching it: dittofs-adapters plan --help",
        )
    }

    /// Everything but the end.
    pub async fn open(&mut self) -> Result<(), DemoError> {
        self.page.paragraph(
            "The operator, on a Kubernetes API and a DittoFS server that live in this process. Time is virtual; what is \
             decided, sent and answered is not. + creates, ~ changes, - deletes, = leaves as it is.",
        )?;
        self.install().await?;
        self.stop().await?;
        self.foreign().await?;
        self.outage().await?;
        self.empty_list().await?;
        self.deleted_service().await?;
        self.port_change().await
    }

    fn cluster(&self) -> &Cluster {
        &self.stage.kubernetes
    }

    /// Tells what was decided and what has come of it, and leaves it to be read.
    fn show(&self, took: Duration) -> Result<(), DemoError> {
        self.page.plans(&self.guide.take())?;
        self.page.objects(self.cluster(), took)?;
        // Virtual time stands still meanwhile.
        std::thread::sleep(self.pace);
        Ok(())
    }

    async fn until(
        &self,
        what: &'static str,
        holds: impl Fn(&Cluster) -> bool,
    ) -> Result<Duration, Unexpected> {
        until(self.cluster(), what, holds).await
    }

    async fn install(&mut self) -> Result<(), DemoError> {
        self.page.step(
            "Fresh install",
            "A DittoServer and its pod are there, and nobody said which adapters it runs. The operator makes an account \
             with the role operator, which may read the list of adapters and change nothing, and asks.",
        )?;
        let took = self.until("a ready server", is_ready).await?;
        self.show(took)?;
        let probed = self.dittofs.requests();
        let refused = probed.iter().any(|(method, _, outcome, _)| {
            method == "DELETE" && outcome == embedded_dittofs::Outcome::Status(403)
        });
        if refused {
            self.page.paragraph(
                "Asked to delete an adapter that cannot exist, DittoFS refused it: least privilege, proved.",
            )?;
        }
        Ok(())
    }

    async fn stop(&mut self) -> Result<(), DemoError> {
        self.page.step(
            "An administrator stops smb",
            "dfsctl adapter disable smb. Within one poll its policy goes, then its Service; nfs is not touched.",
        )?;
        self.administer("smb", false);
        let gone = |cluster: &Cluster| !exists(cluster, Kind::Service, &adapter("smb"));
        let took = self.until("the end of smb's Service", gone).await?;
        self.show(took)
    }

    async fn foreign(&mut self) -> Result<(), DemoError> {
        self.page.step(
            "Somebody else has the name",
            "A Service called demo-adapter-smb is there that is not ours, and smb starts again. What the operator does \
             not own it never overwrites: smb waits, and says for what.",
        )?;
        let foreign = json!({
            "apiVersion": "v1", "kind": "Service", "metadata": { "name": adapter("smb"), "namespace": NAMESPACE },
            "spec": { "ports": [{ "port": 80 }] },
        });
        self.cluster().create(foreign).map_err(|failure| DemoError::Stage(failure.message))?;
        self.administer("smb", true);
        let held = |cluster: &Cluster| has_reason(cluster, "AdaptersReady", "NameTaken");
        let took = self.until("a hold for the name", held).await?;
        self.show(took)?;
        self.page.paragraph("Its owner deletes it, and smb is exposed at once.")?;
        self.cluster().delete(Kind::Service, NAMESPACE, &adapter("smb"));
        let took = self.until("a ready server", is_ready).await?;
        self.show(took)
    }

    async fn outage(&mut self) -> Result<(), DemoError> {
        self.page.step(
            "DittoFS fails for half an hour",
            "Every request is answered with 503. Nothing is known, so nothing is touched; it is asked less and less often.",
        )?;
        let before = (self.identities(), self.dittofs.requests());
        self.dittofs.inject(Fault::ServerError(503));
        sleep(Duration::from_secs(1800)).await;
        self.show(Duration::from_secs(1800))?;
        let asked = self.dittofs.requests().since(&before.1).total();
        self.dittofs.heal();
        let took = self.until("a ready server", is_ready).await?;
        self.page.paragraph(&format!(
            "Asked {asked} times in 30 minutes; {}. Well again after {:.0} s.",
            if self.identities() == before.0 {
                "every Service and its address is the same"
            } else {
                "SERVICES CHANGED"
            },
            took.as_secs_f64(),
        ))?;
        self.guide.take();
        Ok(())
    }

    async fn empty_list(&mut self) -> Result<(), DemoError> {
        self.page.step(
            "DittoFS answers with an empty list",
            "Status 200 and [], as a server with a lost database would. An operator that believes it deletes every \
             LoadBalancer. This one holds, unless the resource says emptyList: Trust.",
        )?;
        let empty =
            Fault::Answer { status: 200, content_type: Some("application/json".into()), body: "[]".into() };
        self.dittofs.inject(empty.on(ADAPTERS));
        let held = |cluster: &Cluster| has_reason(cluster, "AdaptersDiscovered", "EmptyList");
        let took = self.until("a hold of the empty list", held).await?;
        self.show(took)?;
        self.dittofs.heal();
        self.until("a ready server", is_ready).await?;
        self.guide.take();
        Ok(())
    }

    async fn deleted_service(&mut self) -> Result<(), DemoError> {
        self.page.step(
            "Somebody deletes a Service",
            "kubectl delete service demo-adapter-nfs. The watch tells, and it is restored from the last report: DittoFS \
             is not asked.",
        )?;
        let (uid_before, asked) =
            (uid(self.cluster(), Kind::Service, &adapter("nfs")), self.dittofs.requests());
        self.cluster().delete(Kind::Service, NAMESPACE, &adapter("nfs"));
        let back = |cluster: &Cluster| {
            let now = uid(cluster, Kind::Service, &adapter("nfs"));
            now.is_some() && now != uid_before && is_ready(cluster) && has_address(cluster, &adapter("nfs"))
        };
        let took = self.until("the restored Service", back).await?;
        self.show(took)?;
        let asked = self.dittofs.requests().since(&asked).total();
        self.page.paragraph(&format!("DittoFS was asked {asked} times meanwhile."))
    }

    async fn port_change(&mut self) -> Result<(), DemoError> {
        self.page.step(
            "nfs moves to port 2049",
            "The Service is changed in place and keeps its address. The pod declares the new port from its next start \
             on; it is not restarted for it.",
        )?;
        let before =
            (uid(self.cluster(), Kind::Service, &adapter("nfs")), uid(self.cluster(), Kind::Pod, "demo-0"));
        // The embedded server has it: it was found there at every step so far.
        let _ = self.dittofs.set_port("nfs", 2049);
        let moved = |cluster: &Cluster| {
            let service = cluster.get(Kind::Service, NAMESPACE, &adapter("nfs")).unwrap_or_default();
            service["spec"]["ports"][0]["port"] == 2049 && is_ready(cluster)
        };
        let took = self.until("the new port", moved).await?;
        self.show(took)?;
        let after =
            (uid(self.cluster(), Kind::Service, &adapter("nfs")), uid(self.cluster(), Kind::Pod, "demo-0"));
        let same =
            if before == after { "The same Service, and the same pod." } else { "SOMETHING WAS REPLACED." };
        self.page.paragraph(same)
    }

    async fn end(&mut self) -> Result<(), DemoError> {
        self.page.step(
            "The DittoServer is deleted",
            "The account goes first, while its server runs; then the pod; the policies last, so that no port is open \
             while the pod stops.",
        )?;
        let start = Instant::now();
        self.cluster().delete(Kind::DittoServer, NAMESPACE, NAME);
        let account_gone = |_: &Cluster| !self.dittofs.has_user("k8s-operator");
        self.until("the end of the account", account_gone).await?;
        let all_gone = |cluster: &Cluster| {
            let kinds = [
                Kind::DittoServer,
                Kind::Service,
                Kind::NetworkPolicy,
                Kind::StatefulSet,
                Kind::Pod,
                Kind::Secret,
            ];
            kinds.into_iter().all(|kind| cluster.list(kind, Some(NAMESPACE)).is_empty())
        };
        self.until("the end of everything", all_gone).await?;
        self.show(start.elapsed())
    }

    fn administer(&self, kind: &str, enabled: bool) {
        // The embedded server always has both adapters.
        let _ = self.dittofs.set_enabled(kind, enabled);
    }

    fn identities(&self) -> Vec<Option<String>> {
        let services =
            ["nfs", "smb"].into_iter().map(|kind| uid(self.cluster(), Kind::Service, &adapter(kind)));
        services.collect()
    }
}

fn adapter(kind: &str) -> String {
    format!("{NAME}-adapter-{kind}")
}
