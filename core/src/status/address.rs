//! Where an adapter's Service is reached from outside the cluster.

use k8s_openapi::api::core::v1::Service;

use dittofs_effects::AdapterType;

/// An address, or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Address {
    /// A load balancer's IPs and host names, joined by commas; `*:31000` for a node port, which every node has.
    Known(String),
    /// A load balancer that has none yet.
    Pending,
    /// The Service is for inside the cluster only.
    None,
}

impl Address {
    pub fn of(service: &Service, adapter: &AdapterType) -> Self {
        let Some(spec) = &service.spec else { return Self::None };
        match spec.type_.as_deref() {
            Some("LoadBalancer") => load_balancer(service).map_or(Self::Pending, Self::Known),
            Some("NodePort") => {
                let ports = spec.ports.as_deref().unwrap_or_default();
                let own = ports.iter().find(|port| port.name.as_deref() == Some(adapter.port_name()));
                let port = own.or(ports.first()).and_then(|port| port.node_port);
                port.map_or(Self::None, |port| Self::Known(format!("*:{port}")))
            }
            Some(_) | None => Self::None,
        }
    }
}

fn load_balancer(service: &Service) -> Option<String> {
    let ingress = service.status.as_ref()?.load_balancer.as_ref()?.ingress.as_deref()?;
    let named = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let all: Vec<String> = ingress.iter().filter_map(|one| named(&one.ip).or(named(&one.hostname))).collect();
    (!all.is_empty()).then(|| all.join(","))
}
