//! The cluster at one moment, as far as it concerns the server.

use std::collections::{BTreeMap, BTreeSet};

use dittofs_core::api::DittoServer;
use dittofs_core::effects::Protocol;
use dittofs_core::{ClusterObject, ClusterView, NoPod, PolicyPort, ServerSpec, reachable};
use embedded_kubernetes::{Cluster, Kind};
use serde_json::Value;

pub const NAMESPACE: &str = "files";
pub const NAME: &str = "srv";

/// Kinds of which the operator writes objects that decide.
pub const KINDS: [Kind; 3] = [Kind::Service, Kind::NetworkPolicy, Kind::StatefulSet];

/// What is in the cluster.
pub struct Scene {
    pub server: Value,
    objects: BTreeMap<(Kind, String), Value>,
}

/// A port that policies open, as they say it.
pub type Open = (Protocol, PolicyPort);

impl Scene {
    /// As it is now; nothing where the DittoServer is gone.
    pub fn now(cluster: &Cluster) -> Option<Self> {
        let server = cluster.get(Kind::DittoServer, NAMESPACE, NAME)?;
        let kinds = KINDS.into_iter().chain([Kind::Pod]);
        let of = |kind| cluster.list(kind, Some(NAMESPACE)).into_iter().map(move |object| (kind, object));
        let objects = kinds.flat_map(of);
        let objects = objects
            .map(|(kind, o)| ((kind, o["metadata"]["name"].as_str().unwrap_or_default().to_owned()), o))
            .collect();
        Some(Self { server, objects })
    }

    /// The resource, resolved.
    pub fn spec(&self) -> ServerSpec {
        ServerSpec::resolve(&self.resource()).0
    }

    /// The resource.
    pub fn resource(&self) -> DittoServer {
        serde_json::from_value(self.server.clone()).expect("the API server lets nothing else in")
    }

    /// What `core` sees of it.
    pub fn view(&self, spec: &ServerSpec) -> ClusterView {
        let objects =
            self.objects.values().filter_map(|o| ClusterObject::from_json(o.clone()).expect("it is typed"));
        ClusterView::from_objects(spec, objects, NoPod::NotReady).expect("all have an identity")
    }

    /// The objects that the server does not control.
    pub fn foreign(&self) -> impl Iterator<Item = (&(Kind, String), &Value)> {
        let uid = &self.server["metadata"]["uid"];
        self.objects.iter().filter(move |((kind, _), object)| {
            let owners = object["metadata"]["ownerReferences"].as_array();
            let controls = |o: &Value| o["controller"] == true && o["uid"] == *uid;
            *kind != Kind::Pod && !owners.into_iter().flatten().any(controls)
        })
    }

    /// All of them, by kind and name.
    pub fn objects(&self) -> impl Iterator<Item = (Kind, &str)> {
        self.objects.keys().map(|(kind, name)| (*kind, name.as_str()))
    }

    /// One object.
    pub fn get(&self, kind: Kind, name: &str) -> Option<&Value> {
        self.objects.get(&(kind, name.to_owned()))
    }
}

/// What policies let in; `None` where nothing isolates the pod.
pub fn open(view: &ClusterView, spec: &ServerSpec) -> Option<BTreeSet<Open>> {
    let reachability = reachable(view, spec);
    let ports = reachability.ports.into_iter().map(|port| (port.protocol, port.port));
    reachability.isolated.then(|| ports.collect())
}

/// Who is served, on which port of the pod: it has a Service that leads there, and a policy of ours admits it.
pub fn served(view: &ClusterView, spec: &ServerSpec) -> BTreeSet<(String, u16)> {
    let reachability = reachable(view, spec);
    let admitted: BTreeSet<u16> = reachability
        .ports
        .iter()
        .filter(|port| port.ours && port.protocol == Protocol::Tcp)
        .filter_map(|port| match port.port {
            PolicyPort::Number(number) => Some(number),
            PolicyPort::All | PolicyPort::Range(..) | PolicyPort::Named(_) => None,
        })
        .collect();
    let mut served = BTreeSet::new();
    for (adapter, objects) in &view.adapters {
        for service in &objects.services {
            let ports = service.object.spec.iter().flat_map(|spec| spec.ports.iter().flatten());
            let targets = ports.filter_map(|port| match port.target_port.as_ref()? {
                k8s_openapi::apimachinery::pkg::util::intstr::IntOrString::Int(number) => {
                    u16::try_from(*number).ok()
                }
                k8s_openapi::apimachinery::pkg::util::intstr::IntOrString::String(_) => None,
            });
            let reached = targets.filter(|port| !reachability.isolated || admitted.contains(port));
            served.extend(reached.map(|port| (adapter.to_string(), port)));
        }
    }
    served
}
