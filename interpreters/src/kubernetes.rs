//! Carries effects out on an API server, exactly as the plan shows them.
//!
//! Creation is a POST, so a name that is taken is refused and never overwritten. An update is the JSON patch of the
//! effect, and a deletion a DELETE, both with the uid and resource version that were seen: a stale cache gets a
//! conflict, not a victim (SAFE-02). No server-side apply: it adopts, and cannot close a port that somebody else
//! co-owns. Every answer becomes one of the closed set of [`Outcome`](dittofs_core::effects::Outcome)s, and so does none within
//! [`TIME_LIMIT`].

mod announce;
mod api;
mod carry_out;
mod execute;
mod in_time;
mod outcome;
mod secrets;
mod server;

pub use announce::{Announcer, REPORTER};
pub use api::{FIELD_MANAGER, of as api_of};
pub use carry_out::carry_out;
pub use execute::Kubernetes;
pub use in_time::{TIME_LIMIT, in_time};
pub use outcome::outcome;
pub use secrets::{CREDENTIALS_LABEL, Secrets};
pub use server::Servers;
