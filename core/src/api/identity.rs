//! `spec.identity`.

use k8s_openapi::api::core::v1::SecretKeySelector;

use super::kerberos::Kerberos;
use super::ldap::Ldap;
use super::macros::{section, words};
use super::schema;

words! {
    /// The identity store. There is one, so nothing depends on it.
    pub enum IdentityType {
        /// The server's own.
        Memory = "memory",
    }
}

section! {
    /// Who may log in, and how.
    pub struct Identity {
        /// Kind of identity store.
        #[schemars(extend("default" = "memory"))]
        #[serde(rename = "type")]
        identity_type: IdentityType,
        /// Tokens of the REST API. Unset: the operator creates a signing key.
        jwt: Jwt,
        /// The administrator. Unset: the operator creates the credentials.
        admin: Admin,
        /// Users and groups from a directory.
        ldap: Ldap,
        /// Kerberos authentication.
        kerberos: Kerberos,
    }

    /// Tokens of the REST API.
    pub struct Jwt {
        /// Signing key of at least 32 characters. An empty name means the one that the operator creates.
        #[schemars(required, with = "Option<schema::SecretKey>")]
        secret_ref: SecretKeySelector,
        /// How long an access token is valid, as a Go duration.
        #[schemars(extend("default" = "15m"))]
        access_token_duration: String,
        /// How long a refresh token is valid, as a Go duration.
        #[schemars(extend("default" = "168h"))]
        refresh_token_duration: String,
    }

    /// The administrator of the server.
    pub struct Admin {
        /// Name under which the operator logs in, where the Secret does not say another. The server itself always
        /// calls its administrator `admin`.
        #[schemars(extend("default" = "admin"))]
        username: String,
        /// Password in clear text, of which the server makes the hash. The Secret may have a key `username` too.
        #[schemars(with = "Option<schema::SecretKey>")]
        password_secret_ref: SecretKeySelector,
    }
}
