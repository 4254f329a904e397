//! What a server has besides its adapters' objects, where its workload is ours.

use std::collections::BTreeMap;
use std::fmt;

use dittofs_effects::{Kind, SecretText};
use k8s_openapi::api::core::v1::{ConfigMap, PersistentVolumeClaim, Secret, Service};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::Deserialize as _;
use serde_json::Value;

use super::secret::SecretView;
use super::{ClusterView, MissingIdentity, Owned, foreign, in_namespace, name_of};
use crate::name;
use crate::server::ServerSpec;

/// Who has one of the names of a workload.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Named<T> {
    /// Nobody.
    #[default]
    Free,
    /// Somebody else, who is named.
    Foreign(String),
    /// The server.
    Ours(Box<Owned<T>>),
}

/// An object of one of the kinds that only a workload has. Debug shows what it is, and nothing that is in it.
#[derive(Clone)]
pub enum OwnObject {
    /// A ConfigMap.
    ConfigMap(Box<ConfigMap>),
    /// A Secret. Of its values nothing but digests enters the view.
    Secret(Box<Secret>),
    /// A claim.
    Claim(Box<PersistentVolumeClaim>),
    /// A ServiceMonitor, raw.
    ServiceMonitor(Box<Value>),
}

/// The objects of a workload, its StatefulSet aside.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OwnObjects {
    /// The configuration of DittoFS.
    pub config_map: Named<ConfigMap>,
    /// The Service that gives the pod its name.
    pub headless: Named<Service>,
    /// The Service of the API.
    pub api: Named<Service>,
    /// The Service of the metrics.
    pub metrics: Named<Service>,
    /// The ServiceMonitor; `None` where the cluster does not know the kind.
    pub service_monitor: Option<Named<Value>>,
    /// Secrets by name. One that is not here was not read, which is not to say that there is none.
    pub secrets: BTreeMap<String, SecretView>,
    /// Claims of the pod, by the name of their template.
    pub claims: BTreeMap<String, PersistentVolumeClaim>,
    /// StorageClasses by name, and whether their volumes can grow.
    pub expandable: BTreeMap<String, bool>,
    /// Values for the Secrets that have to be made.
    pub fresh: FreshSecrets,
}

/// Randomness, from outside. Without it a Secret can be planned, and not made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FreshSecrets {
    /// A key to sign tokens with, of at least 32 characters.
    pub signing_key: Option<SecretText>,
    /// A password for the administrator, of 8 to 72 bytes.
    pub admin_password: Option<SecretText>,
    /// The administrator's password out of the Secret of its older name, where there is one.
    pub legacy_admin: Option<LegacyAdmin>,
}

/// What the Go operator called `<name>-admin-credentials` before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LegacyAdmin {
    /// The account.
    pub username: SecretText,
    /// Its password.
    pub password: SecretText,
}

impl LegacyAdmin {
    /// Reads the Secret; `None` without a password in it.
    pub fn of(secret: &Secret) -> Option<Self> {
        let text = |key: &str| {
            let bytes = secret.data.as_ref()?.get(key)?.0.clone();
            SecretText::new(String::from_utf8(bytes).ok()?)
        };
        let username = text("username").or_else(|| SecretText::new("admin".to_owned()))?;
        Some(Self { username, password: text("password")? })
    }
}

impl fmt::Debug for OwnObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, name) = match self {
            Self::ConfigMap(map) => (Kind::ConfigMap, map.metadata.name.as_deref()),
            Self::Secret(secret) => (Kind::Secret, secret.metadata.name.as_deref()),
            Self::Claim(claim) => (Kind::PersistentVolumeClaim, claim.metadata.name.as_deref()),
            Self::ServiceMonitor(raw) => (Kind::ServiceMonitor, raw["metadata"]["name"].as_str()),
        };
        write!(f, "{kind} {}", name.unwrap_or_default())
    }
}

impl OwnObject {
    /// Reads an object of such a kind; `None` for any other.
    ///
    /// # Errors
    /// Those of serde, for an object that is not what its kind says.
    pub fn from_json(object: &Value) -> Result<Option<Self>, serde_json::Error> {
        let text = |field: &str| object.get(field).and_then(Value::as_str).unwrap_or_default();
        Ok(Some(match (text("apiVersion"), text("kind")) {
            ("v1", "ConfigMap") => Self::ConfigMap(Box::deserialize(object)?),
            ("v1", "Secret") => Self::Secret(Box::deserialize(object)?),
            ("v1", "PersistentVolumeClaim") => Self::Claim(Box::deserialize(object)?),
            ("monitoring.coreos.com/v1", "ServiceMonitor") => Self::ServiceMonitor(Box::new(object.clone())),
            _ => return Ok(None),
        }))
    }
}

impl ClusterView {
    /// Adds what of these objects concerns the server's workload. The server's own Services are there already.
    ///
    /// # Errors
    /// [`MissingIdentity`] for an object of ours that no write could name.
    pub fn with_own(
        mut self,
        server: &ServerSpec,
        objects: impl IntoIterator<Item = OwnObject>,
    ) -> Result<Self, MissingIdentity> {
        for object in objects {
            match object {
                OwnObject::ConfigMap(map) if is(&map.metadata, server, &name::config_map(&server.name)) => {
                    self.own.config_map = Named::new(Kind::ConfigMap, *map, server, |m| &m.metadata)?;
                }
                OwnObject::Secret(secret) if in_namespace(&secret.metadata, server) => {
                    let name = name_of(&secret.metadata);
                    self.own.secrets.insert(name, SecretView::new(&secret, server));
                }
                OwnObject::Claim(claim) if in_namespace(&claim.metadata, server) => {
                    self.add_claim(server, *claim);
                }
                OwnObject::ServiceMonitor(raw) => self.add_monitor(server, *raw)?,
                OwnObject::ConfigMap(_) | OwnObject::Secret(_) | OwnObject::Claim(_) => {}
            }
        }
        Ok(self)
    }

    /// A claim belongs to nobody: it outlives the server, and is known by its name.
    fn add_claim(&mut self, server: &ServerSpec, claim: PersistentVolumeClaim) {
        let name = name_of(&claim.metadata);
        if let Some(template) = name.strip_suffix(&format!("-{}-0", server.name)) {
            self.own.claims.insert(template.to_owned(), claim);
        }
    }

    fn add_monitor(&mut self, server: &ServerSpec, raw: Value) -> Result<(), MissingIdentity> {
        let metadata = raw.get("metadata").cloned().unwrap_or_default();
        let Ok(metadata) = serde_json::from_value::<ObjectMeta>(metadata) else { return Ok(()) };
        if is(&metadata, server, &name::metrics_service(&server.name)) {
            self.own.service_monitor = Some(match foreign(&metadata, server) {
                Some(taken) => Named::Foreign(taken.who().to_owned()),
                None => Named::Ours(Box::new(Owned::raw(Kind::ServiceMonitor, raw, &metadata)?)),
            });
        }
        Ok(())
    }

    /// Notes one of the server's own Services, or who has its name.
    pub(super) fn add_own_service(
        &mut self,
        server: &ServerSpec,
        service: &Service,
    ) -> Result<(), MissingIdentity> {
        let name = service.metadata.name.as_deref().unwrap_or_default();
        let slot = match name.strip_prefix(server.name.as_str()) {
            Some("-headless") => &mut self.own.headless,
            Some("-api") => &mut self.own.api,
            Some("-metrics") => &mut self.own.metrics,
            Some(_) | None => return Ok(()),
        };
        *slot = Named::new(Kind::Service, service.clone(), server, |s| &s.metadata)?;
        Ok(())
    }
}

impl<T> Named<T> {
    fn new(
        kind: Kind,
        object: T,
        server: &ServerSpec,
        metadata: impl Fn(&T) -> &ObjectMeta,
    ) -> Result<Self, MissingIdentity> {
        if let Some(taken) = foreign(metadata(&object), server) {
            return Ok(Self::Foreign(taken.who().to_owned()));
        }
        Ok(Self::Ours(Box::new(Owned::new(kind, object, false, metadata)?)))
    }
}

fn is(metadata: &ObjectMeta, server: &ServerSpec, name: &str) -> bool {
    in_namespace(metadata, server) && metadata.name.as_deref() == Some(name)
}
