//! `spec.percona`.

use k8s_openapi::api::core::v1::LocalObjectReference;

use super::macros::section;
use super::schema;

section! {
    /// A PostgreSQL that the Percona operator runs for this server. It is created once: later edits here do not reach
    /// it, except `deleteWithServer`.
    pub struct Percona {
        /// Whether there is one.
        #[schemars(extend("default" = false))]
        enabled: bool,
        /// Whether it is deleted with the server.
        #[schemars(extend("default" = false))]
        delete_with_server: bool,
        /// Number of its instances.
        #[schemars(range(min = 1, max = 5), extend("default" = 1))]
        replicas: i32,
        /// Size of its volume.
        #[schemars(extend("default" = "10Gi"))]
        storage_size: String,
        /// StorageClass of its volume. Unset: the default of the cluster.
        storage_class_name: String,
        /// Name of the database within it.
        #[schemars(extend("default" = "dittofs"))]
        database_name: String,
        /// Its backups.
        backup: PerconaBackup,
    }

    /// Backups of the database into an S3 bucket.
    pub struct PerconaBackup {
        /// Whether there are any.
        #[schemars(extend("default" = false))]
        enabled: bool,
        /// Secret with the pgBackRest settings that hold the credentials of the bucket.
        #[schemars(with = "Option<schema::SecretName>")]
        credentials_secret_ref: LocalObjectReference,
        /// Bucket. Needed when enabled.
        bucket: String,
        /// Address of the S3 service. Needed when enabled.
        endpoint: String,
        /// Region of the bucket.
        #[schemars(extend("default" = "eu-west-1"))]
        region: String,
        /// When a full backup is made, as a cron expression.
        #[schemars(extend("default" = "0 2 * * *"))]
        full_schedule: String,
        /// When an incremental backup is made, as a cron expression.
        #[schemars(extend("default" = "0 * * * *"))]
        incr_schedule: String,
        /// Accepted, and without effect.
        #[schemars(range(min = 1), extend("default" = 7))]
        retention_days: i32,
    }
}
