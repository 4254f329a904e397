//! The server's own Services: headless, API and metrics.

use std::collections::BTreeMap;

use dittofs_effects::Port;
use k8s_openapi::api::core::v1::{Service, ServicePort, ServiceSpec};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::{add_book, metadata, pod_labels};
use crate::api::ServiceType;
use crate::name;
use crate::ownership::{APP, INSTANCE, MANAGED_ANNOTATIONS, METRICS_SERVICE, TRUE};
use crate::server::{MetricsSpec, ServerSpec, WorkloadSpec};

/// Name of the API's port, in Services and in the container.
pub(crate) const API_PORT: &str = "api";
/// Name of the metrics' port, likewise.
pub(crate) const METRICS_PORT: &str = "metrics";

/// The Service that gives the pod its name.
pub(crate) fn headless(server: &ServerSpec) -> Service {
    let mut service = own(
        server,
        name::headless_service(&server.name),
        &[],
        (API_PORT, server.api_port),
        ServiceType::ClusterIP,
        BTreeMap::new(),
    );
    if let Some(spec) = &mut service.spec {
        spec.cluster_ip = Some("None".to_owned());
    }
    service
}

/// The Service of the API.
pub(crate) fn api(server: &ServerSpec, workload: &WorkloadSpec) -> Service {
    let (service_type, annotations) = (workload.api_service_type, workload.api_service_annotations.clone());
    let name = name::api_service(&server.name);
    own(server, name, &[], (API_PORT, server.api_port), service_type, annotations)
}

/// The Service of the metrics.
pub(crate) fn metrics(server: &ServerSpec, metrics: &MetricsSpec) -> Service {
    let annotations = [("scrape", TRUE), ("port", &metrics.port.to_string()), ("path", &metrics.path)];
    let annotations = annotations.map(|(key, value)| (format!("prometheus.io/{key}"), value.to_owned()));
    own(
        server,
        name::metrics_service(&server.name),
        &[(METRICS_SERVICE, TRUE)],
        (METRICS_PORT, metrics.port),
        ServiceType::ClusterIP,
        BTreeMap::from(annotations),
    )
}

fn own(
    server: &ServerSpec,
    name: String,
    more: &[(&str, &str)],
    (port_name, port): (&str, Port),
    service_type: ServiceType,
    mut annotations: BTreeMap<String, String>,
) -> Service {
    let labels = [&[(APP.0, APP.1), (INSTANCE, server.name.as_str())], more].concat();
    let book = annotations.keys().map(String::as_str).collect::<Vec<_>>().join(",");
    add_book(&mut annotations, MANAGED_ANNOTATIONS, &book);
    let port = i32::from(port.get());
    Service {
        metadata: metadata(server, name, &labels, annotations),
        spec: Some(ServiceSpec {
            type_: Some(service_type.as_str().to_owned()),
            selector: Some(pod_labels(&server.name)),
            ports: Some(vec![ServicePort {
                name: Some(port_name.to_owned()),
                port,
                target_port: Some(IntOrString::Int(port)),
                protocol: Some("TCP".to_owned()),
                ..ServicePort::default()
            }]),
            ..ServiceSpec::default()
        }),
        status: None,
    }
}
