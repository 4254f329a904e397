//! The configuration of DittoFS: `config.yaml` (`facts`: SECU-02).
//!
//! Adapters, shares, stores and users are not in it: they live in the server, and are managed there. Neither is any
//! secret: those come in the environment. Keys stand in the order, and in the form, in which the Go operator writes them,
//! so that a takeover finds nothing to change.

use crate::server::{
    CertificateSpec, DatabaseSpec, KerberosSpec, LdapSpec, MachineAccountSpec, MetricsSpec, ServerSpec,
    WorkloadSpec,
};

mod yaml;

use yaml::Block;

/// Where the server finds its certificate.
pub(super) const TLS_PATH: &str = "/tls";
/// Where the server finds the authority of its clients.
pub(super) const CLIENT_CA_PATH: &str = "/tls-client-ca";
/// Where the server finds the token that readers of its metrics show.
pub(super) const METRICS_TOKEN_PATH: &str = "/metrics-token";
/// Where the server finds its keytab.
pub(super) const KEYTAB_PATH: &str = "/kerberos";
/// Where the server finds a `krb5.conf` out of a Secret.
pub(super) const KRB5_PATH: &str = "/kerberos-krb5";
/// Where the server finds the keytab of its machine account.
pub(super) const MACHINE_KEYTAB_PATH: &str = "/kerberos-machine";
/// Half of what the grace period is made of, three times over.
const SHUTDOWN_TIMEOUT: &str = "30s";
/// All addresses of the pod.
const ANY: &str = "0.0.0.0";

/// Writes the configuration.
pub(crate) fn config(server: &ServerSpec, workload: &WorkloadSpec) -> String {
    let mut config = Block::default();
    config.block("logging", |logging| {
        logging.text("level", workload.logging.level.as_str());
        logging.text("format", workload.logging.format.as_str());
        logging.text("output", &workload.logging.output);
    });
    config.text("shutdown_timeout", SHUTDOWN_TIMEOUT);
    config.block("database", |block| database(block, &workload.database));
    config.block("controlplane", |block| control_plane(block, server, workload));
    config.block("admin", |admin| admin.text("username", &workload.admin_username));
    if let Some(spec) = &workload.metrics {
        config.block("metrics", |block| metrics(block, spec));
    }
    if let Some(spec) = &workload.ldap {
        config.block("ldap", |block| ldap(block, spec));
    }
    if let Some(spec) = &workload.kerberos {
        config.block("kerberos", |block| kerberos(block, spec));
    }
    config.written()
}

/// What PostgreSQL is like comes in the environment, which wins; the server wants the keys to be there.
fn database(block: &mut Block, database: &DatabaseSpec) {
    match database {
        DatabaseSpec::Sqlite(path) => {
            block.text("type", "sqlite");
            block.block("sqlite", |sqlite| sqlite.text("path", path));
        }
        DatabaseSpec::Postgres(_) => {
            block.text("type", "postgres");
            block.block("postgres", |postgres| {
                for key in ["host", "database", "user", "password"] {
                    postgres.text(key, "placeholder");
                }
            });
        }
    }
}

fn control_plane(block: &mut Block, server: &ServerSpec, workload: &WorkloadSpec) {
    block.text("host", ANY);
    block.number("port", server.api_port);
    block.block("jwt", |jwt| {
        jwt.text("access_token_duration", &workload.access_token_duration);
        jwt.text("refresh_token_duration", &workload.refresh_token_duration);
    });
    let CertificateSpec::Served { client_ca, .. } = &workload.certificate else { return };
    block.block("tls", |tls| {
        tls.text("cert_file", &format!("{TLS_PATH}/tls.crt"));
        tls.text("key_file", &format!("{TLS_PATH}/tls.key"));
        if client_ca.is_some() {
            tls.text("client_ca", &format!("{CLIENT_CA_PATH}/ca.crt"));
        }
    });
}

fn metrics(block: &mut Block, metrics: &MetricsSpec) {
    block.flag("enabled", true);
    block.text("host", ANY);
    block.number("port", metrics.port);
    block.text("path", &metrics.path);
    if metrics.token.is_some() {
        block.text("auth", "token");
        block.text("token_file", &format!("{METRICS_TOKEN_PATH}/token"));
    } else {
        block.text("auth", "none");
    }
}

/// The first four stand there whatever they are; the others where they say something.
fn ldap(block: &mut Block, ldap: &LdapSpec) {
    block.flag("enabled", ldap.enabled);
    block.text("url", &ldap.url);
    block.flag_if_set("start_tls", ldap.start_tls);
    block.flag_if_set("allow_plaintext", ldap.allow_plaintext);
    block.text("base_dn", &ldap.base_dn);
    block.text("bind_dn", &ldap.bind_dn);
    block.text_if_set("user_attr", &ldap.user_attr);
    block.text_if_set("realm", &ldap.realm);
    block.text_if_set("idmap", ldap.idmap.map_or("", |idmap| idmap.as_str()));
    block.flag_if_set("nested_groups", ldap.nested_groups);
    if !ldap.ca_cert_file.is_empty() || ldap.insecure_skip_verify {
        block.block("tls", |tls| {
            tls.text_if_set("ca_cert_file", &ldap.ca_cert_file);
            tls.flag_if_set("insecure_skip_verify", ldap.insecure_skip_verify);
        });
    }
}

fn kerberos(block: &mut Block, kerberos: &KerberosSpec) {
    block.flag("enabled", true);
    if kerberos.keytab.is_some() {
        block.text("keytab_path", &format!("{KEYTAB_PATH}/dittofs.keytab"));
    }
    block.text_if_set("service_principal", &kerberos.service_principal);
    block.text_if_set("realm", &kerberos.realm);
    block.text_if_set("netbios_domain", &kerberos.netbios_domain);
    block.text_if_set("dns_domain", &kerberos.dns_domain);
    match &kerberos.krb5_conf {
        Some(_) => block.text("krb5_conf", &format!("{KRB5_PATH}/krb5.conf")),
        None => block.text_if_set("krb5_conf", &kerberos.krb5_conf_path),
    }
    if let Some(account) = &kerberos.machine_account {
        block.block("machine_account", |block| machine_account(block, account));
    }
}

fn machine_account(block: &mut Block, account: &MachineAccountSpec) {
    block.flag("enabled", true);
    block.text_if_set("account_name", &account.name);
    if account.keytab.is_some() {
        block.text("keytab_path", &format!("{MACHINE_KEYTAB_PATH}/machine.keytab"));
    }
    if !account.controllers.is_empty() {
        block.list("dc_address", &account.controllers);
    }
}
