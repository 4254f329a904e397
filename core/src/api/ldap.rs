//! `spec.identity.ldap`.

use k8s_openapi::api::core::v1::SecretKeySelector;

use super::macros::{section, words};
use super::schema;

words! {
    /// How identities of the directory become numeric ones.
    pub enum IdMap {
        /// By the attributes of RFC 2307.
        Rfc2307 = "rfc2307",
        /// By the relative identifier of the Windows SID.
        Rid = "rid",
    }
}

section! {
    /// Users and groups from a directory. The section is written to the server's configuration even while disabled.
    pub struct Ldap {
        /// Whether the directory is used.
        enabled: bool,
        /// Address of the directory, `ldap://…` or `ldaps://…`.
        #[schemars(required)]
        url: String,
        /// Whether a plain connection is upgraded to TLS.
        #[serde(rename = "startTLS")]
        start_tls: bool,
        /// Whether a plain connection without TLS is allowed.
        allow_plaintext: bool,
        /// Where in the directory users and groups are looked for.
        #[schemars(required)]
        #[serde(rename = "baseDN")]
        base_dn: String,
        /// The name under which the server binds.
        #[schemars(required)]
        #[serde(rename = "bindDN")]
        bind_dn: String,
        /// The password for it. The server does not start without one while the directory is enabled.
        #[schemars(with = "Option<schema::SecretKey>")]
        bind_password_secret_ref: SecretKeySelector,
        /// Attribute that holds the login name. Unset: `sAMAccountName`.
        user_attr: String,
        /// Kerberos realm of the users.
        realm: String,
        /// How identities become numeric ones. Unset: `rfc2307`.
        idmap: IdMap,
        /// Whether groups within groups count.
        nested_groups: bool,
        /// Path of a CA certificate in the container.
        ca_cert_file: String,
        /// Whether the directory's certificate goes unchecked.
        insecure_skip_verify: bool,
    }
}
