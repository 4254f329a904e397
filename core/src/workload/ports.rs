//! The adapters' ports in the pod template (SRVC-05).

use std::collections::BTreeSet;

use dittofs_effects::AdapterType;
use k8s_openapi::api::apps::v1::StatefulSet;

use crate::cluster_view::container;
use crate::expose::removal;
use crate::intent::{Intent, Intents};
use crate::overlay::{self, Difference, Removal, WantedContainerPort, WantedServicePort};
use crate::server::{Companion, ServerSpec};

/// The adapters' ports laid over the template's. Without a report, and for adapters that are held, they stay.
pub(super) fn ports(intents: &Intents<'_>, set: &StatefulSet, server: &ServerSpec) -> Difference {
    let Some((index, container)) = container(set) else { return Difference::default() };
    if !intents.reported {
        return Difference::default();
    }
    let mut wanted = Vec::with_capacity(intents.adapters.len());
    let (mut held, mut gone) = (BTreeSet::new(), BTreeSet::new());
    let mut scratch: Vec<WantedServicePort<'_>> = Vec::new();
    let mut mdns = false;
    for adapter in &intents.adapters {
        match &adapter.intent {
            Intent::Hold(..) => held.extend(declared_names(adapter.adapter)),
            Intent::Withdraw(_) => {
                gone.insert(adapter.adapter.port_name());
            }
            Intent::Expose(port) => {
                let settings = server.settings(adapter.adapter);
                overlay::service_ports_of(adapter.adapter, *port, settings, &mut scratch);
                wanted.extend(
                    scratch.iter().filter_map(|p| declared(p, adapter.adapter.port_name(), &mut mdns)),
                );
            }
        }
    }
    let keeps = |name: &str| {
        // An entry without a usable name may be the adapter of any port that is not another's.
        let may_be_unnamed = intents.unnamed && !gone.contains(name);
        removal(server) == Removal::Forbidden || held.contains(name) || may_be_unnamed
    };
    overlay::container_ports(index, container.ports.as_deref(), &wanted, keeps)
}

/// Every name that a container port of the adapter may have.
fn declared_names(adapter: &AdapterType) -> impl Iterator<Item = &str> {
    let companions = Companion::ALL.into_iter().filter(|c| c.fits(adapter));
    let names = companions.filter_map(|c| -> Option<&str> { c.container_port_name() });
    names.chain([adapter.port_name()])
}

/// A port as the container declares it, under its own names; the one mDNS port serves all adapters.
fn declared<'a>(
    port: &WantedServicePort<'a>,
    own: &'a str,
    mdns: &mut bool,
) -> Option<WantedContainerPort<'a>> {
    let name = if port.name == own {
        own
    } else {
        let companion = Companion::ALL.into_iter().find(|c| c.service_port_name() == port.name)?;
        if companion == Companion::Mdns && std::mem::replace(mdns, true) {
            return None;
        }
        companion.container_port_name()?
    };
    Some(WantedContainerPort { name, port: port.target, protocol: port.protocol })
}
