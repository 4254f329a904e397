//! A DittoServer resource → [`WorkloadSpec`].
//!
//! As elsewhere, what v0.29 accepts is never refused (COMP-02): what cannot be meant so is replaced, with a warning.

use dittofs_effects::Port;

use super::pod::pod;
use super::{
    CertificateSpec, Credential, DatabaseSpec, KerberosSpec, LdapSpec, LoggingSpec, MetricsSpec, MonitorSpec,
    SecretKey, StorageSpec, WorkloadOwner, WorkloadSpec,
};
use crate::api::{
    ControlPlane, Database, DatabaseType, DittoServer, DittoServerSpec, LogFormat, LogLevel, Logging,
    Metrics, ServiceType, Storage,
};
use crate::desired::{CONTENT_PATH, CONTROL_PLANE_PATH, METADATA_PATH};
use crate::ownership::MANAGED_PREFIX;
use crate::server::ServerSpec;

const IMAGE: &str = "marmos91c/dittofs:latest";
/// 5 s before the server is told to stop, three stages of its shutdown, and a reserve.
const GRACE_SECONDS: i64 = 105;
/// User and group of the image.
const FILE_GROUP: i64 = 65532;
/// The database's file, by default.
pub(super) const SQLITE_PATH: &str = "/data/controlplane/controlplane.db";

impl ServerSpec {
    /// Resolves the resource of a server whose workload is ours, and says what of it is not taken as it is written.
    pub fn resolve_whole(resource: &DittoServer) -> (Self, Vec<String>) {
        let (mut server, mut warnings) = Self::resolve_adapters(resource);
        match storage(resource.spec.storage.as_ref()) {
            Some(storage) => {
                let ports = (server.api_port, server.metrics_port);
                let workload = workload(&resource.spec, storage, ports, &mut warnings);
                server.workload = WorkloadOwner::Ours(Box::new(workload));
            }
            // The schema takes a resource without spec.
            None => warnings
                .push("spec.storage.metadataSize: is missing; no workload is made without it".to_owned()),
        }
        (server, warnings)
    }
}

fn workload(
    spec: &DittoServerSpec,
    storage: StorageSpec,
    (api_port, metrics_port): (Port, Option<Port>),
    warnings: &mut Vec<String>,
) -> WorkloadSpec {
    let identity = spec.identity.clone().unwrap_or_default();
    let (jwt, admin) = (identity.jwt.unwrap_or_default(), identity.admin.unwrap_or_default());
    let service = spec.service.clone().unwrap_or_default();
    let mut annotations = service.annotations.unwrap_or_default();
    annotations.retain(|key, _| !key.starts_with(MANAGED_PREFIX));
    if spec.percona.as_ref().is_some_and(|percona| percona.enabled == Some(true)) {
        warnings.push(
            "spec.percona: no PostgreSQL is made for this server; the one that is there stays".to_owned(),
        );
    }
    WorkloadSpec {
        image: text(spec.image.clone()).unwrap_or_else(|| IMAGE.to_owned()),
        database: database(spec.database.as_ref(), &storage, warnings),
        storage,
        certificate: certificate(spec.control_plane.as_ref()),
        signing_key: Credential::of(jwt.secret_ref.as_ref()),
        access_token_duration: text(jwt.access_token_duration).unwrap_or_else(|| "15m".to_owned()),
        refresh_token_duration: text(jwt.refresh_token_duration).unwrap_or_else(|| "168h".to_owned()),
        admin_username: text(admin.username).unwrap_or_else(|| "admin".to_owned()),
        admin_password: Credential::of(admin.password_secret_ref.as_ref()),
        ldap: identity.ldap.map(LdapSpec::of),
        kerberos: identity.kerberos.and_then(KerberosSpec::of),
        logging: logging(spec.logging.as_ref()),
        metrics: metrics_port.and_then(|port| metrics(spec.metrics.as_ref()?, port, api_port, warnings)),
        // Absent means the least: published is only what somebody asked to publish.
        api_service_type: service.service_type.unwrap_or(ServiceType::ClusterIP),
        api_service_annotations: annotations,
        resources: spec.resources.clone().unwrap_or_default(),
        grace_seconds: spec.termination_grace_period_seconds.unwrap_or(GRACE_SECONDS),
        pod: pod(spec.pod.as_ref(), warnings),
        security_context: spec.security_context.clone().unwrap_or_default(),
        pod_security_context: spec.pod_security_context.clone().unwrap_or_else(|| {
            k8s_openapi::api::core::v1::PodSecurityContext {
                fs_group: Some(FILE_GROUP),
                ..Default::default()
            }
        }),
    }
}

fn storage(storage: Option<&Storage>) -> Option<StorageSpec> {
    let storage = storage.cloned().unwrap_or_default();
    Some(StorageSpec {
        metadata: text(storage.metadata_size)?,
        content: text(storage.content_size),
        control_plane: text(storage.control_plane_size).unwrap_or_else(|| "1Gi".to_owned()),
        class: storage.storage_class_name,
    })
}

/// A reference to a PostgreSQL decides, whatever `type` says. A file of SQLite must be on a claim, or it would not outlive
/// the container.
fn database(database: Option<&Database>, storage: &StorageSpec, warnings: &mut Vec<String>) -> DatabaseSpec {
    let default = || DatabaseSpec::Sqlite(SQLITE_PATH.to_owned());
    let Some(database) = database else { return default() };
    if let Some(secret) = SecretKey::of(database.postgres_secret_ref.as_ref()) {
        return DatabaseSpec::Postgres(secret.secret);
    }
    if database.database_type == Some(DatabaseType::Postgres) {
        warnings.push(format!(
            "spec.database.type: postgres needs postgresSecretRef; SQLite at {SQLITE_PATH} is used"
        ));
        return default();
    }
    let Some(path) = text(database.sqlite.as_ref().and_then(|sqlite| sqlite.path.clone())) else {
        return default();
    };
    let content = storage.content.as_ref().map(|_| CONTENT_PATH);
    let claims = [Some(CONTROL_PLANE_PATH), Some(METADATA_PATH), content];
    if claims.into_iter().flatten().any(|claim| is_below(&path, claim)) {
        return DatabaseSpec::Sqlite(path);
    }
    warnings.push(format!(
        "spec.database.sqlite.path: {path:?} is on no volume and would be lost with the container; {SQLITE_PATH} is used"
    ));
    default()
}

fn is_below(path: &str, folder: &str) -> bool {
    let below = path.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/'));
    below.is_some_and(|rest| !rest.is_empty() && !rest.split('/').any(|part| part == ".."))
}

fn certificate(control_plane: Option<&ControlPlane>) -> CertificateSpec {
    let named = |name: Option<&String>| text(name.cloned());
    match named(control_plane.and_then(|c| c.cert_secret_name.as_ref())) {
        None => CertificateSpec::None,
        Some(secret) => {
            let client_ca = named(control_plane.and_then(|c| c.client_ca_secret_name.as_ref()));
            CertificateSpec::Served { secret, client_ca }
        }
    }
}

fn logging(logging: Option<&Logging>) -> LoggingSpec {
    let logging = logging.cloned().unwrap_or_default();
    LoggingSpec {
        level: logging.level.unwrap_or(LogLevel::Info),
        format: logging.format.unwrap_or(LogFormat::Json),
        output: text(logging.output).unwrap_or_else(|| "stdout".to_owned()),
    }
}

/// A token that nobody can find must not leave the metrics open to everybody, and a server that finds its port taken does not
/// start at all.
fn metrics(metrics: &Metrics, port: Port, api_port: Port, warnings: &mut Vec<String>) -> Option<MetricsSpec> {
    if port == api_port {
        warnings.push(format!(
            "spec.metrics.port: {port} is the port of the API; metrics are off until they differ"
        ));
        return None;
    }
    let token = SecretKey::of(metrics.bearer_token_secret.as_ref());
    if metrics.bearer_token_secret.is_some() && token.is_none() {
        warnings.push(
            "spec.metrics.bearerTokenSecret.name: is empty; metrics are off until it is named".to_owned(),
        );
        return None;
    }
    let monitor = metrics.service_monitor.clone().filter(|monitor| monitor.enabled == Some(true));
    Some(MetricsSpec {
        port,
        path: text(metrics.path.clone()).unwrap_or_else(|| "/metrics".to_owned()),
        token,
        monitor: monitor.map(|monitor| MonitorSpec {
            interval: text(monitor.interval),
            labels: monitor.labels.unwrap_or_default(),
        }),
    })
}

/// An empty text is none.
pub(super) fn text(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn resolve(spec: &Value) -> (WorkloadSpec, Vec<String>) {
        let mut spec = spec.clone();
        if spec.get("storage").is_none() {
            spec["storage"] = json!({ "metadataSize": "1Gi" });
        }
        let resource = json!({
            "apiVersion": "dittofs.dittofs.com/v1alpha1", "kind": "DittoServer",
            "metadata": { "name": "srv", "namespace": "files", "uid": "u-1" }, "spec": spec,
        });
        let (server, warnings) = ServerSpec::resolve_whole(&serde_json::from_value(resource).unwrap());
        let WorkloadOwner::Ours(workload) = server.workload else { panic!("{:?}", server.workload) };
        (*workload, warnings)
    }

    #[test]
    fn comp_02_a_file_of_sqlite_is_always_on_a_claim() {
        let default = SQLITE_PATH;
        for (path, content, used, warned) in [
            ("/data/controlplane/other.db", false, "/data/controlplane/other.db", false),
            ("/data/store/metadata/a/b.db", false, "/data/store/metadata/a/b.db", false),
            ("/data/store/block/c.db", true, "/data/store/block/c.db", false),
            ("", false, default, false),
            ("/data/store/block/c.db", false, default, true),
            ("/data/controlplanes/c.db", false, default, true),
            ("/data/controlplane/../c.db", false, default, true),
            ("/data/controlplane/", false, default, true),
            ("/tmp/c.db", false, default, true),
        ] {
            let mut spec =
                json!({ "storage": { "metadataSize": "1Gi" }, "database": { "sqlite": { "path": path } } });
            if content {
                spec["storage"]["contentSize"] = json!("1Gi");
            }
            let (workload, warnings) = resolve(&spec);
            assert_eq!(workload.database, DatabaseSpec::Sqlite(used.to_owned()), "{path}");
            assert_eq!(!warnings.is_empty(), warned, "{path}: {warnings:?}");
        }
    }

    #[test]
    fn comp_02_a_postgres_reference_decides_and_a_type_alone_does_not() {
        let by = |database: Value| resolve(&json!({ "database": database }));
        let reference = json!({ "name": "pg", "key": "unused" });
        let (workload, _) = by(json!({ "type": "sqlite", "postgresSecretRef": reference }));
        assert_eq!(workload.database, DatabaseSpec::Postgres("pg".to_owned()));
        let (workload, warnings) =
            by(json!({ "type": "postgres", "sqlite": { "path": "/data/controlplane/x" } }));
        assert_eq!(workload.database, DatabaseSpec::Sqlite(SQLITE_PATH.to_owned()));
        assert!(warnings[0].contains("postgresSecretRef"), "{warnings:?}");
    }

    #[test]
    fn secu_03_an_absent_service_is_not_published_and_a_token_without_a_name_closes_the_metrics() {
        assert_eq!(resolve(&json!({})).0.api_service_type, ServiceType::ClusterIP);
        assert_eq!(resolve(&json!({ "service": {} })).0.api_service_type, ServiceType::ClusterIP);
        let token = json!({ "enabled": true, "bearerTokenSecret": { "name": "", "key": "t" } });
        let (workload, warnings) = resolve(&json!({ "metrics": token }));
        assert_eq!((workload.metrics, warnings.len()), (None, 1));
        let metrics = resolve(&json!({ "metrics": { "enabled": true } })).0.metrics.unwrap();
        assert_eq!((metrics.port.get(), metrics.path.as_str(), metrics.token), (9090, "/metrics", None));
        assert_eq!(resolve(&json!({ "metrics": { "enabled": false } })).0.metrics, None);
        let (workload, warnings) = resolve(&json!({ "metrics": { "enabled": true, "port": 8080 } }));
        assert_eq!((workload.metrics, warnings.len()), (None, 1), "the API has that port");
    }

    #[test]
    fn comp_02_a_resource_without_storage_is_read_and_nothing_is_made_of_it() {
        let resource = json!({
            "apiVersion": "dittofs.dittofs.com/v1alpha1", "kind": "DittoServer", "metadata": { "name": "srv" },
        });
        let (server, warnings) = ServerSpec::resolve_whole(&serde_json::from_value(resource).unwrap());
        assert_eq!(server.workload, WorkloadOwner::Theirs);
        assert!(warnings[0].contains("metadataSize"), "{warnings:?}");
    }

    #[test]
    fn a_client_ca_counts_with_a_certificate_alone() {
        let by = |control_plane: Value| resolve(&json!({ "controlPlane": control_plane })).0.certificate;
        assert_eq!(by(json!({ "clientCASecretName": "ca" })), CertificateSpec::None);
        let (secret, client_ca) = ("tls".to_owned(), Some("ca".to_owned()));
        let served = by(json!({ "clientCASecretName": "ca", "certSecretName": "tls" }));
        assert_eq!(served, CertificateSpec::Served { secret, client_ca });
    }
}
