//! An adapter's Service.

use dittofs_effects::{AdapterType, Change};
use k8s_openapi::api::core::v1::{Service, ServiceSpec};
use serde_json::json;

use super::service_ports::{self, WantedPorts, WantedServicePort};
use super::{Difference, Removal, metadata, service_fields};
use crate::api::ServiceType;
use crate::cluster_view::Owned;
use crate::ownership::{ADAPTER_SERVICE, ADAPTER_TYPE, APP, INSTANCE, TRUE};
use crate::server::AdapterSettings;

/// What is wanted of the Service.
pub(crate) struct WantedService<'a> {
    /// The server's name.
    pub server: &'a str,
    /// The adapter.
    pub adapter: &'a AdapterType,
    /// What the resource asks for.
    pub settings: &'a AdapterSettings,
    /// The ports, the adapter's own first.
    pub ports: &'a [WantedServicePort<'a>],
}

impl WantedService<'_> {
    /// Its labels.
    pub fn labels(&self) -> [(&str, &str); 4] {
        [APP, (INSTANCE, self.server), (ADAPTER_SERVICE, TRUE), (ADAPTER_TYPE, self.adapter.as_str())]
    }
}

/// Lays what is wanted over the Service.
pub(crate) fn service(owned: &Owned<Service>, wanted: &WantedService<'_>, removal: Removal) -> Difference {
    let observed = &owned.object;
    let mut difference = Difference::default();
    if !owned.in_shape {
        shape(&mut difference, observed, wanted.server, wanted.adapter);
    }
    let ports =
        WantedPorts { ports: wanted.ports, own: wanted.adapter.port_name(), settings: wanted.settings };
    beyond_shape(&mut difference, observed, ports, removal);
    difference
}

/// Lays what is wanted over one of the server's own Services.
pub(crate) fn own_service(
    observed: &Service,
    server: &str,
    labels: &[(&str, &str)],
    port: WantedServicePort<'_>,
    settings: &AdapterSettings,
    removal: Removal,
) -> Difference {
    let mut difference = Difference::default();
    metadata::labels(&mut difference, &observed.metadata, labels);
    selector(&mut difference, observed, server);
    let ports = WantedPorts { ports: &[port], own: port.name, settings };
    beyond_shape(&mut difference, observed, ports, removal);
    difference
}

fn beyond_shape(difference: &mut Difference, observed: &Service, wanted: WantedPorts<'_>, removal: Removal) {
    let settings = wanted.settings;
    metadata::annotations(
        difference,
        &observed.metadata,
        settings.annotations(),
        settings.managed_annotations(),
        removal,
    );
    let none = ServiceSpec::default();
    let spec = observed.spec.as_ref().unwrap_or_else(|| {
        difference.ensure_object(&["spec"], false);
        &none
    });
    let leaves = service_type(difference, observed, spec, settings, removal);
    let effective = if leaves == Leaving::Withheld { read_type(spec) } else { settings.service_type };
    service_ports::service_ports(difference, spec, wanted, effective, removal);
    service_fields::service_fields(difference, observed, spec, settings, leaves, removal);
}

/// What happens to a LoadBalancer's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leaving {
    /// Nothing: the type stays, or becomes LoadBalancer.
    No,
    /// The type changes to another one, and the fields of the old one go in the same write.
    Yes,
    /// It should change, and may not.
    Withheld,
}

/// The type that the API has by default.
pub(super) fn type_of(spec: &ServiceSpec) -> &str {
    spec.type_.as_deref().unwrap_or("ClusterIP")
}

/// The type, for comparing how far a Service reaches: each type of the enum reaches further than the one before it. What
/// is none of ours (ExternalName) reaches nowhere.
fn read_type(spec: &ServiceSpec) -> ServiceType {
    match type_of(spec) {
        "LoadBalancer" => ServiceType::LoadBalancer,
        "NodePort" => ServiceType::NodePort,
        _ => ServiceType::ClusterIP,
    }
}

fn service_type(
    difference: &mut Difference,
    observed: &Service,
    spec: &ServiceSpec,
    settings: &AdapterSettings,
    removal: Removal,
) -> Leaving {
    let (from, to) = (type_of(spec), settings.service_type.as_str());
    if from == to {
        return Leaving::No;
    }
    if removal == Removal::Forbidden && settings.service_type < read_type(spec) {
        difference.withheld.push(format!("type {from} (wanted: {to})"));
        return Leaving::Withheld;
    }
    difference.set(&["spec", "type"], to);
    difference.changes.push(Change::Type { from: from.to_owned(), to });
    if from == "LoadBalancer" {
        let address = addresses(observed);
        difference.changes.push(Change::AddressGivenUp(address));
    }
    if to == "LoadBalancer" { Leaving::No } else { Leaving::Yes }
}

/// The external addresses that the load balancer gave.
fn addresses(observed: &Service) -> Option<String> {
    let status = observed.status.as_ref().and_then(|s| s.load_balancer.as_ref());
    let ingress = status.and_then(|s| s.ingress.as_ref()).into_iter().flatten();
    let found: Vec<&str> = ingress.filter_map(|i| i.ip.as_deref().or(i.hostname.as_deref())).collect();
    (!found.is_empty()).then(|| found.join(", "))
}

/// Labels and selector: what depends on the server and the adapter alone, so that it is looked at once, when the object
/// is read, and not in every decision.
fn shape(difference: &mut Difference, observed: &Service, server: &str, adapter: &AdapterType) {
    let labels = [APP, (INSTANCE, server), (ADAPTER_SERVICE, TRUE), (ADAPTER_TYPE, adapter.as_str())];
    metadata::labels(difference, &observed.metadata, &labels);
    selector(difference, observed, server);
}

/// Whether labels and selector are as wanted.
pub(crate) fn service_in_shape(observed: &Service, server: &str, adapter: &AdapterType) -> bool {
    let mut difference = Difference::default();
    shape(&mut difference, observed, server, adapter);
    difference.is_empty()
}

fn selector(difference: &mut Difference, observed: &Service, server: &str) {
    let selector = observed.spec.as_ref().and_then(|spec| spec.selector.as_ref());
    let equal = selector.is_some_and(|s| {
        s.len() == 2
            && s.get(APP.0).is_some_and(|v| v == APP.1)
            && s.get(INSTANCE).is_some_and(|v| v == server)
    });
    if !equal {
        difference.ensure_object(&["spec"], observed.spec.is_some());
        difference.set(&["spec", "selector"], json!({ APP.0: APP.1, INSTANCE: server }));
        difference.changes.push(Change::Selector);
    }
}
