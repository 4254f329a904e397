//! The pod template (`facts`: B-10): what of it is one piece, and what of a piece can wait.

use serde_json::Value;

use super::laid::{Book, Laid, Rule, lay};

/// Command, probes, security contexts and the like are pieces as wholes; variables, mounts, volumes, ports, labels and
/// annotations are pieces one by one.
const TEMPLATE: Rule = Rule::Members(&[
    ("metadata", Rule::Members(&[("labels", Rule::Members(&[])), ("annotations", Rule::Members(&[]))])),
    (
        "spec",
        Rule::Members(&[
            ("containers", Rule::Items("name", &CONTAINER)),
            ("volumes", NAMED),
            ("imagePullSecrets", NAMED),
            ("nodeSelector", Rule::Members(&[])),
        ]),
    ),
]);

const CONTAINER: Rule = Rule::Members(&[
    ("env", NAMED),
    ("ports", Rule::Items("name", &Rule::Fields)),
    ("volumeMounts", Rule::Items("mountPath", &Rule::Whole)),
    ("resources", Rule::Quantities),
]);

const NAMED: Rule = Rule::Items("name", &Rule::Whole);

/// What the Go operator may have put there for a resource that asked for it then. It kept no books.
const KNOWN: &[&str] = &[
    "spec.containers.dittofs.env.DITTOFS_LDAP_BIND_PASSWORD",
    "spec.containers.dittofs.env.DITTOFS_KERBEROS_MACHINE_ACCOUNT_SECRET",
    "spec.containers.dittofs.env.DITTOFS_DATABASE_POSTGRES_HOST",
    "spec.containers.dittofs.env.DITTOFS_DATABASE_POSTGRES_DATABASE",
    "spec.containers.dittofs.env.DITTOFS_DATABASE_POSTGRES_USER",
    "spec.containers.dittofs.env.DITTOFS_DATABASE_POSTGRES_PASSWORD",
    "spec.containers.dittofs.env.DITTOFS_DATABASE_POSTGRES_PORT",
    "spec.containers.dittofs.env.DITTOFS_DATABASE_POSTGRES_SSLMODE",
    "spec.containers.dittofs.ports.metrics",
    "spec.containers.dittofs.volumeMounts./tls",
    "spec.containers.dittofs.volumeMounts./tls-client-ca",
    "spec.containers.dittofs.volumeMounts./metrics-token",
    "spec.containers.dittofs.volumeMounts./kerberos",
    "spec.containers.dittofs.volumeMounts./kerberos-krb5",
    "spec.containers.dittofs.volumeMounts./kerberos-machine",
    "spec.volumes.tls-cert",
    "spec.volumes.tls-client-ca",
    "spec.volumes.metrics-token",
    "spec.volumes.kerberos-keytab",
    "spec.volumes.kerberos-krb5",
    "spec.volumes.kerberos-machine-keytab",
];

/// Lays a wanted template over the one that is there.
pub(crate) fn template(observed: Option<&Value>, wanted: &Value, book: Option<&Book>) -> Laid {
    let mut laid = lay(&["spec", "template"], &TEMPLATE, (observed, wanted), book, KNOWN, can_wait);
    if let Some(observed) = observed {
        forget_pull_policies(observed, wanted, &mut laid);
    }
    laid
}

/// How files are protected in a pod that runs is no reason to restart it.
fn can_wait(name: &str, observed: &Value, wanted: &Value) -> bool {
    let but_mode = |value: &Value| {
        let mut value = value.clone();
        if let Some(secret) = value.get_mut("secret").and_then(Value::as_object_mut) {
            secret.remove("defaultMode");
        }
        value
    };
    name.starts_with("spec.volumes.") && but_mode(observed) == but_mode(wanted)
}

/// Kubernetes derives the pull policy from the tag, once. With another image, one that was derived is derived again.
fn forget_pull_policies(observed: &Value, wanted: &Value, laid: &mut Laid) {
    let containers = |template: &Value| {
        template.pointer("/spec/containers").and_then(Value::as_array).cloned().unwrap_or_default()
    };
    let text = |container: &Value, field: &str| {
        container.get(field).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let wanted = containers(wanted);
    for (index, found) in containers(observed).iter().enumerate() {
        let Some(wanted) = wanted.iter().find(|wanted| text(wanted, "name") == text(found, "name")) else {
            continue;
        };
        let (old, new) = (text(found, "image"), text(wanted, "image"));
        let derived = text(found, "imagePullPolicy") == pull_policy(&old);
        if old != new && derived && pull_policy(&new) != pull_policy(&old) {
            let index = index.to_string();
            laid.difference.remove(&["spec", "template", "spec", "containers", &index, "imagePullPolicy"]);
        }
    }
}

/// `Always` for the tag `latest` and for none, which means the same.
fn pull_policy(image: &str) -> &'static str {
    if image.contains('@') {
        return "IfNotPresent";
    }
    let name = image.rsplit('/').next().unwrap_or_default();
    match name.split_once(':') {
        None | Some((_, "latest")) => "Always",
        Some(_) => "IfNotPresent",
    }
}
