//! What is deliberately left as it is, and why.

use std::fmt;

use serde::Serialize;

use crate::AdapterType;

/// Something that is not done, and the reason. A hold is always shown: in the plan, the status, an event, a metric.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Hold {
    /// The adapter that is held, or `None` for the whole server.
    pub adapter: Option<AdapterType>,
    /// The machine-readable cause.
    pub code: HoldCode,
    /// The cause in a sentence that names the offending value and, where there is one, the remedy.
    pub reason: String,
}

macro_rules! hold_codes {
    ($($(#[$doc:meta])* $code:ident,)*) => {
        /// Why something is held. The list is closed: scripts may match on it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        pub enum HoldCode { $($(#[$doc])* $code,)* }

        impl HoldCode {
            /// Every code there is.
            pub const ALL: &'static [Self] = &[$(Self::$code,)*];

            /// The code as it is printed.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$code => stringify!($code),)* }
            }
        }
    };
}

hold_codes! {
    /// DittoFS did not answer with a list of adapters.
    ApiUnavailable,
    /// DittoFS refused our token (401, 403).
    Unauthorized,
    /// DittoFS answered with nothing: `[]`, `null` or no body.
    EmptyList,
    /// Nobody asked DittoFS yet.
    NotYetPolled,
    /// The adapter is enabled and not running, and this has not lasted long enough to be believed.
    NotRunning,
    /// The adapter's port is missing, no integer, or no port.
    InvalidPort,
    /// The adapter's `enabled` or `running` is missing or no boolean.
    InvalidEntry,
    /// The list has an entry that cannot be named, so that absence from it means nothing.
    UnnamedEntry,
    /// Two adapters report one port.
    PortClash,
    /// Two adapter types have one sanitised form.
    NameClash,
    /// The adapter reports a port that the server itself uses.
    ReservedPort,
    /// The name is taken by an object that is not ours, or is ours in another role.
    NameTaken,
    /// Kubernetes would refuse a name or a label value.
    NameTooLong,
    /// Only another Service could have what is asked for; that needs an approval.
    ReplaceRequired,
    /// The cluster has no free node port.
    NodePortsExhausted,
    /// Ours exists, but is being deleted.
    Terminating,
    /// The pod template is being rolled out; ports wait.
    RolloutInProgress,
    /// The server's pod is not ready or is terminating.
    PodNotReady,
    /// The server has no replicas.
    ScaledToZero,
    /// The DittoServer is being deleted.
    Deleting,
    /// A Secret that the server needs, or a key of it, is missing.
    SecretMissing,
    /// Volumes cannot be changed as the resource asks.
    StorageFixed,
    /// The mode forbids to remove it.
    UpsertOnly,
    /// The mode forbids to write.
    Observe,
    /// An annotation forbids to write.
    Paused,
}

impl HoldCode {
    /// `Observe` and `Paused` say that nothing is executed; they do not change what would be.
    pub const fn only_stops_execution(self) -> bool {
        matches!(self, Self::Observe | Self::Paused)
    }
}

impl fmt::Display for HoldCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
