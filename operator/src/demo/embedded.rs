//! The site in this very process, where time is virtual.

use std::time::Duration;

use embedded_dittofs::{DittoFs, Fault, Outcome};
use embedded_kubernetes::{Failure, Kind};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::site::{Outage, Script, Site};
use super::snapshot::{KINDS, Snapshot};
use super::{DemoError, NAME, NAMESPACE};
use crate::stage::Stage;

const ADAPTERS: &str = "/api/v1/adapters";

const SCRIPT: Script = Script {
    opening: "The operator, on a Kubernetes API and a DittoFS server that live in this process. Time is virtual; what is \
              decided, sent and answered is not. + creates, ~ changes, - deletes, = leaves as it is.",
    outage: Outage {
        title: "DittoFS fails for half an hour",
        happens: "Every request is answered with 503. Nothing is known, so nothing is touched; it is asked less and less \
                  often.",
        lasts: Duration::from_secs(1800),
        period: "30 minutes",
    },
    empty: "Status 200 and [], as a server with a lost database would. An operator that believes it deletes every \
            LoadBalancer. This one holds, unless the resource says emptyList: Trust.",
    restored: "kubectl delete service demo-adapter-nfs. The watch tells, and it is restored from the last report: DittoFS \
               is not asked.",
    asked_by: None,
    patience: Duration::from_secs(900),
};

/// A stage with its one server.
pub struct Embedded {
    pub stage: Stage,
    pub dittofs: DittoFs,
}

/// When the stage's clocks start: the tour takes some 35 minutes of theirs, after which they show about the real time.
fn began() -> Timestamp {
    Timestamp::now().saturating_sub(SignedDuration::from_mins(35)).unwrap_or(Timestamp::UNIX_EPOCH)
}

impl Embedded {
    pub fn open() -> Result<Self, DemoError> {
        let stage = Stage::new(embedded_kubernetes::Options { base: began(), ..Default::default() });
        let spec = json!({
            "image": "dittofs:x", "storage": { "metadataSize": "1Gi", "controlPlaneSize": "1Gi" },
        });
        let options = embedded_dittofs::Options { started_at: began(), ..Default::default() };
        let dittofs = stage.add(NAMESPACE, NAME, &spec, options).map_err(refused)?;
        Ok(Self { stage, dittofs })
    }
}

fn refused(failure: Failure) -> DemoError {
    DemoError::Stage(failure.message)
}

impl Site for Embedded {
    fn script(&self) -> Script {
        SCRIPT
    }

    async fn snapshot(&self) -> Result<Snapshot, DemoError> {
        Ok(Snapshot::new(KINDS.map(|kind| (kind, self.stage.kubernetes.list(kind, Some(NAMESPACE))))))
    }

    async fn create(&self, _: Kind, object: Value) -> Result<(), DemoError> {
        self.stage.kubernetes.create(object).map(drop).map_err(refused)
    }

    async fn delete(&self, kind: Kind, name: &str) -> Result<(), DemoError> {
        self.stage.kubernetes.delete(kind, NAMESPACE, name);
        Ok(())
    }

    async fn enable(&self, adapter: &str, enabled: bool) -> Result<(), DemoError> {
        // The embedded server always has both adapters.
        let _ = self.dittofs.set_enabled(adapter, enabled);
        Ok(())
    }

    async fn set_port(&self, adapter: &str, port: u16) -> Result<(), DemoError> {
        // As there.
        let _ = self.dittofs.set_port(adapter, port.into());
        Ok(())
    }

    async fn fail(&mut self) -> Result<(), DemoError> {
        self.dittofs.inject(Fault::ServerError(503));
        Ok(())
    }

    async fn empty(&mut self) -> Result<(), DemoError> {
        let empty =
            Fault::Answer { status: 200, content_type: Some("application/json".into()), body: "[]".into() };
        self.dittofs.inject(empty.on(ADAPTERS));
        Ok(())
    }

    async fn heal(&mut self) -> Result<(), DemoError> {
        self.dittofs.heal();
        Ok(())
    }

    fn asked(&self) -> u64 {
        self.dittofs.requests().total()
    }

    fn refused_a_deletion(&self) -> bool {
        let requests = self.dittofs.requests();
        requests.iter().any(|(method, _, outcome, _)| method == "DELETE" && outcome == Outcome::Status(403))
    }

    async fn has_account(&self) -> Result<bool, DemoError> {
        Ok(self.dittofs.has_user("k8s-operator"))
    }

    async fn rest(&self, pace: Duration) {
        // Virtual time stands still meanwhile.
        std::thread::sleep(pace);
    }
}
