//! An adapter that is served has one policy and one Service (SRVC-01, SRVC-02, SECU-03).

use dittofs_effects::{
    AdapterType, Cause, Create, Effect, Hold, HoldCode, Kind, Object, Port, Precondition, Protocol, Reason,
    Seen, Update,
};
use k8s_openapi::api::core::v1::Service;
use k8s_openapi::api::networking::v1::NetworkPolicy;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use crate::api::Mode;
use crate::cluster_view::{AdapterObjects, ClusterView, Owned};
use crate::intent::Adapter;
use crate::order::{Stage, Steps};
use crate::overlay::{
    self, Difference, Narrows, OwnPort, Removal, WantedPolicy, WantedService, WantedServicePort,
};
use crate::reachable::isolates;
use crate::server::ServerSpec;
use crate::{desired, name, withdraw};

mod replace;

/// Exposes adapters one after another, and uses the memory of one for the next.
pub(crate) struct Exposing<'a> {
    cluster: &'a ClusterView,
    server: &'a ServerSpec,
    removal: Removal,
    ports: Vec<WantedServicePort<'a>>,
    open: Vec<(Protocol, Port)>,
    name: String,
}

impl<'a> Exposing<'a> {
    /// Prepares to expose adapters of a server.
    pub fn new(cluster: &'a ClusterView, server: &'a ServerSpec) -> Self {
        Self {
            cluster,
            server,
            removal: removal(server),
            ports: Vec::new(),
            open: Vec::new(),
            name: String::new(),
        }
    }

    /// Brings the adapter's policy and Service to what is wanted on this port.
    pub fn bring(&mut self, adapter: &Adapter<'a>, port: Port, steps: &mut Steps) {
        let settings = self.server.settings(adapter.adapter);
        let mut ports = std::mem::take(&mut self.ports);
        overlay::service_ports_of(adapter.adapter, port, settings, &mut ports);
        self.open.clear();
        self.open.extend(ports.iter().map(|p| (p.protocol, p.target)));
        let wanted =
            WantedService { server: &self.server.name, adapter: adapter.adapter, settings, ports: &ports };
        let mut withheld = self.policy(adapter, port, steps);
        withheld.extend(self.service(adapter, port, &wanted, steps));
        if !withheld.is_empty() {
            steps.hold(Hold {
                adapter: Some(adapter.adapter.clone()),
                code: HoldCode::UpsertOnly,
                reason: format!(
                    "would be taken away, but the mode never removes anything: {}",
                    withheld.join(", ")
                ),
            });
        }
        self.ports = ports;
    }

    fn policy(&self, adapter: &Adapter<'_>, port: Port, steps: &mut Steps) -> Vec<String> {
        let settings = self.server.settings(adapter.adapter);
        let labels = overlay::adapter_policy_labels(&self.server.name, adapter.adapter);
        let sources = settings.policy_sources();
        let wanted = WantedPolicy {
            server: &self.server.name,
            labels: &labels,
            ports: &self.open,
            sources,
            source_book: sources.map_or("", |_| settings.managed_source_ranges()),
            keep_sources: false,
            own: Some(OwnPort { now: self.present_target(adapter) }),
            why_closed: "nobody asked for it",
        };
        let policies = adapter.objects.map_or(&[][..], |o| &o.policies);
        let Some(main) = main(policies, |p| is_policy_name(&p.metadata, self.server, adapter.adapter)) else {
            let name = name::adapter_policy(&self.server.name, adapter.adapter);
            let object = Object::NetworkPolicy(Box::new(desired::network_policy(self.server, name, &wanted)));
            steps.add(Stage::ExposePolicies, create(object, adapter.adapter, Cause::Running(port)));
            return Vec::new();
        };
        let mut withheld = self.update_policy(main, adapter.adapter, port, &wanted, steps);
        for surplus in policies.iter().filter(|p| !p.terminating && !std::ptr::eq(*p, main)) {
            let target = withdraw::target(Kind::NetworkPolicy, &surplus.object.metadata, self.server);
            if self.removal == Removal::Forbidden {
                withheld.push(target.to_string());
            } else {
                let effect =
                    withdraw::delete(target, Some(adapter.adapter), &Cause::SurplusPolicy, &surplus.seen);
                steps.add(Stage::NarrowPolicies, effect);
            }
        }
        withheld
    }

    /// One write; two where a policy opens something and loses sources: the loss follows the Service, which until then
    /// sends them.
    fn update_policy(
        &self,
        main: &Owned<NetworkPolicy>,
        adapter: &AdapterType,
        port: Port,
        wanted: &WantedPolicy<'_>,
        steps: &mut Steps,
    ) -> Vec<String> {
        let target = || withdraw::target(Kind::NetworkPolicy, &main.object.metadata, self.server);
        let mut write = |stage, seen, difference| {
            update(steps, stage, target, Some(adapter), Cause::Running(port), seen, difference);
        };
        let mut difference = overlay::network_policy(&main.object, main.in_shape, wanted, self.removal(main));
        let withheld = std::mem::take(&mut difference.withheld);
        if difference.narrows == Some(Narrows::AndOpens) {
            let opening = WantedPolicy { keep_sources: true, ..*wanted };
            let opening = overlay::network_policy(&main.object, main.in_shape, &opening, self.removal(main));
            if let Some(opened) = opening.applied_to(&main.object) {
                let narrowing = overlay::network_policy(&opened, false, wanted, self.removal(main));
                write(Stage::ExposePolicies, Some(&main.seen), opening);
                write(Stage::NarrowPolicies, None, narrowing);
                return withheld;
            }
        }
        let only = difference.narrows == Some(Narrows::Only);
        let stage = if only { Stage::NarrowPolicies } else { Stage::ExposePolicies };
        write(stage, Some(&main.seen), difference);
        withheld
    }

    /// A policy that selects other pods serves nobody here: what it has beyond what is wanted would be opened with its
    /// selector, so it goes in every mode.
    fn removal(&self, policy: &Owned<NetworkPolicy>) -> Removal {
        if policy.in_shape || isolates(&policy.object, self.cluster, self.server) {
            self.removal
        } else {
            Removal::Allowed
        }
    }

    /// Where the adapter's Service leads to now.
    fn present_target(&self, adapter: &Adapter<'_>) -> Option<u16> {
        let name = |s: &Service| {
            let name = s.metadata.name.as_deref().unwrap_or_default();
            self.server.name_template.adapter_of(name).as_ref() == Some(adapter.adapter)
        };
        let services = &adapter.objects?.services;
        let only = if let [only] = services.as_slice() { Some(only) } else { main(services, name) };
        overlay::present_target(&only?.object, adapter.adapter)
    }

    fn service(
        &mut self,
        adapter: &Adapter<'_>,
        port: Port,
        wanted: &WantedService<'_>,
        steps: &mut Steps,
    ) -> Vec<String> {
        let none = AdapterObjects::default();
        let services = &adapter.objects.unwrap_or(&none).services;
        self.server.name_template.render_into(adapter.adapter, &mut self.name);
        let Some(main) = main(services, |s| s.metadata.name.as_deref() == Some(&self.name)) else {
            steps.add(Stage::ExposeServices, self.create_service(wanted, Cause::Running(port)));
            return Vec::new();
        };
        let mut difference = overlay::service(main, wanted, self.removal);
        let mut withheld = std::mem::take(&mut difference.withheld);
        let mut fields = std::mem::take(&mut difference.replace);
        if main.object.metadata.name.as_deref() != Some(&self.name) {
            fields.push("metadata.name".to_owned());
        }
        let replaced = !fields.is_empty() && self.replace(main, &fields, wanted, steps, &mut withheld);
        if !replaced {
            let target = || withdraw::target(Kind::Service, &main.object.metadata, self.server);
            let cause = Cause::Running(port);
            update(
                steps,
                Stage::ExposeServices,
                target,
                Some(adapter.adapter),
                cause,
                Some(&main.seen),
                difference,
            );
        }
        for second in services.iter().filter(|s| !s.terminating && !std::ptr::eq(*s, main)) {
            self.second_service(adapter.adapter, second, steps, &mut withheld);
        }
        withheld
    }

    fn create_service(&self, wanted: &WantedService<'_>, cause: Cause) -> Effect {
        let object = Object::Service(Box::new(desired::service(self.server, &self.name, wanted)));
        create(object, wanted.adapter, cause)
    }
}

/// `UpsertOnly` takes nothing away.
pub(crate) fn removal(server: &ServerSpec) -> Removal {
    match server.mode {
        Mode::UpsertOnly => Removal::Forbidden,
        Mode::Sync | Mode::Observe => Removal::Allowed,
    }
}

/// The object that counts: of those that are not going away the one with the wanted name, else the first.
pub(crate) fn main<T>(objects: &[Owned<T>], has_name: impl Fn(&T) -> bool) -> Option<&Owned<T>> {
    let live = || objects.iter().filter(|o| !o.terminating);
    live().find(|o| has_name(&o.object)).or_else(|| live().next())
}

/// Whether the policy has the adapter's default name, without building it.
fn is_policy_name(metadata: &ObjectMeta, server: &ServerSpec, adapter: &AdapterType) -> bool {
    let rest = metadata.name.as_deref().and_then(|name| name.strip_prefix(server.name.as_str()));
    rest.and_then(|rest| rest.strip_prefix("-adapter-")) == Some(adapter.as_str())
}

fn create(object: Object, adapter: &AdapterType, cause: Cause) -> Effect {
    Effect::Create(Create { object, adapter: Some(adapter.clone()), reason: Reason::from(cause) })
}

/// Adds an update, if there is a difference. Without an identity seen it follows an earlier write to the object.
pub(crate) fn update(
    steps: &mut Steps,
    stage: Stage,
    target: impl Fn() -> dittofs_effects::ObjectRef,
    adapter: Option<&AdapterType>,
    cause: Cause,
    seen: Option<&Seen>,
    difference: Difference,
) {
    if difference.is_empty() {
        return;
    }
    let (patch, changes) = difference.into_parts();
    let effect = Update {
        target: target(),
        adapter: adapter.cloned(),
        reason: Reason { cause, changes },
        precondition: seen.map_or(Precondition::AfterEarlierWrite, |seen| Precondition::Seen(seen.clone())),
        guards: Vec::new(),
        patch,
    };
    steps.add(stage, Effect::Update(effect));
}
