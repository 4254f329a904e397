//! A DittoServer resource → [`ServerSpec`].
//!
//! Fields that v0.29 accepts are never refused (COMP-02): one that cannot be used becomes its default, with a warning.
//! What [`validate`](crate::api::validate) refuses in fields of ours is dropped here, so that a resource which got past
//! an older schema does no harm.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use dittofs_effects::{AdapterType, Port, Uid};

use super::{AdapterSettings, ServerSpec, ServiceFields};
use crate::api::{
    AdapterOverride, AdapterServices, DittoServer, IpFamilyPolicy, ServiceType, parse_go_duration,
};
use crate::name::NameTemplate;
use crate::ownership::MANAGED_PREFIX;

const DEFAULT_INTERVAL: Duration = Duration::from_secs(30);
/// A shorter interval would only be a load on the server.
const SHORTEST_INTERVAL: Duration = Duration::from_secs(1);

impl ServerSpec {
    /// Resolves the resource of a server whose workload somebody else brings, and says what of it is not taken as it is
    /// written.
    pub fn resolve(resource: &DittoServer) -> (Self, Vec<String>) {
        let (server, mut warnings) = Self::resolve_adapters(resource);
        if resource.spec.pod.is_some() {
            warnings
                .push("spec.pod: is left out; the operator that brings the pod does not know it".to_owned());
        }
        (server, warnings)
    }

    /// All but the workload.
    pub(super) fn resolve_adapters(resource: &DittoServer) -> (Self, Vec<String>) {
        let metadata = &resource.metadata;
        let mut warnings = Vec::new();
        let namespace = metadata.namespace.as_deref().filter(|n| !n.is_empty()).unwrap_or("default");
        let name = metadata.name.as_deref().unwrap_or_default();
        let annotation = |key: &str| crate::ownership::annotation(metadata, key);
        let mut server = Self::new(namespace, name);
        server.uid = metadata.uid.as_deref().and_then(Uid::new);
        server.deleting = metadata.deletion_timestamp.is_some();
        server.paused = annotation("dittofs.io/paused") == Some("true");
        server.approved_replacement = annotation("dittofs.io/approve-replace").and_then(Uid::new);
        server.replicas = resource.spec.replicas.unwrap_or(1);
        let control_plane = resource.spec.control_plane.as_ref().and_then(|c| c.port);
        server.api_port =
            port("spec.controlPlane.port", control_plane, &mut warnings).unwrap_or(server.api_port);
        if let Some(metrics) = resource.spec.metrics.as_ref().filter(|m| m.enabled == Some(true)) {
            let metrics = port("spec.metrics.port", metrics.port, &mut warnings);
            server.metrics_port = Some(metrics.unwrap_or(Port::literal::<9090>()));
        }
        server.discovery(resource, &mut warnings);
        if let Some(services) = &resource.spec.adapter_services {
            server.services(services, &mut warnings);
        }
        (server, warnings)
    }

    fn discovery(&mut self, resource: &DittoServer, warnings: &mut Vec<String>) {
        let Some(discovery) = &resource.spec.adapter_discovery else { return };
        self.mode = discovery.mode.unwrap_or(self.mode);
        self.empty_list = discovery.empty_list.unwrap_or(self.empty_list);
        if let Some(text) = discovery.polling_interval.as_deref().filter(|text| !text.is_empty()) {
            self.polling_interval = interval(text, warnings);
        }
        if let Some(text) = &discovery.not_running_grace_period {
            match parse_go_duration(text) {
                Ok(grace) => self.not_running_grace_period = grace,
                Err(error) => {
                    warnings
                        .push(format!("spec.adapterDiscovery.notRunningGracePeriod: {error}; 45s is used"));
                }
            }
        }
    }

    fn services(&mut self, services: &AdapterServices, warnings: &mut Vec<String>) {
        let service_type = services.service_type.unwrap_or(ServiceType::LoadBalancer);
        let annotations = services.annotations.clone().unwrap_or_default();
        for key in annotations.keys().filter(|key| key.starts_with(MANAGED_PREFIX)) {
            warnings.push(format!(
                "spec.adapterServices.annotations: {key} is kept by the operator itself; left out"
            ));
        }
        self.port_rollout = services.port_rollout.unwrap_or(self.port_rollout);
        if let Some(template) = services.name_template.as_deref().filter(|t| t.contains("{type}")) {
            self.name_template = NameTemplate::new(template, &self.name, &self.namespace);
        }
        self.defaults = AdapterSettings::default().with_annotations(annotations.clone()).with_service(
            service_type,
            None,
            ServiceFields::default(),
        );
        for (index, wanted) in services.overrides.iter().flatten().enumerate() {
            let path = format!("spec.adapterServices.overrides[{index}]");
            match AdapterType::sanitise(&wanted.adapter) {
                Ok(adapter) => {
                    let settings = merged(&path, wanted, service_type, &annotations, warnings);
                    self.overrides.insert(adapter, settings);
                }
                Err(error) => warnings.push(format!("{path}.adapter: {error}; left out")),
            }
        }
    }
}

fn interval(text: &str, warnings: &mut Vec<String>) -> Duration {
    let field = "spec.adapterDiscovery.pollingInterval";
    match parse_go_duration(text) {
        Ok(interval) if interval >= SHORTEST_INTERVAL => interval,
        Ok(interval) if interval > Duration::ZERO => {
            warnings.push(format!("{field}: {text:?} is below 1s; 1s is used"));
            SHORTEST_INTERVAL
        }
        Ok(_) => {
            warnings.push(format!("{field}: {text:?} is not positive; 30s is used"));
            DEFAULT_INTERVAL
        }
        Err(error) => {
            warnings.push(format!("{field}: {error}; 30s is used"));
            DEFAULT_INTERVAL
        }
    }
}

fn port(field: &str, written: Option<i32>, warnings: &mut Vec<String>) -> Option<Port> {
    match written.map(|number| Port::try_from(i64::from(number)))? {
        Ok(port) => Some(port),
        Err(error) => {
            warnings.push(format!("{field}: {error}; the default is used"));
            None
        }
    }
}

fn merged(
    path: &str,
    wanted: &AdapterOverride,
    service_type: ServiceType,
    annotations: &BTreeMap<String, String>,
    warnings: &mut Vec<String>,
) -> AdapterSettings {
    let mut all = annotations.clone();
    all.extend(wanted.annotations.clone().unwrap_or_default());
    let families = wanted.ip_families.clone().unwrap_or_default();
    // Two families without a policy: the API would take them at creation, and refuse them in an update.
    let policy = wanted.ip_family_policy.or((families.len() > 1).then_some(IpFamilyPolicy::RequireDualStack));
    let fields = ServiceFields {
        load_balancer_class: wanted.load_balancer_class.clone(),
        load_balancer_ip: wanted.load_balancer_ip.clone(),
        source_ranges: wanted.load_balancer_source_ranges.iter().flatten().cloned().collect::<BTreeSet<_>>(),
        external_traffic_policy: wanted.external_traffic_policy,
        allocate_node_ports: wanted.allocate_load_balancer_node_ports,
        session_affinity: wanted.session_affinity,
        ip_family_policy: policy,
        ip_families: families,
    };
    let node_port = port(&format!("{path}.nodePort"), wanted.node_port, warnings);
    let mut settings = AdapterSettings::default().with_annotations(all).with_service(
        wanted.service_type.unwrap_or(service_type),
        node_port,
        fields,
    );
    settings.expose = wanted.expose.unwrap_or(true);
    settings.port = port(&format!("{path}.port"), wanted.port, warnings);
    settings.companions = wanted.companion_ports.iter().flatten().copied().collect();
    settings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{EmptyList, Mode};

    fn resolve(spec: &serde_json::Value) -> (ServerSpec, Vec<String>) {
        let resource = serde_json::json!({
            "apiVersion": "dittofs.dittofs.com/v1alpha1", "kind": "DittoServer",
            "metadata": { "name": "srv", "namespace": "files", "uid": "u-1",
                          "annotations": { "dittofs.io/paused": "true", "dittofs.io/approve-replace": "u-2" } },
            "spec": spec,
        });
        ServerSpec::resolve(&serde_json::from_value(resource).unwrap())
    }

    #[test]
    fn comp_02_a_minimal_resource_gets_the_defaults() {
        let (server, warnings) = resolve(&serde_json::json!({ "storage": { "metadataSize": "1Gi" } }));
        let mut expected = ServerSpec::new("files", "srv");
        expected.uid = Uid::new("u-1");
        expected.paused = true;
        expected.approved_replacement = Uid::new("u-2");
        assert_eq!((server, warnings), (expected, vec![]));
    }

    #[test]
    fn comp_02_wishes_for_the_pod_are_not_dropped_in_silence_while_somebody_else_brings_it() {
        let spec =
            serde_json::json!({ "storage": { "metadataSize": "1Gi" }, "pod": { "labels": { "a": "b" } } });
        let (_, warnings) = resolve(&spec);
        assert!(warnings.len() == 1 && warnings[0].starts_with("spec.pod: is left out"), "{warnings:?}");
    }

    #[test]
    fn disc_01_an_unusable_interval_becomes_30s_and_a_short_one_1s_with_a_warning() {
        for (text, seconds, warned) in [
            ("10s", 10, false),
            ("1s", 1, false),
            ("1m30s", 90, false),
            ("", 30, false),
            ("1ms", 1, true),
            ("999ms", 1, true),
            ("0s", 30, true),
            ("soon", 30, true),
            ("-5s", 30, true),
        ] {
            let (server, warnings) =
                resolve(&serde_json::json!({ "adapterDiscovery": { "pollingInterval": text } }));
            assert_eq!(server.polling_interval, Duration::from_secs(seconds), "{text}");
            assert_eq!(!warnings.is_empty(), warned, "{text}: {warnings:?}");
            assert!(
                warnings.iter().all(|w| w.contains("pollingInterval") && w.contains(text)),
                "{warnings:?}"
            );
        }
    }

    #[test]
    fn conf_02_overrides_are_merged_over_what_all_adapters_get() {
        let (server, warnings) = resolve(&serde_json::json!({
            "controlPlane": { "port": 8443 }, "metrics": { "enabled": true }, "replicas": 0,
            "adapterDiscovery": { "mode": "UpsertOnly", "emptyList": "Trust", "notRunningGracePeriod": "10s" },
            "adapterServices": {
                "type": "NodePort", "annotations": { "a": "1", "b": "1", "dittofs.io/managed-annotations": "x" },
                "nameTemplate": "{namespace}-{type}", "portRollout": "Immediate",
                "overrides": [
                    { "adapter": "nfs", "type": "LoadBalancer", "annotations": { "b": "2" }, "port": 2049,
                      "loadBalancerSourceRanges": ["10.0.0.0/8", "192.0.2.0/24"], "externalTrafficPolicy": "Local",
                      "companionPorts": ["Portmapper"], "ipFamilies": ["IPv4", "IPv6"] },
                    { "adapter": "smb", "expose": false, "nodePort": 30445, "loadBalancerClass": "not-for-node-ports" },
                ],
            },
        }));
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        assert_eq!(
            (server.api_port.get(), server.metrics_port.map(Port::get), server.replicas),
            (8443, Some(9090), 0)
        );
        assert_eq!((server.mode, server.empty_list), (Mode::UpsertOnly, EmptyList::Trust));
        assert_eq!(server.not_running_grace_period, Duration::from_secs(10));
        let adapter = |name| AdapterType::sanitise(name).unwrap();
        assert_eq!(server.name_template.render(&adapter("nfs")), "files-nfs");
        let nfs = server.settings(&adapter("nfs"));
        assert_eq!(nfs.managed_annotations(), "a,b");
        assert_eq!(nfs.annotations()["b"], "2");
        assert_eq!(nfs.managed_fields(), "externalTrafficPolicy,ipFamilies,ipFamilyPolicy");
        assert_eq!(nfs.managed_source_ranges(), "10.0.0.0/8,192.0.2.0/24");
        assert!(nfs.policy_sources().is_some_and(|s| s.len() == 2), "under Local the policy states them too");
        assert_eq!(nfs.companions_of(&adapter("nfs")).count(), 2);
        let smb = server.settings(&adapter("smb"));
        assert!(!smb.expose);
        assert_eq!(smb.managed_fields(), "nodePort", "a NodePort Service has no load-balancer class");
        let other = server.settings(&adapter("webdav"));
        assert_eq!((other.service_type, other.annotations()["b"].as_str()), (ServiceType::NodePort, "1"));
        let reserved = server.reserved_tcp_ports();
        assert_eq!(reserved.keys().map(|p| p.get()).collect::<Vec<_>>(), [8443, 9090, 10111]);
    }
}
