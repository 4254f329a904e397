//! The resource itself.

use k8s_openapi::api::core::v1::{PodSecurityContext, ResourceRequirements, SecurityContext};
use kube::CustomResource;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::macros::section;
use super::{
    AdapterDiscovery, AdapterServices, ControlPlane, Database, DittoServerStatus, Identity, Logging, Metrics,
    Percona, Pod, Service, SnapshotPolicy, Storage,
};

section! {
    /// What a DittoFS server is to be like.
    #[derive(CustomResource)]
    #[kube(
        group = "dittofs.dittofs.com",
        version = "v1alpha1",
        kind = "DittoServer",
        plural = "dittoservers",
        singular = "dittoserver",
        shortname = "ditto",
        shortname = "dittofs",
        namespaced,
        status = "DittoServerStatus",
        derive = "PartialEq",
        doc = "A DittoFS server, and how its adapters are reached.",
        printcolumn(name = "Replicas", type_ = "integer", json_path = ".spec.replicas"),
        printcolumn(name = "Ready", type_ = "integer", json_path = ".status.readyReplicas"),
        printcolumn(name = "Available", type_ = "integer", json_path = ".status.availableReplicas"),
        printcolumn(name = "Status", type_ = "string", json_path = ".status.phase"),
        printcolumn(name = "Adapters", type_ = "string", json_path = ".status.summary.adapters"),
        printcolumn(name = "Addresses", type_ = "string", json_path = ".status.summary.addresses"),
        printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
    )]
    #[serde(remote = "Self")]
    pub struct DittoServerSpec {
        /// Image of the server.
        #[schemars(extend("default" = "marmos91c/dittofs:latest"))]
        image: String,
        /// 1, or 0 for a server that is stopped.
        #[schemars(range(min = 0, max = 1), extend("default" = 1))]
        replicas: i32,
        /// The volumes of the server.
        #[schemars(required)]
        storage: Storage,
        /// The database of the control plane. Unset: SQLite.
        database: Database,
        /// The REST API of the server.
        control_plane: ControlPlane,
        /// Who may log in, and how.
        identity: Identity,
        /// How the server's adapters are found.
        adapter_discovery: AdapterDiscovery,
        /// The Services by which adapters are reached.
        adapter_services: AdapterServices,
        /// The Service of the REST API. Adapters have their own.
        service: Service,
        /// Metrics of the server.
        metrics: Metrics,
        /// What the server logs.
        logging: Logging,
        /// A PostgreSQL that the Percona operator runs for this server.
        percona: Percona,
        /// When snapshots of shares are made.
        snapshot_policies: Vec<SnapshotPolicy>,
        /// Resources of the server's container.
        resources: ResourceRequirements,
        /// How long the pod may take to stop. Unset: 105.
        #[schemars(range(min = 36))]
        termination_grace_period_seconds: i64,
        /// Security context of the server's container. What it leaves out is hardened.
        security_context: SecurityContext,
        /// Security context of the pod. It replaces the default as a whole, `fsGroup: 65532` included.
        pod_security_context: PodSecurityContext,
        /// The pod of the server, beyond what the server needs of it.
        pod: Pod,
    }
}

impl Serialize for DittoServerSpec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

/// A resource without `spec` passes the schema, since `spec` itself is not required. One such object must not keep a
/// whole list from being read, so an absent spec is an empty one.
impl<'de> Deserialize<'de> for DittoServerSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Present(#[serde(with = "DittoServerSpec")] DittoServerSpec);

        let spec = Option::<Present>::deserialize(deserializer)?;
        Ok(spec.map_or_else(Self::default, |present| present.0))
    }
}
