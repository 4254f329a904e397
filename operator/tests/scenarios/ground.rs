//! A cluster with one DittoServer, its DittoFS and an operator, and all that others can do to them: what scenarios are
//! played on.

use std::time::Duration;

use dittofs_adapters::stage::objects;
use embedded_dittofs::{Fault, Role};
use embedded_kubernetes::Kind;
use serde_json::{Value, json};

mod embedded;
mod real;

pub use embedded::{Embedded, rules};
pub use real::{BINARY, Real, SYSTEM, administration, control_plane};

/// Of the DittoServer, in most scenarios.
pub const NAME: &str = "srv";
/// What the operator polls.
pub const LIST: &str = "/api/v1/adapters";

/// What a scenario wants of its servers.
#[derive(Clone, Default)]
pub struct Wishes {
    /// How long access tokens are good, other than usual.
    pub access_token: Option<Duration>,
    /// The password of DittoFS's administrator, other than usual.
    pub password: Option<String>,
    /// Whether the operator logs all that it can.
    pub everything_logged: bool,
}

/// What an administrator does to the operator's account.
#[derive(Clone, Copy, Debug)]
pub enum Account {
    Disabled,
    Enabled,
    Deleted,
    Role(Role),
    Password(&'static str),
}

/// What becomes of the process of DittoFS.
#[derive(Clone, Copy, Debug)]
pub enum Process {
    /// It takes connections and does not answer.
    Halts,
    GoesOn,
    /// At once (SIGKILL).
    Dies,
    /// After it died.
    Starts,
    /// Gracefully.
    Restarts,
    /// Its volume is lost while it restarts.
    LosesItsDatabase,
    /// It restarts, and its tokens are of another key from now on.
    ChangesItsKey,
    /// At its address there is another, of other people.
    IsReplaced,
}

/// The two servers. What fails fails the test.
pub trait Ground: Sized {
    /// The interval at which DittoFS is polled where a scenario does not say.
    const POLL: &str;
    /// Within this time what a poll shows is done, and what a failed try shows is tried again.
    const CYCLE: Duration;
    /// Within this time what a watch shows is done.
    const PROMPT: Duration;
    /// For so long nothing happens that must not.
    const LONG: Duration;
    /// How often it is looked meanwhile.
    const STEP: Duration;
    /// A life of an access token that a scenario can wait out.
    const SHORT_LIFE: Duration;
    /// After this something does not come about any more.
    const PATIENCE: Duration;

    /// With a DittoFS, and an operator that is not started; nothing is in the cluster, where the DittoServer is to have this
    /// name.
    async fn empty(scenario: &str, name: &str, wishes: Wishes) -> Self;

    /// Makes a DittoServer of this spec, and what the Go operator would have left of it.
    async fn furnish(&self, mut spec: Value) {
        spec["controlPlane"] = json!({ "port": self.api_port() });
        let server = objects::ditto_server(self.namespace(), self.name(), &spec);
        let server = self.create(server).await;
        for object in objects::left_by_go_operator(&server, &self.admin_password()) {
            self.create(object).await;
        }
    }

    fn namespace(&self) -> &str;
    /// Of the DittoServer.
    fn name(&self) -> &str;
    /// What DittoFS's administrator had for a password at the first start.
    fn admin_password(&self) -> String;
    /// The port of DittoFS's API.
    fn api_port(&self) -> u16;

    async fn get(&self, kind: Kind, name: &str) -> Option<Value>;
    async fn list(&self, kind: Kind) -> Vec<Value>;
    async fn create(&self, object: Value) -> Value;
    /// As `kubectl edit` does.
    async fn edit(&self, kind: Kind, name: &str, change: &dyn Fn(&mut Value));
    /// Gives whether there was something to delete.
    async fn delete(&self, kind: Kind, name: &str) -> bool;
    /// `kubectl rollout restart`.
    async fn rollout_restart(&self);
    /// The pod fails.
    async fn crash(&self);

    /// Starts or stops an adapter.
    async fn enable(&self, adapter: &str, enabled: bool);
    /// Moves an adapter to another port, and starts it.
    async fn move_to(&self, adapter: &str, port: u16);
    /// Takes an adapter out of the list.
    async fn remove(&self, adapter: &str);
    /// Makes an adapter, which runs then.
    async fn make(&self, adapter: &str, port: u16);
    async fn account(&self, change: Account);
    /// Whether the operator's account is there.
    async fn has_account(&self) -> bool;
    async fn process(&self, does: Process);
    /// Whoever asks for the list meets this, until it is healed.
    fn inject(&self, fault: Fault);
    fn heal(&self);
    /// How often the operator asked this of DittoFS, and was answered with this status.
    fn asked(&self, method: &str, path: &str, status: Option<u16>) -> u64;
    /// How often it asked for anything.
    fn asked_at_all(&self) -> u64;

    fn start_operator(&self);
    /// SIGKILL: what is half done stays so.
    fn kill_operator(&self);
    /// What the operator logged, over all its lives.
    fn log(&self) -> String;
    /// Nothing that the operator wanted was refused for want of rights, and no secret is in its log.
    fn is_clean(&self);
}

/// A spec with what the schema requires, and this.
pub fn spec(more: &Value, poll: &str) -> Value {
    let mut spec = json!({
        "image": "dittofs:v0.29.0", "storage": { "metadataSize": "1Gi", "controlPlaneSize": "1Gi" },
        "adapterDiscovery": { "pollingInterval": poll },
    });
    lay(more, &mut spec);
    spec
}

/// Lays objects over objects; whatever else is there is replaced.
fn lay(over: &Value, what: &mut Value) {
    match (over, what) {
        (Value::Object(over), Value::Object(what)) => {
            for (key, value) in over {
                lay(value, what.entry(key.clone()).or_insert(Value::Null));
            }
        }
        (over, what) => *what = over.clone(),
    }
}
