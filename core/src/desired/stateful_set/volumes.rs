//! What is mounted into the container, and where it comes from.

use k8s_openapi::api::core::v1::{ConfigMapVolumeSource, KeyToPath, SecretVolumeSource, Volume, VolumeMount};

use super::claims;
use crate::desired::config::{
    CLIENT_CA_PATH, KEYTAB_PATH, KRB5_PATH, MACHINE_KEYTAB_PATH, METRICS_TOKEN_PATH, TLS_PATH,
};
use crate::name;
use crate::server::{CertificateSpec, SecretKey, ServerSpec, WorkloadSpec};

/// Readable by the pod's group alone: octal 0440.
const FOR_THE_GROUP: i32 = 0o440;

/// One mount, and its volume if it is not a claim's.
#[derive(Debug)]
pub(super) struct Mounted {
    name: &'static str,
    path: &'static str,
    source: Source,
}

#[derive(Debug)]
enum Source {
    Claim,
    Config(String),
    /// A whole Secret, and the mode of its files where it is not the default.
    Secret(String, Option<i32>),
    /// One key of a Secret under this file name, and the mode of that file.
    Key(SecretKey, &'static str, Option<i32>),
}

/// Everything that is mounted, in the order in which it stands in the container.
pub(super) fn mounted(server: &ServerSpec, workload: &WorkloadSpec) -> Vec<Mounted> {
    let claim = |name, path| Mounted { name, path, source: Source::Claim };
    let mut mounted = vec![
        claim(claims::CONTROL_PLANE, claims::CONTROL_PLANE_PATH),
        claim(claims::METADATA, claims::METADATA_PATH),
    ];
    let config = Source::Config(name::config_map(&server.name));
    mounted.push(Mounted { name: "config", path: "/config", source: config });
    if workload.storage.content.is_some() {
        mounted.push(claim(claims::CONTENT, claims::CONTENT_PATH));
    }
    certificates(workload, &mut mounted);
    let token = workload.metrics.as_ref().and_then(|metrics| metrics.token.as_ref());
    key(token, "metrics-token", METRICS_TOKEN_PATH, ("token", None), &mut mounted);
    let Some(kerberos) = &workload.kerberos else { return mounted };
    let mode = Some(FOR_THE_GROUP);
    key(kerberos.keytab.as_ref(), "kerberos-keytab", KEYTAB_PATH, ("dittofs.keytab", mode), &mut mounted);
    key(kerberos.krb5_conf.as_ref(), "kerberos-krb5", KRB5_PATH, ("krb5.conf", None), &mut mounted);
    let machine = kerberos.machine_account.as_ref().and_then(|account| account.keytab.as_ref());
    let file = ("machine.keytab", mode);
    key(machine, "kerberos-machine-keytab", MACHINE_KEYTAB_PATH, file, &mut mounted);
    mounted
}

/// The private key is for the pod's group alone; where the pod has none, nobody but root could read it so.
fn certificates(workload: &WorkloadSpec, mounted: &mut Vec<Mounted>) {
    let CertificateSpec::Served { secret, client_ca } = &workload.certificate else { return };
    let mode = workload.pod_security_context.fs_group.map(|_| FOR_THE_GROUP);
    let source = Source::Secret(secret.clone(), mode);
    mounted.push(Mounted { name: "tls-cert", path: TLS_PATH, source });
    if let Some(ca) = client_ca {
        let source = Source::Secret(ca.clone(), None);
        mounted.push(Mounted { name: "tls-client-ca", path: CLIENT_CA_PATH, source });
    }
}

fn key(
    key: Option<&SecretKey>,
    name: &'static str,
    path: &'static str,
    (file, mode): (&'static str, Option<i32>),
    mounted: &mut Vec<Mounted>,
) {
    if let Some(key) = key {
        mounted.push(Mounted { name, path, source: Source::Key(key.clone(), file, mode) });
    }
}

impl Mounted {
    /// The mount of the container.
    pub fn mount(&self) -> VolumeMount {
        let read_only = match self.source {
            Source::Claim | Source::Config(_) => None,
            Source::Secret(..) | Source::Key(..) => Some(true),
        };
        VolumeMount {
            name: self.name.to_owned(),
            mount_path: self.path.to_owned(),
            read_only,
            ..VolumeMount::default()
        }
    }

    /// The volume of the pod; a claim's comes with its template.
    pub fn into_volume(self) -> Option<Volume> {
        let mut volume = Volume { name: self.name.to_owned(), ..Volume::default() };
        match self.source {
            Source::Claim => return None,
            Source::Config(name) => {
                volume.config_map = Some(ConfigMapVolumeSource { name, ..ConfigMapVolumeSource::default() });
            }
            Source::Secret(secret, default_mode) => {
                volume.secret = Some(SecretVolumeSource {
                    secret_name: Some(secret),
                    default_mode,
                    ..SecretVolumeSource::default()
                });
            }
            Source::Key(key, file, mode) => {
                volume.secret = Some(SecretVolumeSource {
                    secret_name: Some(key.secret),
                    items: Some(vec![KeyToPath { key: key.key, path: file.to_owned(), mode }]),
                    ..SecretVolumeSource::default()
                });
            }
        }
        Some(volume)
    }
}
