//! The baseline policy: the server's own ports.
//!
//! It stands before any other policy. Where no policy selects the pod and an adapter Service of ours exists, clients are
//! being served through ports that the first policy would close: then it is first written wide, and narrowed by a second
//! write at the end, when each adapter has its own policy.

use std::collections::BTreeSet;

use dittofs_effects::{
    Cause, Create, Effect, Hold, HoldCode, Kind, Object, ObjectRef, Port, Protocol, Reason, Seen,
};
use k8s_openapi::api::networking::v1::NetworkPolicy;

use crate::cluster_view::{AdapterObjects, ClusterView, Owned};
use crate::expose::{self, removal};
use crate::intent::{Adapter, Intent, Intents};
use crate::order::{Stage, Steps};
use crate::overlay::{self, Removal, WantedPolicy};
use crate::reachable::{PolicyPort, isolated, isolates, rule_ports};
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
    let exposed_to_all = cluster.has_adapter_service() && !isolated(cluster, server);
    let wide = if exposed_to_all { wide_ports(intents, cluster, server) } else { Ports::new() };
    let mut opened = main.map(|main| admitted(&main.object)).unwrap_or_default();
    opened.extend(wide.iter().map(|(protocol, port)| (PolicyPort::Number(port.get()), *protocol)));
    let narrow = intents.reported && !keeps_unprotected(intents, cluster, server, &opened);
    let baseline = Baseline { server, own: own_ports(server), narrow };
    let Some(main) = main else { return baseline.create(name, wide, steps) };
    baseline.update(main, wide, isolates(&main.object, cluster, server), steps);
    let surplus = cluster.baselines.iter().filter(|b| !b.terminating && !std::ptr::eq(*b, main));
    for surplus in surplus.filter(|_| narrow) {
        let target = withdraw::target(Kind::NetworkPolicy, &surplus.object.metadata, server);
        if removal(server) == Removal::Forbidden {
            let reason = format!("{target} is a second baseline, but the mode never removes anything");
            steps.hold(Hold { adapter: None, code: HoldCode::UpsertOnly, reason });
        } else {
            let effect = withdraw::delete(target, None, &Cause::SurplusPolicy, &surplus.seen);
            steps.add(Stage::NarrowBaseline, effect);
        }
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
            Intent::Hold(..) => wide.extend(unprotected(adapter, cluster, server)),
            Intent::Withdraw(_) => {}
        }
    }
    wide
}

/// The ports that the adapter's Services lead to and no policy of its own admits: it has none, or one that selects other
/// pods, or one that opens other ports.
fn unprotected(adapter: &Adapter<'_>, cluster: &ClusterView, server: &ServerSpec) -> Ports {
    let Some(objects) = adapter.objects else { return Ports::new() };
    let own = objects.policies.iter().filter(|p| isolates(&p.object, cluster, server));
    let own: Vec<(PolicyPort, Protocol)> = own.flat_map(|p| admitted(&p.object)).collect();
    let mut targets = targets(objects, cluster);
    targets.retain(|target| !own.iter().any(|admitted| covers(admitted, *target)));
    targets
}

/// Somebody is held whom the baseline serves, since its own policy does not.
fn keeps_unprotected(
    intents: &Intents<'_>,
    cluster: &ClusterView,
    server: &ServerSpec,
    opened: &[(PolicyPort, Protocol)],
) -> bool {
    let held = intents.adapters.iter().filter(|adapter| matches!(adapter.intent, Intent::Hold(..)));
    held.flat_map(|adapter| unprotected(adapter, cluster, server))
        .any(|target| opened.iter().any(|admitted| covers(admitted, target)))
}

/// Everything that a policy opens.
fn admitted(policy: &NetworkPolicy) -> Vec<(PolicyPort, Protocol)> {
    let rules = policy.spec.as_ref().and_then(|spec| spec.ingress.as_ref()).into_iter().flatten();
    rules.flat_map(rule_ports).collect()
}

fn covers((port, protocol): &(PolicyPort, Protocol), target: (Protocol, Port)) -> bool {
    *protocol == target.0 && port.covers(&PolicyPort::Number(target.1.get()))
}

/// Where the adapter's Services send traffic.
fn targets(objects: &AdapterObjects, cluster: &ClusterView) -> Ports {
    let targets = objects.resolved_targets(cluster);
    targets.filter_map(|(port, protocol)| Some((protocol, Port::try_from(i64::from(port)).ok()?))).collect()
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
        let cause = if wide.is_empty() { Cause::OwnPorts } else { Cause::KeepsServedPortsOpen };
        let opened = self.with_own(wide);
        // A policy that selects other pods serves nobody here: what else it has would be opened with its selector.
        let removal = if selects { Removal::Forbidden } else { Removal::Allowed };
        let opening = self
            .wanting(&opened, |wanted| overlay::network_policy(&main.object, main.in_shape, wanted, removal));
        let written = opening.applied_to(&main.object);
        expose::update(
            steps,
            Stage::OpenBaseline,
            || self.target(&main.object),
            None,
            cause,
            Some(&main.seen),
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
        let cause = if seen.is_some() { Cause::OwnPorts } else { Cause::AdapterPoliciesInPlace };
        expose::update(steps, Stage::NarrowBaseline, || self.target(policy), None, cause, seen, difference);
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
            keep_sources: false,
            own: None,
            why_closed: "not one of the server's own ports, and an adapter's are opened by its own policy",
        })
    }
}
