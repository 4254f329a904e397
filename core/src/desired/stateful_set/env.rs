//! The environment of the server: its secrets, each out of a Secret.

use k8s_openapi::api::core::v1::{EnvVar, EnvVarSource, SecretKeySelector};

use crate::desired::secret::{PASSWORD_KEY, SIGNING_KEY};
use crate::name;
use crate::server::{Credential, DatabaseSpec, SecretKey, ServerSpec, WorkloadSpec};

/// Prefix of the variables that the server reads.
pub(crate) const PREFIX: &str = "DITTOFS_";

/// Every variable, in the order in which it stands in the container.
pub(super) fn env(server: &ServerSpec, workload: &WorkloadSpec) -> Vec<EnvVar> {
    let mut env = vec![
        match &workload.signing_key {
            Credential::Managed => {
                variable("CONTROLPLANE_SECRET", &name::signing_key_secret(&server.name), SIGNING_KEY, None)
            }
            Credential::Provided(key) => variable("CONTROLPLANE_SECRET", &key.secret, &key.key, None),
        },
        match &workload.admin_password {
            // The server reads it at its very first start alone: a pod must not wait for a Secret that is gone since.
            Credential::Managed => {
                let secret = name::admin_secret(&server.name);
                variable("ADMIN_INITIAL_PASSWORD", &secret, PASSWORD_KEY, Some(true))
            }
            Credential::Provided(key) => variable("ADMIN_INITIAL_PASSWORD", &key.secret, &key.key, None),
        },
    ];
    let mut add = |name: &str, key: Option<&SecretKey>| {
        env.extend(key.map(|key| variable(name, &key.secret, &key.key, None)));
    };
    add("LDAP_BIND_PASSWORD", workload.ldap.as_ref().and_then(|ldap| ldap.bind_password.as_ref()));
    let account = workload.kerberos.as_ref().and_then(|kerberos| kerberos.machine_account.as_ref());
    add("KERBEROS_MACHINE_ACCOUNT_SECRET", account.and_then(|account| account.password.as_ref()));
    if let DatabaseSpec::Postgres(secret) = &workload.database {
        for (key, optional) in [
            ("host", None),
            ("database", None),
            ("user", None),
            ("password", None),
            ("port", Some(true)),
            ("sslmode", Some(true)),
        ] {
            env.push(variable(&format!("DATABASE_POSTGRES_{}", key.to_uppercase()), secret, key, optional));
        }
    }
    env
}

fn variable(name: &str, secret: &str, key: &str, optional: Option<bool>) -> EnvVar {
    EnvVar {
        name: format!("{PREFIX}{name}"),
        value: None,
        value_from: Some(EnvVarSource {
            secret_key_ref: Some(SecretKeySelector {
                name: secret.to_owned(),
                key: key.to_owned(),
                optional,
            }),
            ..EnvVarSource::default()
        }),
    }
}
