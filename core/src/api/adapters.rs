//! `spec.adapterDiscovery` and `spec.adapterServices`.

use std::collections::BTreeMap;

use super::macros::{section, words};
use super::service::ServiceType;
use super::{rules, schema};

words! {
    /// What the operator does with what it decides.
    pub enum Mode {
        /// It does all of it.
        Sync = "Sync",
        /// It never removes anything.
        UpsertOnly = "UpsertOnly",
        /// It reports, and writes nothing.
        Observe = "Observe",
    }

    /// What an empty list of adapters means.
    pub enum EmptyList {
        /// Nothing: it looks the same as a server that has lost its data, so all stays as it is.
        Hold = "Hold",
        /// That there are no adapters, if the answer is a complete `[]`.
        Trust = "Trust",
    }

    /// When the pod template gets the ports of new adapters. Traffic does not depend on it.
    pub enum PortRollout {
        /// When something else restarts the pod.
        OnNextRestart = "OnNextRestart",
        /// At once, which restarts the pod.
        Immediate = "Immediate",
    }

    /// Where traffic from outside may go.
    pub enum ExternalTrafficPolicy {
        /// Over any node; the client's address is lost.
        Cluster = "Cluster",
        /// Only over nodes that run the server; the client's address stays.
        Local = "Local",
    }

    /// Whether a client keeps its pod.
    pub enum SessionAffinity {
        /// It does not.
        None = "None",
        /// It does, by its address.
        ClientIP = "ClientIP",
    }

    /// Of how many IP families a Service is.
    pub enum IpFamilyPolicy {
        /// One.
        SingleStack = "SingleStack",
        /// Two where the cluster has them.
        PreferDualStack = "PreferDualStack",
        /// Two.
        RequireDualStack = "RequireDualStack",
    }

    /// An IP family.
    pub enum IpFamily {
        /// IPv4.
        IPv4 = "IPv4",
        /// IPv6.
        IPv6 = "IPv6",
    }

    /// A port that goes with an adapter's own.
    pub enum CompanionPort {
        /// The portmapper of NFSv3: 111, TCP and UDP, to the server's 10111.
        Portmapper = "Portmapper",
        /// The adapter's own port over UDP.
        UDP = "UDP",
        /// Multicast DNS.
        MDNS = "MDNS",
        /// WS-Discovery of Windows.
        WSDiscovery = "WSDiscovery",
    }
}

section! {
    /// How the server's adapters are found.
    pub struct AdapterDiscovery {
        /// Time between two polls of the server, as a Go duration. One that is none, or not positive, means 30s.
        #[schemars(extend("default" = "30s"))]
        polling_interval: String,
        /// What the operator does with what it decides. Unset: `Sync`.
        mode: Mode,
        /// What an empty list of adapters means. Unset: `Hold`.
        empty_list: EmptyList,
        /// How long an adapter must be enabled and not running before that is believed, as a Go duration such as
        /// `45s`. Unset: `45s`.
        #[schemars(length(max = 16), regex(pattern = rules::GRACE_PERIOD))]
        not_running_grace_period: String,
        /// Secret with `tls.crt` and `tls.key` that the operator shows to a server that demands certificates of its
        /// clients (`controlPlane.clientCASecretName`). Unset: `controlPlane.certSecretName`.
        client_cert_secret_name: String,
    }

    /// The Services by which adapters are reached, one for each running adapter.
    #[schemars(extend("x-kubernetes-validations" = rules::json(rules::ADAPTER_SERVICES)))]
    pub struct AdapterServices {
        /// Kind of Service.
        #[serde(rename = "type")]
        #[schemars(extend("default" = "LoadBalancer"))]
        service_type: ServiceType,
        /// Annotations for each of them.
        annotations: BTreeMap<String, String>,
        /// How they are named, with the placeholders `{name}`, `{namespace}` and `{type}`, the last of which must
        /// occur. Unset: `{name}-adapter-{type}`.
        #[schemars(length(max = 200), extend("x-kubernetes-validations" = rules::json(rules::NAME_TEMPLATE)))]
        name_template: String,
        /// When the pod template gets the ports of new adapters. Unset: `OnNextRestart`.
        port_rollout: PortRollout,
        /// What is different for single adapters.
        #[schemars(length(max = 64))]
        #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["adapter"]))]
        overrides: Vec<AdapterOverride>,
    }
}

/// What is different for one adapter. It may be named here before it exists.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = rules::json(rules::OVERRIDE)))]
pub struct AdapterOverride {
    /// Type of the adapter, such as `nfs`, as it stands in the name of its Service.
    #[schemars(length(max = 63), regex(pattern = rules::ADAPTER))]
    pub adapter: String,
    /// Whether the adapter gets a Service. Unset: yes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expose: Option<bool>,
    /// Kind of Service. Unset: that of all adapters.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub service_type: Option<ServiceType>,
    /// Annotations besides those of all adapters, over which they win.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<schema::Annotations>")]
    pub annotations: Option<BTreeMap<String, String>>,
    /// Port that the Service has, when not the adapter's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 65535))]
    pub port: Option<i32>,
    /// Port on every node. Unset: one that Kubernetes picks.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 65535))]
    pub node_port: Option<i32>,
    /// Which load balancer serves it. Kubernetes does not let this change while the Service exists.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 317), regex(pattern = rules::QUALIFIED_NAME))]
    #[schemars(extend("x-kubernetes-validations" = rules::json(rules::LOAD_BALANCER_CLASS)))]
    pub load_balancer_class: Option<String>,
    /// Address to ask the load balancer for, where it supports that.
    #[serde(rename = "loadBalancerIP", skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 45))]
    pub load_balancer_ip: Option<String>,
    /// From where the load balancer takes traffic, such as `10.0.0.0/8`. Unset: from anywhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128), inner(length(max = 43), regex(pattern = rules::CIDR)))]
    pub load_balancer_source_ranges: Option<Vec<String>>,
    /// Where traffic from outside may go. Unset: the default of Kubernetes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_traffic_policy: Option<ExternalTrafficPolicy>,
    /// Whether a load balancer gets node ports. Unset: yes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allocate_load_balancer_node_ports: Option<bool>,
    /// Whether a client keeps its pod. Unset: it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_affinity: Option<SessionAffinity>,
    /// Of how many IP families the Service is. Unset: the default of the cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip_family_policy: Option<IpFamilyPolicy>,
    /// Which IP families, the primary one first. Unset: those of the cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 2))]
    #[schemars(extend("x-kubernetes-validations" = rules::json(&[rules::FAMILY_TWICE])))]
    pub ip_families: Option<Vec<IpFamily>>,
    /// Ports that go with the adapter's own. Unset: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 4))]
    #[schemars(extend("x-kubernetes-validations" = rules::json(&[rules::COMPANION_TWICE])))]
    pub companion_ports: Option<Vec<CompanionPort>>,
}
