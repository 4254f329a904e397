//! `spec.identity.kerberos`.

use k8s_openapi::api::core::v1::SecretKeySelector;

use super::macros::section;
use super::schema;

section! {
    /// Kerberos authentication. The section has no effect while disabled.
    pub struct Kerberos {
        /// Whether Kerberos is used.
        enabled: bool,
        /// Principal of the server, such as `nfs/files.example.com@EXAMPLE.COM`.
        service_principal: String,
        /// Realm. Unset: that of the principal.
        realm: String,
        /// NetBIOS name of the domain. Unset: `WORKGROUP`.
        netbios_domain: String,
        /// DNS name of the domain. Unset: the realm in lower case.
        dns_domain: String,
        /// Keytab of the principal.
        #[schemars(with = "Option<schema::SecretKey>")]
        keytab_secret_ref: SecretKeySelector,
        /// A `krb5.conf`; it wins over `krb5Conf`.
        #[serde(rename = "krb5ConfSecretRef")]
        #[schemars(with = "Option<schema::SecretKey>")]
        krb5_conf_secret_ref: SecretKeySelector,
        /// Path of a `krb5.conf` in the container.
        #[serde(rename = "krb5Conf")]
        krb5_conf: String,
        /// Account of the server in the domain.
        machine_account: MachineAccount,
    }

    /// Account of the server in the domain. It needs one of the two Secrets.
    pub struct MachineAccount {
        /// Whether the account is used.
        enabled: bool,
        /// Name of the account, usually with a `$` at its end.
        account_name: String,
        /// Password of the account.
        #[schemars(with = "Option<schema::SecretKey>")]
        secret_ref: SecretKeySelector,
        /// Keytab of the account.
        #[schemars(with = "Option<schema::SecretKey>")]
        keytab_secret_ref: SecretKeySelector,
        /// Domain controllers, each a host or `host:port`.
        dc_address: Vec<String>,
    }
}
