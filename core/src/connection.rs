//! How a server's control plane is reached and logged in to, out of its resource.

use crate::api::DittoServer;
use crate::session::{AdminSource, Settings};

/// What the operator needs in order to talk to one server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// Whether it is reached by https: because it has a certificate, or because the resource says so.
    pub tls: bool,
    /// Secret with the server's certificate; its `ca.crt` is trusted, besides the system's authorities.
    pub cert_secret: Option<String>,
    /// Secret with the certificate (`tls.crt`, `tls.key`) that is shown to a server that demands one.
    pub client_cert_secret: Option<String>,
    /// The administrator's Secret.
    pub admin: AdminSecret,
    /// Our Secret.
    pub credentials_secret: String,
}

/// Where the administrator's password is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdminSecret {
    /// Name of the Secret.
    pub name: String,
    /// Key of the password.
    pub key: String,
    /// Name of the account, where the Secret does not say.
    pub username: String,
    /// Who made it.
    pub source: AdminSource,
}

/// Key of a certificate authority in a Secret.
pub const CA_KEY: &str = "ca.crt";
/// Key of a certificate in a Secret of type `kubernetes.io/tls`.
pub const CERTIFICATE_KEY: &str = "tls.crt";
/// Key of its private key.
pub const PRIVATE_KEY: &str = "tls.key";

const ADMIN: &str = "admin";

impl Connection {
    /// Reads the resource.
    pub fn of(resource: &DittoServer) -> Self {
        let name = resource.metadata.name.as_deref().unwrap_or_default();
        let control_plane = resource.spec.control_plane.as_ref();
        let named = |name: Option<&String>| name.filter(|name| !name.is_empty()).cloned();
        let cert_secret = named(control_plane.and_then(|c| c.cert_secret_name.as_ref()));
        // Without a certificate of its own the server demands none either.
        let demands = control_plane.and_then(|c| c.client_ca_secret_name.as_ref());
        let discovery = resource.spec.adapter_discovery.as_ref();
        let shown = named(discovery.and_then(|d| d.client_cert_secret_name.as_ref()));
        let client_cert_secret =
            cert_secret.clone().filter(|_| named(demands).is_some()).map(|own| shown.unwrap_or(own));
        Self {
            tls: cert_secret.is_some() || control_plane.and_then(|c| c.tls) == Some(true),
            cert_secret,
            client_cert_secret,
            admin: AdminSecret::of(resource),
            credentials_secret: format!("{name}-operator-credentials"),
        }
    }

    /// What a session has to know, at a server that is reached by this URL. It may do everything.
    pub fn settings(&self, name: &str, server_url: String) -> Settings {
        Settings {
            name: name.to_owned(),
            admin_secret: self.admin.name.clone(),
            admin_key: self.admin.key.clone(),
            admin_source: self.admin.source,
            server_url,
            acts: true,
            writes: true,
        }
    }
}

impl AdminSecret {
    fn of(resource: &DittoServer) -> Self {
        let name = resource.metadata.name.as_deref().unwrap_or_default();
        let admin = resource.spec.identity.as_ref().and_then(|identity| identity.admin.as_ref());
        let provided = admin.and_then(|admin| admin.password_secret_ref.as_ref());
        match provided.filter(|reference| !reference.name.is_empty()) {
            Some(reference) => {
                let username = admin.and_then(|admin| admin.username.clone()).filter(|name| !name.is_empty());
                Self {
                    name: reference.name.clone(),
                    key: reference.key.clone(),
                    username: username.unwrap_or_else(|| ADMIN.to_owned()),
                    source: AdminSource::Provided,
                }
            }
            None => Self {
                name: crate::name::admin_secret(name),
                key: "password".to_owned(),
                username: ADMIN.to_owned(),
                source: AdminSource::Bootstrap,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn connection(spec: &Value) -> Connection {
        let resource = json!({
            "apiVersion": "dittofs.dittofs.com/v1alpha1", "kind": "DittoServer",
            "metadata": { "name": "srv", "namespace": "files" }, "spec": spec,
        });
        Connection::of(&serde_json::from_value(resource).unwrap())
    }

    #[test]
    fn auth_02_without_a_reference_it_is_the_bootstrap_secret() {
        let found = connection(&json!({}));
        assert_eq!(found.admin.name, "srv-admin-bootstrap-credentials");
        assert_eq!((found.admin.key.as_str(), found.admin.username.as_str()), ("password", "admin"));
        assert_eq!(found.admin.source, AdminSource::Bootstrap);
        assert_eq!(found.credentials_secret, "srv-operator-credentials");
        assert!(!found.tls && found.cert_secret.is_none() && found.client_cert_secret.is_none());
    }

    #[test]
    fn auth_02_a_reference_names_secret_key_and_account() {
        let admin = json!({ "username": "root", "passwordSecretRef": { "name": "mine", "key": "pw" } });
        let found = connection(&json!({ "identity": { "admin": admin } })).admin;
        assert_eq!(
            (found.name.as_str(), found.key.as_str(), found.username.as_str()),
            ("mine", "pw", "root")
        );
        assert_eq!(found.source, AdminSource::Provided);
        let nameless = json!({ "username": "root", "passwordSecretRef": { "name": "", "key": "pw" } });
        let found = connection(&json!({ "identity": { "admin": nameless } })).admin;
        assert_eq!(found.source, AdminSource::Bootstrap, "an empty name is none");
        assert_eq!(found.username, "admin", "the bootstrap account is always called so");
    }

    #[test]
    fn https_follows_the_certificate_or_the_resource() {
        assert!(connection(&json!({ "controlPlane": { "tls": true } })).tls);
        let served = connection(&json!({ "controlPlane": { "certSecretName": "cert" } }));
        assert!(served.tls && served.cert_secret.as_deref() == Some("cert"));
        assert!(served.client_cert_secret.is_none());
        let mutual = json!({ "controlPlane": { "certSecretName": "cert", "clientCASecretName": "ca" } });
        assert_eq!(connection(&mutual).client_cert_secret.as_deref(), Some("cert"));
        let mut other = mutual;
        other["adapterDiscovery"] = json!({ "clientCertSecretName": "operator-cert" });
        assert_eq!(connection(&other).client_cert_secret.as_deref(), Some("operator-cert"));
        let alone = connection(&json!({ "controlPlane": { "clientCASecretName": "ca" } }));
        assert!(!alone.tls && alone.client_cert_secret.is_none());
    }
}
