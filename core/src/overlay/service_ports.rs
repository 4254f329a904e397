//! The ports of an adapter's Service, which are owned whole.
//!
//! A port that is wanted keeps its place, its name and its node port: under another name it would lose the node port
//! (measured). What nobody asked for is closed.

use dittofs_effects::{AdapterType, Change, Port, Protocol};
use k8s_openapi::api::core::v1::{Service, ServicePort, ServiceSpec};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use serde_json::{Value, json};

use super::{Difference, Removal};
use crate::api::ServiceType;
use crate::reachable::numbered_target;
use crate::server::{AdapterSettings, Companion};

/// One port that is wanted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WantedServicePort<'a> {
    /// Its name, unless it exists under another one.
    pub name: &'a str,
    /// The port of the Service.
    pub port: Port,
    /// The port in the pod.
    pub target: Port,
    /// Its transport.
    pub protocol: Protocol,
    /// The node port asked for.
    pub node_port: Option<Port>,
}

/// Collects the ports that an adapter on `port` gets, its own first, into `ports`, whose memory is used again.
pub(crate) fn service_ports_of<'a>(
    adapter: &'a AdapterType,
    port: Port,
    settings: &AdapterSettings,
    ports: &mut Vec<WantedServicePort<'a>>,
) {
    let external = settings.port.unwrap_or(port);
    ports.clear();
    ports.push(WantedServicePort {
        name: adapter.port_name(),
        port: external,
        target: port,
        protocol: Protocol::Tcp,
        node_port: settings.node_port,
    });
    if settings.companions.is_empty() {
        return;
    }
    ports.extend(settings.companions_of(adapter).map(|companion| WantedServicePort {
        name: companion.service_port_name(),
        port: companion.fixed_port().unwrap_or(external),
        target: companion.fixed_target().unwrap_or(port),
        protocol: companion.protocol(),
        node_port: None,
    }));
}

/// The one port of a Service of the server's own, as it was built.
pub(crate) fn own_port(built: &Service) -> Option<WantedServicePort<'_>> {
    let port = built.spec.as_ref()?.ports.as_ref()?.first()?;
    let number = Port::try_from(i64::from(port.port)).ok()?;
    let name = port.name.as_deref()?;
    Some(WantedServicePort { name, port: number, target: number, protocol: Protocol::Tcp, node_port: None })
}

/// The ports of a Service, as they are wanted.
#[derive(Clone, Copy)]
pub(super) struct WantedPorts<'a> {
    pub ports: &'a [WantedServicePort<'a>],
    /// The name of the one that the Service is there for.
    pub own: &'a str,
    pub settings: &'a AdapterSettings,
}

impl WantedServicePort<'_> {
    /// The port as it is created.
    pub fn to_port(self) -> ServicePort {
        ServicePort {
            name: Some(self.name.to_owned()),
            port: i32::from(self.port.get()),
            target_port: Some(IntOrString::Int(i32::from(self.target.get()))),
            protocol: Some(self.protocol.as_str().to_owned()),
            node_port: self.node_port.map(|p| i32::from(p.get())),
            ..ServicePort::default()
        }
    }
}

pub(super) fn service_ports(
    difference: &mut Difference,
    spec: &ServiceSpec,
    wanted: WantedPorts<'_>,
    service_type: ServiceType,
    removal: Removal,
) {
    let observed = spec.ports.as_deref().unwrap_or_default();
    let served = serving(observed, wanted.ports);
    let node_ports = NodePorts::of(service_type, wanted.settings);
    let several = wanted.ports.len() > 1 || (removal == Removal::Forbidden && observed.len() > 1);
    for (slot, port) in served.iter().zip(wanted.ports) {
        if let Some(index) = *slot {
            if several && observed[index].name.is_none() {
                difference.set(&["spec", "ports", &index.to_string(), "name"], port.name);
            }
            let own = port.name == wanted.own;
            correct(difference, index, &observed[index], port, own, node_ports);
        }
    }
    let unused: Vec<usize> = (0..observed.len()).filter(|index| !served.contains(&Some(*index))).collect();
    close(difference, observed, &unused, wanted.ports, removal);
    difference.ensure_list(&["spec", "ports"], spec.ports.is_some());
    for (_, port) in served.iter().zip(wanted.ports).filter(|(slot, _)| slot.is_none()) {
        let object = serde_json::to_value(port.to_port()).unwrap_or(Value::Null);
        difference.set(&["spec", "ports", "-"], object);
        difference.changes.push(Change::PortOpened { port: port.port, protocol: port.protocol });
    }
}

/// At most this many ports are wanted: the adapter's own and every companion.
const MOST: usize = 1 + Companion::ALL.len();

/// Which observed port serves each wanted one: first by name, for all of them; then a Service's only port, whatever it
/// is called; then by number, of those that are left. A Service has a handful of ports, so searching them is cheapest.
fn serving(observed: &[ServicePort], wanted: &[WantedServicePort<'_>]) -> [Option<usize>; MOST] {
    let mut served = [None; MOST];
    for (slot, port) in served.iter_mut().zip(wanted) {
        *slot = observed.iter().position(|p| p.name.as_deref() == Some(port.name));
    }
    if wanted.len() == 1 && observed.len() == 1 {
        served[0] = Some(0);
    }
    for (index, port) in wanted.iter().enumerate() {
        let free = |found: &usize| !served.contains(&Some(*found)) && is_numbered(&observed[*found], port);
        if served[index].is_none() {
            served[index] = (0..observed.len()).find(free);
        }
    }
    served
}

fn is_numbered(found: &ServicePort, wanted: &WantedServicePort<'_>) -> bool {
    Protocol::from_field(found.protocol.as_deref()) == Some(wanted.protocol)
        && found.port == i32::from(wanted.port.get())
}

/// Where the adapter's own port leads to now, if that is a number.
pub(crate) fn present_target(observed: &Service, adapter: &AdapterType) -> Option<u16> {
    let ports = observed.spec.as_ref()?.ports.as_deref()?;
    let own = ports.iter().find(|p| p.name.as_deref() == Some(adapter.port_name()));
    let own = own.or_else(|| ports.first().filter(|_| ports.len() == 1))?;
    numbered_target(own)
}

/// What becomes of node ports that nobody asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NodePorts {
    /// The cluster allocates them: they stay.
    Allocated,
    /// The type has none, or they are switched off, which takes effect only when the ports are sent without (measured).
    None,
}

impl NodePorts {
    fn of(service_type: ServiceType, settings: &AdapterSettings) -> Self {
        let switched_off = settings.fields().allocate_node_ports == Some(false);
        match service_type {
            ServiceType::ClusterIP => Self::None,
            ServiceType::LoadBalancer if switched_off => Self::None,
            ServiceType::NodePort | ServiceType::LoadBalancer => Self::Allocated,
        }
    }
}

fn correct(
    difference: &mut Difference,
    index: usize,
    observed: &ServicePort,
    wanted: &WantedServicePort<'_>,
    own: bool,
    node_ports: NodePorts,
) {
    let number = i32::from(wanted.port.get());
    let target = i32::from(wanted.target.get());
    let mut set = |field: &'static str, to: Value, change: Change| {
        difference.set(&["spec", "ports", &index.to_string(), field], to);
        difference.changes.push(change);
    };
    let name = || observed.name.clone().unwrap_or_else(|| observed.port.to_string());
    let field = |field, to: String| Change::PortField { port: name(), field, to: Some(to) };
    if observed.port != number {
        let change = if own {
            Change::OwnPort { from: observed.port.to_string(), to: wanted.port }
        } else {
            field("port", number.to_string())
        };
        set("port", json!(number), change);
    }
    if observed.target_port.as_ref().map_or(observed.port != target, |t| *t != IntOrString::Int(target)) {
        set("targetPort", json!(target), field("targetPort", target.to_string()));
    }
    if Protocol::from_field(observed.protocol.as_deref()) != Some(wanted.protocol) {
        set("protocol", json!(wanted.protocol.as_str()), field("protocol", wanted.protocol.to_string()));
    }
    let node_port = wanted.node_port.map(|p| i32::from(p.get()));
    if let Some(node_port) = node_port.filter(|_| observed.node_port != node_port) {
        set("nodePort", json!(node_port), field("nodePort", node_port.to_string()));
    } else if node_port.is_none() && node_ports == NodePorts::None && observed.node_port.is_some() {
        difference.remove(&["spec", "ports", &index.to_string(), "nodePort"]);
        difference.changes.push(Change::PortField { port: name(), field: "nodePort", to: None });
    }
}

/// Closes ports, from the last one on, so that indices stay what they are. A port that may not be taken away goes all the
/// same where a wanted one comes to its number, since a Service cannot have it twice.
fn close(
    difference: &mut Difference,
    observed: &[ServicePort],
    unused: &[usize],
    wanted: &[WantedServicePort<'_>],
    removal: Removal,
) {
    let mut closed = Vec::new();
    for index in unused {
        let found = &observed[*index];
        let protocol = found.protocol.as_deref().unwrap_or("TCP");
        let name = found.name.as_deref().unwrap_or("unnamed");
        let port = format!("{}/{protocol} ({name})", found.port);
        if removal == Removal::Forbidden && !wanted.iter().any(|w| is_numbered(found, w)) {
            difference.withheld.push(format!("port {port}"));
            continue;
        }
        let companion = Companion::ALL.into_iter().find(|c| c.service_port_name() == name);
        let why = companion.map_or("nobody asked for it", Companion::why_closed);
        difference.changes.push(Change::PortClosed { port, why: why.to_owned() });
        closed.push(index.to_string());
    }
    for index in closed.iter().rev() {
        difference.remove(&["spec", "ports", index]);
    }
}
