//! The administrator of a real DittoFS, for tests: what fails fails the test.

use dittofs_adapters::stage::real::administrator;
use dittofs_testbed::DittoFs;
use serde_json::Value;

pub struct Administrator(administrator::Administrator);

impl Administrator {
    pub fn of(dittofs: &DittoFs) -> Self {
        let password = dittofs.admin_password().to_owned();
        Self(administrator::Administrator::new(dittofs.url(), password).unwrap())
    }

    /// Changes an adapter.
    pub async fn adapter(&self, kind: &str, change: &Value) {
        self.0.adapter(kind, change).await.unwrap();
    }

    pub async fn stop(&self, kind: &str) {
        self.0.stop(kind).await.unwrap();
    }

    pub async fn start(&self, kind: &str, port: u16) {
        self.0.start(kind, port).await.unwrap();
    }

    /// Whether the operator's account is there.
    pub async fn has_account(&self) -> bool {
        self.0.has_account().await.unwrap()
    }
}
