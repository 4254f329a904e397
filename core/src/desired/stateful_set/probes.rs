//! How the kubelet asks whether the server lives, is ready, has started.

use k8s_openapi::api::core::v1::{HTTPGetAction, Probe, TCPSocketAction};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use crate::server::{CertificateSpec, ServerSpec, WorkloadSpec};

/// The three probes.
pub(super) struct Probes {
    pub liveness: Probe,
    pub readiness: Probe,
    pub startup: Probe,
}

/// Times are in seconds. The server may take 150 of them to start.
pub(super) fn probes(server: &ServerSpec, workload: &WorkloadSpec) -> Probes {
    let probe = |path: &str, initial: Option<i32>, period, failures| Probe {
        initial_delay_seconds: initial,
        period_seconds: Some(period),
        timeout_seconds: Some(5),
        success_threshold: Some(1),
        failure_threshold: Some(failures),
        ..asks(path, server, &workload.certificate)
    };
    Probes {
        liveness: probe("/health", Some(15), 10, 3),
        readiness: probe("/health/ready", Some(10), 5, 3),
        startup: probe("/health", None, 5, 30),
    }
}

/// A server that demands certificates answers the kubelet, which has none, on no path: there the port has to do.
fn asks(path: &str, server: &ServerSpec, certificate: &CertificateSpec) -> Probe {
    let port = IntOrString::Int(i32::from(server.api_port.get()));
    let scheme = match certificate {
        CertificateSpec::None => "HTTP",
        CertificateSpec::Served { client_ca: None, .. } => "HTTPS",
        CertificateSpec::Served { client_ca: Some(_), .. } => {
            let tcp_socket = Some(TCPSocketAction { port, host: None });
            return Probe { tcp_socket, ..Probe::default() };
        }
    };
    let http_get = HTTPGetAction {
        path: Some(path.to_owned()),
        port,
        scheme: Some(scheme.to_owned()),
        ..HTTPGetAction::default()
    };
    Probe { http_get: Some(http_get), ..Probe::default() }
}
