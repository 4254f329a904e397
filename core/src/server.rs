//! A DittoServer, resolved: defaults filled in, bad values replaced and reported, overrides merged.
//!
//! This is the `spec` of [`decide`](crate::decide). What is computed here, once per change of the resource, need not be
//! computed in every decision.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use dittofs_effects::{AdapterType, Port, Uid};

use crate::api::{EmptyList, Mode, PortRollout};
use crate::name::NameTemplate;

mod companion;
mod resolve;
mod settings;
mod workload;

pub use companion::Companion;
pub use settings::{AdapterSettings, ServiceFields};
pub use workload::{
    CertificateSpec, Credential, DatabaseSpec, KerberosSpec, LdapSpec, LoggingSpec, MachineAccountSpec,
    MetricsSpec, MonitorSpec, SecretKey, StorageSpec, WorkloadOwner, WorkloadSpec,
};

/// A DittoServer as decisions see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerSpec {
    /// Its name, which is also the name of its StatefulSet.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// Its uid. Without one (a file that was never applied) nothing in the cluster counts as ours.
    pub uid: Option<Uid>,
    /// It has a deletion timestamp.
    pub deleting: bool,
    /// Annotation `dittofs.io/paused: "true"`.
    pub paused: bool,
    /// Annotation `dittofs.io/approve-replace`: the uid of the Service that may be replaced.
    pub approved_replacement: Option<Uid>,
    /// `spec.replicas`: 0 or 1.
    pub replicas: i32,
    /// The port of the control plane's API.
    pub api_port: Port,
    /// The metrics port, when metrics are on.
    pub metrics_port: Option<Port>,
    /// MODE-01.
    pub mode: Mode,
    /// What a complete `[]` means.
    pub empty_list: EmptyList,
    /// DISC-01.
    pub polling_interval: Duration,
    /// SAFE-04.
    pub not_running_grace_period: Duration,
    /// SAFE-03.
    pub port_rollout: PortRollout,
    /// The template of Service names.
    pub name_template: NameTemplate,
    /// The template by default, by which existing Services are recognised too.
    pub default_template: NameTemplate,
    /// What adapters get that have no override.
    pub defaults: AdapterSettings,
    /// What adapters get that have one; the defaults are merged into each.
    pub overrides: BTreeMap<AdapterType, AdapterSettings>,
    /// Who brings the workload.
    pub workload: WorkloadOwner,
}

impl ServerSpec {
    /// A server of which only this is said; the rest is as the API has it by default.
    pub fn new(namespace: &str, name: &str) -> Self {
        Self {
            name: name.to_owned(),
            namespace: namespace.to_owned(),
            uid: None,
            deleting: false,
            paused: false,
            approved_replacement: None,
            replicas: 1,
            api_port: Port::literal::<8080>(),
            metrics_port: None,
            mode: Mode::Sync,
            empty_list: EmptyList::Hold,
            polling_interval: Duration::from_secs(30),
            not_running_grace_period: Duration::from_secs(45),
            port_rollout: PortRollout::OnNextRestart,
            name_template: NameTemplate::default_for(name),
            default_template: NameTemplate::default_for(name),
            defaults: AdapterSettings::default(),
            overrides: BTreeMap::new(),
            workload: WorkloadOwner::Theirs,
        }
    }

    /// Whether anything but the status may be written (MODE-01).
    pub fn may_write(&self) -> bool {
        !self.paused && self.mode != Mode::Observe
    }

    /// What the resource asks for this adapter.
    pub fn settings(&self, adapter: &AdapterType) -> &AdapterSettings {
        self.overrides.get(adapter).unwrap_or(&self.defaults)
    }

    /// The TCP ports that the server itself uses, and those of companions that somebody asked for: an adapter on one of
    /// them is held.
    pub fn reserved_tcp_ports(&self) -> BTreeMap<Port, &'static str> {
        let companions: BTreeSet<Companion> = self
            .overrides
            .iter()
            .flat_map(|(adapter, settings)| settings.companions_of(adapter))
            .filter(|companion| companion.is_tcp())
            .collect();
        let mut reserved: BTreeMap<_, _> =
            companions.iter().filter_map(|c| Some((c.fixed_target()?, c.purpose()))).collect();
        reserved.extend(self.metrics_port.map(|port| (port, "the metrics port")));
        reserved.insert(self.api_port, "the port of the API");
        reserved
    }
}
