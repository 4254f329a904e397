//! `spec.controlPlane`.

use super::macros::section;

section! {
    /// The REST API of the server.
    pub struct ControlPlane {
        /// Port on which the API listens and which its Service has.
        #[schemars(range(min = 1, max = 65535), extend("default" = 8080))]
        port: i32,
        /// Whether the operator reaches the API by https although the server has no certificate of its own, as
        /// behind a mesh.
        #[schemars(extend("default" = false))]
        tls: bool,
        /// Secret with `tls.crt` and `tls.key` for the server, and optionally `ca.crt` for the operator to trust.
        cert_secret_name: String,
        /// Secret with the `ca.crt` against which the server demands client certificates. Needs `certSecretName`.
        #[serde(rename = "clientCASecretName")]
        client_ca_secret_name: String,
    }
}
