//! What the resource asks for one adapter.

use std::collections::{BTreeMap, BTreeSet};

use dittofs_effects::{AdapterType, Port};

use super::Companion;
use crate::api::{
    CompanionPort, ExternalTrafficPolicy, IpFamily, IpFamilyPolicy, ServiceType, SessionAffinity,
};
use crate::ownership::MANAGED_PREFIX;

/// Settings of one adapter, with what is derived from them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdapterSettings {
    /// Whether the adapter is exposed at all.
    pub expose: bool,
    /// The Service's type.
    pub service_type: ServiceType,
    /// The port of the Service, where it is not that of the adapter.
    pub port: Option<Port>,
    /// The node port of the adapter's own port.
    pub node_port: Option<Port>,
    /// Companions asked for.
    pub companions: BTreeSet<CompanionPort>,
    annotations: BTreeMap<String, String>,
    managed_annotations: String,
    fields: ServiceFields,
    managed_fields: String,
    managed_source_ranges: String,
}

/// Optional fields of a Service: `None` is "not asked for", which leaves alone what others set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceFields {
    /// `loadBalancerClass`; only another Service can have another one.
    pub load_balancer_class: Option<String>,
    /// `loadBalancerIP`.
    pub load_balancer_ip: Option<String>,
    /// `loadBalancerSourceRanges`.
    pub source_ranges: BTreeSet<String>,
    /// `externalTrafficPolicy`.
    pub external_traffic_policy: Option<ExternalTrafficPolicy>,
    /// `allocateLoadBalancerNodePorts`.
    pub allocate_node_ports: Option<bool>,
    /// `sessionAffinity`.
    pub session_affinity: Option<SessionAffinity>,
    /// `ipFamilyPolicy`.
    pub ip_family_policy: Option<IpFamilyPolicy>,
    /// `ipFamilies`; only another Service can have another first one.
    pub ip_families: Vec<IpFamily>,
}

impl Default for AdapterSettings {
    fn default() -> Self {
        Self {
            expose: true,
            service_type: ServiceType::LoadBalancer,
            port: None,
            node_port: None,
            companions: BTreeSet::new(),
            annotations: BTreeMap::new(),
            managed_annotations: String::new(),
            fields: ServiceFields::default(),
            managed_fields: String::new(),
            managed_source_ranges: String::new(),
        }
    }
}

impl AdapterSettings {
    /// Sets the annotations asked for. Our own books are not there to be asked for and are left out.
    #[must_use]
    pub fn with_annotations(mut self, mut annotations: BTreeMap<String, String>) -> Self {
        annotations.retain(|key, _| !key.starts_with(MANAGED_PREFIX));
        self.managed_annotations = joined(annotations.keys());
        self.annotations = annotations;
        self
    }

    /// Sets type, node port and optional fields. Fields that the type does not have are dropped: the API would drop
    /// them too, and the difference would never end (measured).
    #[must_use]
    pub fn with_service(
        mut self,
        service_type: ServiceType,
        node_port: Option<Port>,
        mut fields: ServiceFields,
    ) -> Self {
        if service_type != ServiceType::LoadBalancer {
            fields.load_balancer_class = None;
            fields.load_balancer_ip = None;
            fields.source_ranges.clear();
            fields.allocate_node_ports = None;
        }
        let external = service_type != ServiceType::ClusterIP;
        if !external {
            fields.external_traffic_policy = None;
        }
        self.service_type = service_type;
        self.node_port = node_port.filter(|_| external);
        self.managed_fields = joined(managed(&fields, self.node_port));
        self.managed_source_ranges = joined(&fields.source_ranges);
        self.fields = fields;
        self
    }

    /// The annotations asked for.
    pub const fn annotations(&self) -> &BTreeMap<String, String> {
        &self.annotations
    }

    /// Their keys, sorted and joined by commas.
    pub fn managed_annotations(&self) -> &str {
        &self.managed_annotations
    }

    /// The optional fields asked for.
    pub const fn fields(&self) -> &ServiceFields {
        &self.fields
    }

    /// Their names, sorted and joined by commas.
    pub fn managed_fields(&self) -> &str {
        &self.managed_fields
    }

    /// The source ranges asked for, sorted and joined by commas.
    pub fn managed_source_ranges(&self) -> &str {
        &self.managed_source_ranges
    }

    /// Source ranges that the adapter's policy states too: under `Local` alone the pod still sees the client's address.
    pub fn policy_sources(&self) -> Option<&BTreeSet<String>> {
        let local = self.fields.external_traffic_policy == Some(ExternalTrafficPolicy::Local);
        (local && !self.fields.source_ranges.is_empty()).then_some(&self.fields.source_ranges)
    }

    /// The companions that the adapter can have and the resource asks for.
    pub fn companions_of(&self, adapter: &AdapterType) -> impl Iterator<Item = Companion> {
        Companion::ALL.into_iter().filter(|c| self.companions.contains(&c.option()) && c.fits(adapter))
    }
}

fn managed(fields: &ServiceFields, node_port: Option<Port>) -> BTreeSet<&'static str> {
    [
        ("allocateLoadBalancerNodePorts", fields.allocate_node_ports.is_some()),
        ("externalTrafficPolicy", fields.external_traffic_policy.is_some()),
        ("ipFamilies", !fields.ip_families.is_empty()),
        ("ipFamilyPolicy", fields.ip_family_policy.is_some()),
        ("loadBalancerClass", fields.load_balancer_class.is_some()),
        ("loadBalancerIP", fields.load_balancer_ip.is_some()),
        ("nodePort", node_port.is_some()),
        ("sessionAffinity", fields.session_affinity.is_some()),
    ]
    .into_iter()
    .filter_map(|(name, asked)| asked.then_some(name))
    .collect()
}

/// Sorted, comma-joined: the form in which the books are kept.
fn joined<I: IntoIterator<Item: AsRef<str>>>(sorted: I) -> String {
    sorted.into_iter().map(|s| s.as_ref().to_owned()).collect::<Vec<_>>().join(",")
}
