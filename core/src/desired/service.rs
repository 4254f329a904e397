//! The Service of an adapter, as it is created (`facts`: SRVC-01, SRVC-02, SRVC-04).

use k8s_openapi::api::core::v1::{Service, ServiceSpec};

use super::{add_book, metadata, pod_labels};
use crate::overlay::{WantedService, WantedServicePort};
use crate::ownership::{MANAGED_ANNOTATIONS, MANAGED_FIELDS, MANAGED_SOURCE_RANGES};
use crate::server::ServerSpec;

/// Builds the Service. The books are written at once, so that what is taken out of the resource before the first
/// update is removed too.
pub(crate) fn service(server: &ServerSpec, name: &str, wanted: &WantedService<'_>) -> Service {
    let settings = wanted.settings;
    let asked = settings.fields();
    let mut annotations = settings.annotations().clone();
    add_book(&mut annotations, MANAGED_ANNOTATIONS, settings.managed_annotations());
    add_book(&mut annotations, MANAGED_FIELDS, settings.managed_fields());
    add_book(&mut annotations, MANAGED_SOURCE_RANGES, settings.managed_source_ranges());
    let families: Vec<String> = asked.ip_families.iter().map(|f| f.as_str().to_owned()).collect();
    let ranges: Vec<String> = asked.source_ranges.iter().cloned().collect();
    Service {
        metadata: metadata(server, name.to_owned(), &wanted.labels(), annotations),
        spec: Some(ServiceSpec {
            type_: Some(settings.service_type.as_str().to_owned()),
            selector: Some(pod_labels(&server.name)),
            ports: Some(wanted.ports.iter().copied().map(WantedServicePort::to_port).collect()),
            load_balancer_class: asked.load_balancer_class.clone(),
            load_balancer_ip: asked.load_balancer_ip.clone(),
            load_balancer_source_ranges: (!ranges.is_empty()).then_some(ranges),
            external_traffic_policy: asked.external_traffic_policy.map(|p| p.as_str().to_owned()),
            allocate_load_balancer_node_ports: asked.allocate_node_ports,
            session_affinity: asked.session_affinity.map(|a| a.as_str().to_owned()),
            ip_family_policy: asked.ip_family_policy.map(|p| p.as_str().to_owned()),
            ip_families: (!families.is_empty()).then_some(families),
            ..ServiceSpec::default()
        }),
        status: None,
    }
}
