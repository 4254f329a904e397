//! The workload of a server, resolved: what its pod, its configuration and its own Services are made from.
//!
//! Only a server whose workload is ours has one ([`WorkloadOwner`]); there is nothing to build a StatefulSet from
//! otherwise.

use std::collections::BTreeMap;

use dittofs_effects::Port;
use k8s_openapi::api::core::v1::{PodSecurityContext, ResourceRequirements, SecurityContext};

use crate::api::{IdMap, LogFormat, LogLevel, Pod, ServiceType};

mod identity;
mod pod;
mod resolve;

/// Who brings the workload: ConfigMap, Secrets, StatefulSet and the server's own Services.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum WorkloadOwner {
    /// Somebody else, such as the Go operator: of the StatefulSet only adapter ports and update strategy are ours.
    #[default]
    Theirs,
    /// We do, and this is what is wanted.
    Ours(Box<WorkloadSpec>),
}

/// What the workload is made from.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkloadSpec {
    /// Image of the server.
    pub image: String,
    /// Claim templates.
    pub storage: StorageSpec,
    /// Where the control plane keeps its state.
    pub database: DatabaseSpec,
    /// Certificates of the API.
    pub certificate: CertificateSpec,
    /// The key that signs tokens.
    pub signing_key: Credential,
    /// How long an access token is valid, as a Go duration.
    pub access_token_duration: String,
    /// How long a refresh token is valid, as a Go duration.
    pub refresh_token_duration: String,
    /// Name of the administrator, as the configuration says it.
    pub admin_username: String,
    /// The first password of the administrator.
    pub admin_password: Credential,
    /// The directory.
    pub ldap: Option<LdapSpec>,
    /// Kerberos.
    pub kerberos: Option<KerberosSpec>,
    /// What is logged.
    pub logging: LoggingSpec,
    /// Metrics.
    pub metrics: Option<MetricsSpec>,
    /// Type of the API's Service.
    pub api_service_type: ServiceType,
    /// Annotations of the API's Service.
    pub api_service_annotations: BTreeMap<String, String>,
    /// Resources of the container.
    pub resources: ResourceRequirements,
    /// How long the pod may take to stop, in seconds.
    pub grace_seconds: i64,
    /// Security context of the container; what it leaves out is hardened.
    pub security_context: SecurityContext,
    /// Security context of the pod, as a whole.
    pub pod_security_context: PodSecurityContext,
    /// What else is wanted of the pod; nothing in it takes the place of something of ours.
    pub pod: Pod,
}

// No floats in any of the types of Kubernetes that stand here, so equality is total.
impl Eq for WorkloadSpec {}

/// A key of a Secret that somebody else keeps.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SecretKey {
    /// Name of the Secret.
    pub secret: String,
    /// Key within it.
    pub key: String,
}

/// Where a secret comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credential {
    /// We make it, in a Secret of ours.
    Managed,
    /// The resource names it.
    Provided(SecretKey),
}

/// The volumes, each ReadWriteOnce. Sizes are quantities with the unit Mi, Gi or Ti.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StorageSpec {
    /// Size of the volume for metadata.
    pub metadata: String,
    /// Size of the volume for content, if there is one.
    pub content: Option<String>,
    /// Size of the volume for the control plane.
    pub control_plane: String,
    /// StorageClass of all three; an empty one disables provisioning.
    pub class: Option<String>,
}

/// Where the control plane keeps its state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatabaseSpec {
    /// In a file at this path, which is on a claim.
    Sqlite(String),
    /// In the PostgreSQL that this Secret describes.
    Postgres(String),
}

/// How the API is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CertificateSpec {
    /// In the clear.
    None,
    /// By TLS.
    Served {
        /// Secret with `tls.crt` and `tls.key`.
        secret: String,
        /// Secret with the `ca.crt` that clients must be certified by (mTLS).
        client_ca: Option<String>,
    },
}

/// What is logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggingSpec {
    /// From which level on.
    pub level: LogLevel,
    /// In which form.
    pub format: LogFormat,
    /// Where to.
    pub output: String,
}

/// Metrics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetricsSpec {
    /// Listener, container port and Service port.
    pub port: Port,
    /// Path.
    pub path: String,
    /// The token that a reader must show.
    pub token: Option<SecretKey>,
    /// What the Prometheus operator is told.
    pub monitor: Option<MonitorSpec>,
}

/// A ServiceMonitor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MonitorSpec {
    /// Time between two readings.
    pub interval: Option<String>,
    /// More labels.
    pub labels: BTreeMap<String, String>,
}

/// The directory. An empty text means that the configuration leaves it to the server.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a key of the configuration")]
pub struct LdapSpec {
    /// Whether it is used.
    pub enabled: bool,
    /// Its address.
    pub url: String,
    /// Upgrade to TLS.
    pub start_tls: bool,
    /// No TLS.
    pub allow_plaintext: bool,
    /// Where users and groups are.
    pub base_dn: String,
    /// Who binds.
    pub bind_dn: String,
    /// Its password.
    pub bind_password: Option<SecretKey>,
    /// Attribute of the login name.
    pub user_attr: String,
    /// Realm of the users.
    pub realm: String,
    /// How identities become numbers.
    pub idmap: Option<IdMap>,
    /// Groups in groups.
    pub nested_groups: bool,
    /// Path of a CA certificate in the container.
    pub ca_cert_file: String,
    /// The certificate goes unchecked.
    pub insecure_skip_verify: bool,
}

/// Kerberos, when it is enabled. An empty text means that the configuration leaves it to the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KerberosSpec {
    /// Principal of the server.
    pub service_principal: String,
    /// Realm.
    pub realm: String,
    /// NetBIOS name of the domain.
    pub netbios_domain: String,
    /// DNS name of the domain.
    pub dns_domain: String,
    /// The keytab.
    pub keytab: Option<SecretKey>,
    /// The `krb5.conf` out of a Secret.
    pub krb5_conf: Option<SecretKey>,
    /// Path of a `krb5.conf` in the container, where no Secret has one.
    pub krb5_conf_path: String,
    /// The server's account in the domain.
    pub machine_account: Option<MachineAccountSpec>,
}

/// The server's account in the domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MachineAccountSpec {
    /// Its name.
    pub name: String,
    /// Its password.
    pub password: Option<SecretKey>,
    /// Its keytab.
    pub keytab: Option<SecretKey>,
    /// Domain controllers.
    pub controllers: Vec<String>,
}
