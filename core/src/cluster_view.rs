//! What is in the cluster, as far as it concerns one server.
//!
//! Objects that the server controls (by uid) are kept whole and with their identity, so that nothing else can be
//! written or deleted. Of all others only what decides is kept: names that are taken, and policies, which open ports
//! whoever they belong to.

use std::collections::BTreeMap;

use dittofs_effects::{AdapterType, Kind};
use k8s_openapi::api::apps::v1::StatefulSet;
use k8s_openapi::api::core::v1::{Container, ContainerPort, Service};
use k8s_openapi::api::networking::v1::NetworkPolicy;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use crate::overlay;
use crate::ownership::{self, Role};
use crate::server::{ServerSpec, WorkloadOwner};

mod object;
mod own;
mod owned;
mod pod;
mod secret;

pub use object::ClusterObject;
pub use own::{FreshSecrets, LegacyAdmin, Named, OwnObject, OwnObjects};
pub use owned::{MissingIdentity, Owned};
pub use pod::{NoPod, PodView};
pub use secret::{Digest, FoundSecret, SecretView};

/// Services and policies of one adapter, by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AdapterObjects {
    /// Its Services: one, but for a replacement under way.
    pub services: Vec<Owned<Service>>,
    /// Its policies: one, but for a label that somebody copied.
    pub policies: Vec<Owned<NetworkPolicy>>,
}

/// Who has a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// Not this server.
    Foreign(String),
    /// This server, for something else.
    OtherRole(&'static str),
}

impl Taken {
    /// Who has it, in words.
    pub(crate) fn who(&self) -> &str {
        match self {
            Self::Foreign(owner) => owner,
            Self::OtherRole(role) => role,
        }
    }
}

/// What the API server answered to an earlier write, for as long as it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// AlreadyExists, by an object that the caches do not show.
    NameTaken,
    /// No free node port.
    NodePortsExhausted,
}

/// The server's StatefulSet.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Workload {
    /// There is none.
    #[default]
    Missing,
    /// There is one of that name, and it is not the server's.
    Foreign(String),
    /// The server's.
    Ours(Box<Owned<StatefulSet>>),
}

/// The cluster, seen by one server.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClusterView {
    /// By adapter: what the server has for it.
    pub adapters: BTreeMap<AdapterType, AdapterObjects>,
    /// The baseline policy; more than one where somebody copied its label.
    pub baselines: Vec<Owned<NetworkPolicy>>,
    /// Its StatefulSet.
    pub workload: Workload,
    /// Its pods.
    pub pods: Vec<PodView>,
    /// What no pod at all means.
    pub no_pod: NoPod,
    /// Policies of the namespace that are not the server's, or are in no known role.
    pub foreign_policies: Vec<NetworkPolicy>,
    /// Names of Services that are not an adapter's.
    pub taken_services: BTreeMap<String, Taken>,
    /// Names of policies that are neither an adapter's nor the baseline.
    pub taken_policies: BTreeMap<String, Taken>,
    /// Names of adapters' Services, whatever adapter they serve.
    pub(crate) adapter_services: BTreeMap<String, AdapterType>,
    /// Names of adapters' policies.
    pub(crate) adapter_policies: BTreeMap<String, AdapterType>,
    /// What earlier writes were answered.
    pub refusals: BTreeMap<(Kind, String), Refusal>,
    /// What else the server has, where its workload is ours.
    pub own: OwnObjects,
}

impl ClusterView {
    /// Sorts the objects of the server's namespace; those of others are left out.
    ///
    /// # Errors
    /// [`MissingIdentity`] for an object of ours that no write could name.
    pub fn from_objects(
        server: &ServerSpec,
        objects: impl IntoIterator<Item = ClusterObject>,
        no_pod: NoPod,
    ) -> Result<Self, MissingIdentity> {
        let mut view = Self { no_pod, ..Self::default() };
        let mut pods = Vec::new();
        for object in objects {
            match object {
                ClusterObject::Service(o) if in_namespace(&o.metadata, server) => {
                    view.add_service(server, *o)?;
                }
                ClusterObject::NetworkPolicy(o) if in_namespace(&o.metadata, server) => {
                    view.add_policy(server, *o)?;
                }
                ClusterObject::StatefulSet(o) if in_namespace(&o.metadata, server) => {
                    view.add_workload(server, *o)?;
                }
                ClusterObject::Pod(o) if in_namespace(&o.metadata, server) => pods.push(*o),
                ClusterObject::Service(_)
                | ClusterObject::NetworkPolicy(_)
                | ClusterObject::StatefulSet(_)
                | ClusterObject::Pod(_) => {}
            }
        }
        view.sort();
        for pod in pods {
            if pod::is_of(&pod, server, view.stateful_set()) {
                view.pods.push(PodView::new(&pod)?);
            }
        }
        view.pods.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(view)
    }

    fn add_service(&mut self, server: &ServerSpec, service: Service) -> Result<(), MissingIdentity> {
        if server.workload != WorkloadOwner::Theirs {
            self.add_own_service(server, &service)?;
        }
        if let Some(taken) = foreign(&service.metadata, server) {
            self.taken_services.insert(name_of(&service.metadata), taken);
            return Ok(());
        }
        match ownership::service_role(&service.metadata, server) {
            Role::Adapter(adapter) => {
                let in_shape = overlay::service_in_shape(&service, &server.name, &adapter);
                let owned = Owned::new(Kind::Service, service, in_shape, |s| &s.metadata)?;
                self.adapter_services.insert(name_of(&owned.object.metadata), adapter.clone());
                self.adapters.entry(adapter).or_default().services.push(owned);
            }
            Role::Baseline => {}
            Role::Other(role) => {
                self.taken_services.insert(name_of(&service.metadata), Taken::OtherRole(role));
            }
        }
        Ok(())
    }

    fn add_policy(&mut self, server: &ServerSpec, policy: NetworkPolicy) -> Result<(), MissingIdentity> {
        if let Some(taken) = foreign(&policy.metadata, server) {
            self.taken_policies.insert(name_of(&policy.metadata), taken);
            self.foreign_policies.push(policy);
            return Ok(());
        }
        match ownership::policy_role(&policy.metadata, server) {
            Role::Adapter(adapter) => {
                let labels = overlay::adapter_policy_labels(&server.name, &adapter);
                let in_shape = overlay::policy_in_shape(&policy, &server.name, &labels);
                let owned = Owned::new(Kind::NetworkPolicy, policy, in_shape, |p| &p.metadata)?;
                self.adapter_policies.insert(name_of(&owned.object.metadata), adapter.clone());
                self.adapters.entry(adapter).or_default().policies.push(owned);
            }
            Role::Baseline => {
                let in_shape =
                    overlay::policy_in_shape(&policy, &server.name, &overlay::baseline_labels(&server.name));
                self.baselines.push(Owned::new(Kind::NetworkPolicy, policy, in_shape, |p| &p.metadata)?);
            }
            Role::Other(role) => {
                self.taken_policies.insert(name_of(&policy.metadata), Taken::OtherRole(role));
                self.foreign_policies.push(policy);
            }
        }
        Ok(())
    }

    fn add_workload(&mut self, server: &ServerSpec, set: StatefulSet) -> Result<(), MissingIdentity> {
        if set.metadata.name.as_deref() != Some(server.name.as_str()) {
            return Ok(());
        }
        self.workload = match foreign(&set.metadata, server) {
            Some(taken) => Workload::Foreign(taken.who().to_owned()),
            None => Workload::Ours(Box::new(Owned::new(Kind::StatefulSet, set, true, |s| &s.metadata)?)),
        };
        Ok(())
    }

    /// Puts everything in the order of names, so that the order of the input means nothing.
    fn sort(&mut self) {
        for objects in self.adapters.values_mut() {
            objects.services.sort_by(|a, b| a.object.metadata.name.cmp(&b.object.metadata.name));
            objects.policies.sort_by(|a, b| a.object.metadata.name.cmp(&b.object.metadata.name));
        }
        self.baselines.sort_by(|a, b| a.object.metadata.name.cmp(&b.object.metadata.name));
        self.foreign_policies.sort_by(|a, b| a.metadata.name.cmp(&b.metadata.name));
    }

    /// The server's StatefulSet, if it has one.
    pub fn stateful_set(&self) -> Option<&Owned<StatefulSet>> {
        match &self.workload {
            Workload::Ours(set) => Some(set),
            Workload::Missing | Workload::Foreign(_) => None,
        }
    }

    /// The server's container in the pod template, by its index: the one called `dittofs`.
    pub(crate) fn container(&self) -> Option<(usize, &Container)> {
        container(&self.stateful_set()?.object)
    }

    /// The ports that this container declares.
    pub(crate) fn container_ports(&self) -> &[ContainerPort] {
        self.container().and_then(|(_, container)| container.ports.as_deref()).unwrap_or_default()
    }

    /// Every policy of the namespace, ours and others', with what it is for.
    pub(crate) fn policies(&self) -> impl Iterator<Item = (&NetworkPolicy, PolicyOwner<'_>)> {
        let baselines = self.baselines.iter().map(|p| (&p.object, PolicyOwner::Baseline));
        let adapters = self.adapters.iter().flat_map(|(adapter, objects)| {
            objects.policies.iter().map(move |p| (&p.object, PolicyOwner::Adapter(adapter)))
        });
        let foreign = self.foreign_policies.iter().map(|p| (p, PolicyOwner::Foreign));
        baselines.chain(adapters).chain(foreign)
    }

    /// Whether the server has any Service of an adapter; one that is going away counts until it is gone.
    pub fn has_adapter_service(&self) -> bool {
        self.adapters.values().any(|objects| !objects.services.is_empty())
    }
}

/// The server's container in a pod template, by its index: the one called `dittofs`.
pub(crate) fn container(set: &StatefulSet) -> Option<(usize, &Container)> {
    let spec = set.spec.as_ref()?.template.spec.as_ref()?;
    spec.containers.iter().enumerate().find(|(_, container)| container.name == "dittofs")
}

/// What a policy is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PolicyOwner<'a> {
    Baseline,
    Adapter(&'a AdapterType),
    Foreign,
}

fn foreign(metadata: &ObjectMeta, server: &ServerSpec) -> Option<Taken> {
    if ownership::is_ours(metadata, server) {
        return None;
    }
    Some(Taken::Foreign(ownership::controller(metadata).map_or_else(
        || "nobody controls it".to_owned(),
        |owner| format!("{} {} controls it", owner.kind, owner.name),
    )))
}

fn in_namespace(metadata: &ObjectMeta, server: &ServerSpec) -> bool {
    metadata.namespace.as_deref() == Some(server.namespace.as_str())
}

fn name_of(metadata: &ObjectMeta) -> String {
    metadata.name.clone().unwrap_or_default()
}
