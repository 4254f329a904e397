//! `spec.identity` → what the server is told about users.

use k8s_openapi::api::core::v1::SecretKeySelector;

use super::resolve::text;
use super::{Credential, KerberosSpec, LdapSpec, MachineAccountSpec, SecretKey};
use crate::api::{Kerberos, Ldap, MachineAccount};

impl SecretKey {
    /// A reference without a name is none.
    pub(super) fn of(reference: Option<&SecretKeySelector>) -> Option<Self> {
        let reference = reference.filter(|reference| !reference.name.is_empty())?;
        Some(Self { secret: reference.name.clone(), key: reference.key.clone() })
    }
}

impl Credential {
    pub(super) fn of(reference: Option<&SecretKeySelector>) -> Self {
        SecretKey::of(reference).map_or(Self::Managed, Self::Provided)
    }
}

impl LdapSpec {
    pub(super) fn of(ldap: Ldap) -> Self {
        Self {
            enabled: ldap.enabled.unwrap_or(false),
            url: ldap.url.unwrap_or_default(),
            start_tls: ldap.start_tls.unwrap_or(false),
            allow_plaintext: ldap.allow_plaintext.unwrap_or(false),
            base_dn: ldap.base_dn.unwrap_or_default(),
            bind_dn: ldap.bind_dn.unwrap_or_default(),
            bind_password: SecretKey::of(ldap.bind_password_secret_ref.as_ref()),
            user_attr: ldap.user_attr.unwrap_or_default(),
            realm: ldap.realm.unwrap_or_default(),
            idmap: ldap.idmap,
            nested_groups: ldap.nested_groups.unwrap_or(false),
            ca_cert_file: ldap.ca_cert_file.unwrap_or_default(),
            insecure_skip_verify: ldap.insecure_skip_verify.unwrap_or(false),
        }
    }
}

impl KerberosSpec {
    /// `None` while it is disabled.
    pub(super) fn of(kerberos: Kerberos) -> Option<Self> {
        if kerberos.enabled != Some(true) {
            return None;
        }
        Some(Self {
            service_principal: kerberos.service_principal.unwrap_or_default(),
            realm: kerberos.realm.unwrap_or_default(),
            netbios_domain: kerberos.netbios_domain.unwrap_or_default(),
            dns_domain: kerberos.dns_domain.unwrap_or_default(),
            keytab: SecretKey::of(kerberos.keytab_secret_ref.as_ref()),
            krb5_conf: SecretKey::of(kerberos.krb5_conf_secret_ref.as_ref()),
            krb5_conf_path: kerberos.krb5_conf.unwrap_or_default(),
            machine_account: kerberos.machine_account.and_then(MachineAccountSpec::of),
        })
    }
}

impl MachineAccountSpec {
    fn of(account: MachineAccount) -> Option<Self> {
        if account.enabled != Some(true) {
            return None;
        }
        Some(Self {
            name: text(account.account_name).unwrap_or_default(),
            password: SecretKey::of(account.secret_ref.as_ref()),
            keytab: SecretKey::of(account.keytab_secret_ref.as_ref()),
            controllers: account.dc_address.unwrap_or_default(),
        })
    }
}
