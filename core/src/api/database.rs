//! `spec.database`.

use k8s_openapi::api::core::v1::SecretKeySelector;

use super::macros::{section, words};
use super::schema;

words! {
    /// Which database the control plane uses, as far as it is said here.
    pub enum DatabaseType {
        /// A file on the control plane's volume.
        Sqlite = "sqlite",
        /// An external PostgreSQL.
        Postgres = "postgres",
    }
}

section! {
    /// The database of the control plane.
    pub struct Database {
        /// Kind of database. A `postgresSecretRef` decides: with it PostgreSQL is used whatever stands here, without
        /// it SQLite.
        #[schemars(extend("default" = "sqlite"))]
        #[serde(rename = "type")]
        database_type: DatabaseType,
        /// Settings of SQLite.
        sqlite: Sqlite,
        /// Secret with the keys `host`, `database`, `user`, `password`, and optionally `port` and `sslmode`. Its
        /// `key` must be given and is not used.
        #[schemars(with = "Option<schema::SecretKey>")]
        postgres_secret_ref: SecretKeySelector,
    }

    /// Settings of SQLite.
    pub struct Sqlite {
        /// Path of the database file in the container.
        #[schemars(extend("default" = "/data/controlplane/controlplane.db"))]
        path: String,
    }
}
