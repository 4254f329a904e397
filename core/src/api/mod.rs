//! The DittoServer resource.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
macro_rules! words { ($n:ident { $($v:ident),* }) => {
    #[allow(missing_docs)]
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
    pub enum $n { $($v),* }
    impl $n { #[allow(missing_docs)] pub const fn as_str(self) -> &'static str { match self { $(Self::$v => stringify!($v)),* } } }
} }
words!(ServiceType { ClusterIP, NodePort, LoadBalancer });
words!(Mode { Sync, UpsertOnly, Observe });
words!(EmptyList { Hold, Trust });
words!(PortRollout { OnNextRestart, Immediate });
words!(ExternalTrafficPolicy { Cluster, Local });
words!(SessionAffinity { None, ClientIP });
words!(IpFamilyPolicy { SingleStack, PreferDualStack, RequireDualStack });
words!(IpFamily { IPv4, IPv6 });
words!(CompanionPort { Portmapper, UDP, MDNS, WSDiscovery });
