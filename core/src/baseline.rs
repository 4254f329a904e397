//! The baseline policy: the server's own ports.
//!
//! It stands before any other policy. Where no policy selects the pod and an adapter Service of ours exists, clients are
//! being served through ports that the first policy would close: then it is first written wide, and narrowed by a second
//! write at the end, when each adapter has its own policy.

use std::collections::BTreeSet;

use dittofs_effects::{
    Cause, Create, Effect, Kind, Object, ObjectRef, Port, Precondition, Protocol, Reason, Seen, Update,
};
use k8s_openapi::api::networking::v1::NetworkPolicy;

use crate::cluster_view::{AdapterObjects, ClusterView, Owned};
use crate::expose::{self, removal};
use crate::intent::{Adapter, Intent, Intents};
use crate::order::{Stage, Steps};
use crate::overlay::{self, Removal, WantedPolicy};
use crate::reachable::{isolated, isolates};
use crate::server::ServerSpec;
use crate::{desired, name, withdraw};

type Ports = BTreeSet<(Protocol, Port)>;

/// Brings the baseline to what is wanted.
pub(crate) fn bring(intents: &Intents<'_>, cluster: &ClusterView, server: &ServerSpec, steps: &mut Steps) {
    if intents.baseline_blocked {
        return;
    }
    let name = name::baseline_policy(&server.name);
    let main = expose::main(&cluster.baselines, |p| p.metadata.name.as_deref() == Some(&name));
    let narrow = intents.reported && !keeps_unprotected(intents, cluster, server);
    let baseline = Baseline { server, own: own_ports(server), narrow };
    let exposed_to_all = cluster.has_adapter_service() && !isolated(cluster, server);
    let wide = if exposed_to_all { wide_ports(intents, cluster, server) } else { Ports::new() };
    let Some(main) = main else { return baseline.create(name, wide, steps) };
    baseline.update(main, wide, isolates(&main.object, cluster, server), steps);
    let surplus = cluster.baselines.iter().filter(|b| !b.terminating && b.seen != main.seen);
    for surplus in surplus.filter(|_| narrow && removal(server) == Removal::Allowed) {
        let target = withdraw::target(Kind::NetworkPolicy, &surplus.object.metadata, server);
        let effect = withdraw::delete(target, None, &Cause::SurplusPolicy, &surplus.seen);
        steps.add(Stage::NarrowBaseline, effect);
    }
}

fn own_ports(server: &ServerSpec) -> Vec<(Protocol, Port)> {
    let mut own = vec![(Protocol::Tcp, server.api_port)];
    own.extend(server.metrics_port.filter(|p| *p != server.api_port).map(|port| (Protocol::Tcp, port)));
    own
}

/// What the adapters serve and will serve: the ports of those that are exposed, and the targets of held ones that have
/// no policy of their own that would admit their clients.
fn wide_ports(intents: &Intents<'_>, cluster: &ClusterView, server: &ServerSpec) -> Ports {
    let mut wide = Ports::new();
    let mut ports = Vec::new();
    for adapter in &intents.adapters {
        match &adapter.intent {
            Intent::Expose(port) => {
                overlay::service_ports_of(
                    adapter.adapter,
                    *port,
                    server.settings(adapter.adapter),
                    &mut ports,
                );
                wide.extend(ports.iter().map(|p| (p.protocol, p.target)));
            }
            Intent::Hold(..) if is_unprotected(adapter, cluster, server) => {
                wide.extend(adapter.objects.into_iter().flat_map(|o| targets(o, cluster)));
            }
            Intent::Hold(..) | Intent::Withdraw(_) => {}
        }
    }
    wide
}

/// The adapter has a Service, and no policy of ours that admits its clients: none at all, or one that selects other pods.
fn is_unprotected(adapter: &Adapter<'_>, cluster: &ClusterView, server: &ServerSpec) -> bool {
    adapter.objects.is_some_and(|objects| {
        !objects.services.is_empty() && !objects.policies.iter().any(|p| isolates(&p.object, cluster, server))
    })
}

/// Somebody is held whom only a wide baseline serves.
fn keeps_unprotected(intents: &Intents<'_>, cluster: &ClusterView, server: &ServerSpec) -> bool {
    let held = intents.adapters.iter().filter(|adapter| matches!(adapter.intent, Intent::Hold(..)));
    held.into_iter().any(|adapter| is_unprotected(adapter, cluster, server))
}

/// Where the adapter's Services send traffic; a named target is looked up in the pod template.
fn targets(objects: &AdapterObjects, cluster: &ClusterView) -> Ports {
    let number = |number: u16, protocol| Some((protocol, Port::try_from(i64::from(number)).ok()?));
    let numbered = objects.targets().filter_map(|(port, protocol)| number(port, protocol));
    let named = objects.named_targets().filter_map(|name| {
        let port = cluster.container_ports().iter().find(|p| p.name.as_deref() == Some(name))?;
        number(u16::try_from(port.container_port).ok()?, Protocol::from_field(port.protocol.as_deref())?)
    });
    numbered.chain(named).collect()
}

struct Baseline<'a> {
    server: &'a ServerSpec,
    own: Vec<(Protocol, Port)>,
    /// Ports beyond its own may be closed.
    narrow: bool,
}

impl Baseline<'_> {
    fn create(&self, name: String, wide: Ports, steps: &mut Steps) {
        let cause = if wide.is_empty() { Cause::ClosedUntilKnown } else { Cause::KeepsServedPortsOpen };
        let opened = self.with_own(wide);
        let policy = self.wanting(&opened, |wanted| desired::network_policy(self.server, name, wanted));
        if self.narrow {
            self.narrow_later(&policy, None, steps);
        }
        let object = Object::NetworkPolicy(Box::new(policy));
        let effect = Create { object, adapter: None, reason: Reason::from(cause) };
        steps.add(Stage::OpenBaseline, Effect::Create(effect));
    }

    /// At most two writes: one that opens, first, and one that closes, last.
    fn update(&self, main: &Owned<NetworkPolicy>, wide: Ports, selects: bool, steps: &mut Steps) {
        let cause = match (wide.is_empty(), selects) {
            (false, _) => Cause::KeepsServedPortsOpen,
            (true, true) => Cause::OwnPorts,
            (true, false) => Cause::ClosedUntilKnown,
        };
        let opened = self.with_own(wide);
        let opening = self.wanting(&opened, |wanted| {
            overlay::network_policy(&main.object, main.in_shape, wanted, Removal::Forbidden)
        });
        let written = opening.applied_to(&main.object);
        expose::update(
            steps,
            Stage::OpenBaseline,
            || self.target(&main.object),
            None,
            cause,
            &main.seen,
            opening,
        );
        if self.narrow {
            let seen = if written.is_some() { None } else { Some(&main.seen) };
            self.narrow_later(written.as_ref().unwrap_or(&main.object), seen, steps);
        }
    }

    /// Closes everything but the server's own ports, at the end. Without an identity seen, it follows an earlier write.
    fn narrow_later(&self, policy: &NetworkPolicy, seen: Option<&Seen>, steps: &mut Steps) {
        let difference = self
            .wanting(&self.own, |wanted| overlay::network_policy(policy, false, wanted, Removal::Allowed));
        if difference.is_empty() {
            return;
        }
        let (cause, precondition) = match seen {
            None => (Cause::AdapterPoliciesInPlace, Precondition::AfterEarlierWrite),
            Some(seen) => (Cause::OwnPorts, Precondition::Seen(seen.clone())),
        };
        let (patch, changes) = difference.into_parts();
        let (target, reason) = (self.target(policy), Reason { cause, changes });
        let effect = Update { target, adapter: None, reason, precondition, guards: Vec::new(), patch };
        steps.add(Stage::NarrowBaseline, Effect::Update(effect));
    }

    fn target(&self, policy: &NetworkPolicy) -> ObjectRef {
        withdraw::target(Kind::NetworkPolicy, &policy.metadata, self.server)
    }

    fn with_own(&self, wide: Ports) -> Vec<(Protocol, Port)> {
        let mut ports = self.own.clone();
        ports.extend(wide.into_iter().filter(|port| !self.own.contains(port)));
        ports
    }

    fn wanting<T>(&self, ports: &[(Protocol, Port)], build: impl FnOnce(&WantedPolicy<'_>) -> T) -> T {
        let labels = overlay::baseline_labels(&self.server.name);
        build(&WantedPolicy {
            server: &self.server.name,
            labels: &labels,
            ports,
            sources: None,
            source_book: "",
            own_port_first: false,
            why_closed: "not one of the server's own ports, and an adapter's are opened by its own policy",
        })
    }
}
