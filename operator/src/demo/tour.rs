//! The tour, step by step.

use std::sync::Arc;
use std::time::Duration;

use embedded_kubernetes::Kind;
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::expect::{promised, until};
use super::guide::Guide;
use super::page::Page;
use super::site::Site;
use super::snapshot::Snapshot;
use super::{DemoError, NAME, NAMESPACE};

/// A tour under way.
pub struct Tour<S> {
    pub site: S,
    pub guide: Arc<Guide>,
    pub page: Page,
    pub pace: Duration,
}

impl<S: Site> Tour<S> {
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
        self.page.paragraph(self.site.script().opening)?;
        self.install().await?;
        self.stop().await?;
        self.foreign().await?;
        self.outage().await?;
        self.empty_list().await?;
        self.deleted_service().await?;
        self.port_change().await
    }

    /// Tells what was decided and what has come of it, and leaves it to be read.
    async fn show(&self, took: Duration) -> Result<(), DemoError> {
        self.page.plans(&self.guide.take())?;
        self.page.objects(&self.site.snapshot().await?, took)?;
        self.site.rest(self.pace).await;
        Ok(())
    }

    async fn until(
        &self,
        what: &'static str,
        holds: impl Fn(&Snapshot) -> bool,
    ) -> Result<Duration, DemoError> {
        until(&self.site, what, async |snapshot| Ok(holds(snapshot))).await
    }

    async fn promised(&self, holds: bool, what: &'static str) -> Result<(), DemoError> {
        Ok(promised(holds, what, &self.site.snapshot().await?)?)
    }

    async fn install(&mut self) -> Result<(), DemoError> {
        self.page.step(
            "Fresh install",
            "A DittoServer and its pod are there, and nobody said which adapters it runs. The operator makes an account \
             with the role operator, which may read the list of adapters and change nothing, and asks.",
        )?;
        let took = self.until("a ready server", Snapshot::is_ready).await?;
        self.show(took).await?;
        self.promised(self.site.has_account().await?, "an account").await?;
        self.promised(self.site.refused_a_deletion(), "a deletion that DittoFS refuses").await?;
        self.page.paragraph(
            "Asked to delete an adapter that cannot exist, DittoFS refused it: least privilege, proved.",
        )
    }

    async fn stop(&mut self) -> Result<(), DemoError> {
        self.page.step(
            "An administrator stops smb",
            "dfsctl adapter disable smb. Within one poll its policy goes, then its Service; nfs is not touched.",
        )?;
        let nfs = self.uid(&adapter("nfs")).await?;
        self.site.enable("smb", false).await?;
        let gone = |now: &Snapshot| {
            let of_smb = [Kind::Service, Kind::NetworkPolicy].map(|kind| now.get(kind, &adapter("smb")));
            of_smb == [None; 2] && !now.declares(1445) && now.is_ready()
        };
        let took = self.until("the end of smb's Service", gone).await?;
        self.show(took).await?;
        self.promised(nfs == self.uid(&adapter("nfs")).await?, "the same Service for nfs").await
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
        self.site.create(Kind::Service, foreign).await?;
        self.site.enable("smb", true).await?;
        let held = |now: &Snapshot| now.has_reason("AdaptersReady", "NameTaken");
        let took = self.until("a hold for the name", held).await?;
        self.show(took).await?;
        self.page.paragraph("Its owner deletes it, and smb is exposed at once.")?;
        self.site.delete(Kind::Service, &adapter("smb")).await?;
        let exposed = |now: &Snapshot| now.is_ready() && now.get(Kind::Service, &adapter("smb")).is_some();
        let took = self.until("smb's Service", exposed).await?;
        self.show(took).await
    }

    async fn outage(&mut self) -> Result<(), DemoError> {
        let outage = self.site.script().outage;
        self.page.step(outage.title, outage.happens)?;
        let (before, asked) = (self.site.snapshot().await?.identities(), self.site.asked());
        self.site.fail().await?;
        sleep(outage.lasts).await;
        self.until("a notice of the outage", |now| !now.is_ready()).await?;
        self.show(outage.lasts).await?;
        let asked = self.site.asked() - asked;
        self.site.heal().await?;
        let took = self.until("a ready server", Snapshot::is_ready).await?;
        self.is_kept(&before).await?;
        self.page.paragraph(&format!(
            "Asked {} in {}; every Service and its address is the same. Well again after {:.*} s.",
            times(asked),
            outage.period,
            usize::from(took.as_secs() < 10),
            took.as_secs_f64(),
        ))?;
        self.guide.take();
        Ok(())
    }

    async fn empty_list(&mut self) -> Result<(), DemoError> {
        self.page.step("DittoFS answers with an empty list", self.site.script().empty)?;
        let before = self.site.snapshot().await?.identities();
        self.site.empty().await?;
        let held = |now: &Snapshot| now.has_reason("AdaptersDiscovered", "EmptyList");
        let took = self.until("a hold of the empty list", held).await?;
        self.show(took).await?;
        self.site.heal().await?;
        self.until("a ready server", Snapshot::is_ready).await?;
        self.is_kept(&before).await?;
        self.guide.take();
        Ok(())
    }

    async fn deleted_service(&mut self) -> Result<(), DemoError> {
        let script = self.site.script();
        self.page.step("Somebody deletes a Service", script.restored)?;
        let (before, asked) = (self.uid(&adapter("nfs")).await?, self.site.asked());
        self.site.delete(Kind::Service, &adapter("nfs")).await?;
        let back = |now: &Snapshot| {
            let uid = now.uid(Kind::Service, &adapter("nfs"));
            uid.is_some() && uid != before && now.is_ready()
        };
        let took = self.until("the restored Service", back).await?;
        self.show(took).await?;
        let asked = self.site.asked() - asked;
        let asker = script.asked_by.filter(|_| asked > 0);
        self.promised(asked == 0 || asker.is_some(), "that DittoFS is not asked").await?;
        self.page.paragraph(&format!(
            "DittoFS was asked {} meanwhile{}.",
            times(asked),
            asker.unwrap_or_default()
        ))
    }

    async fn port_change(&mut self) -> Result<(), DemoError> {
        self.page.step(
            "nfs moves to port 2049",
            "The Service is changed in place and keeps its address. The pod declares the new port from its next start \
             on; it is not restarted for it.",
        )?;
        let before = self.site.snapshot().await?.identities();
        self.site.set_port("nfs", 2049).await?;
        let moved = |now: &Snapshot| {
            let port =
                now.get(Kind::Service, &adapter("nfs")).map(|service| &service["spec"]["ports"][0]["port"]);
            port.is_some_and(|port| *port == 2049) && now.declares(2049) && now.is_ready()
        };
        let took = self.until("the new port", moved).await?;
        self.show(took).await?;
        self.is_kept(&before).await?;
        self.page.paragraph("The same Service, and the same pod.")
    }

    async fn end(&mut self) -> Result<(), DemoError> {
        self.page.step(
            "The DittoServer is deleted",
            "The account goes first, while its server runs; then the pod; the policies last, so that no port is open \
             while the pod stops.",
        )?;
        let start = Instant::now();
        self.site.delete(Kind::DittoServer, NAME).await?;
        let account_gone = async |_: &Snapshot| Ok(!self.site.has_account().await?);
        until(&self.site, "the end of the account", account_gone).await?;
        self.until("the end of everything", Snapshot::is_empty).await?;
        self.show(start.elapsed()).await
    }

    /// Each Service, its address and the pod are those that they were.
    async fn is_kept(&self, before: &[serde_json::Value]) -> Result<(), DemoError> {
        let now = self.site.snapshot().await?;
        Ok(promised(now.identities() == before, "the same Services, addresses and pod", &now)?)
    }

    async fn uid(&self, service: &str) -> Result<Option<String>, DemoError> {
        Ok(self.site.snapshot().await?.uid(Kind::Service, service))
    }
}

fn adapter(kind: &str) -> String {
    format!("{NAME}-adapter-{kind}")
}

fn times(number: u64) -> String {
    if number == 1 { "once".to_owned() } else { format!("{number} times") }
}
