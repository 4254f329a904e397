//! What the StatefulSet stands on: ConfigMap, Secrets and the server's own Services; and the ServiceMonitor.
//!
//! An object that somebody else controls is never written and never deleted, whatever its name (C-4, C-5).

use std::collections::BTreeMap;

use dittofs_effects::{Cause, Create, Delete, Effect, Hold, HoldCode, Kind, Object, ObjectRef, Reason, Seen};
use k8s_openapi::api::core::v1::{ConfigMap, Service};
use serde_json::Value;

use super::content::Content;
use super::secrets;
use crate::api::{Mode, ServiceType};
use crate::cluster_view::{ClusterView, Named, Owned, Refusal};
use crate::desired::{self, WorkloadObjects};
use crate::expose::{self, removal};
use crate::name;
use crate::order::{Stage, Steps};
use crate::overlay::{self, Difference};
use crate::server::{AdapterSettings, ServerSpec, ServiceFields, WorkloadSpec};

/// What a pod would be started on.
#[derive(Debug)]
pub(super) struct Ground {
    /// All of it is ours, or somebody's whom the resource names.
    pub holds: bool,
    /// What is in it, as far as everything is known.
    pub content: Option<Content>,
    config: String,
}

impl Ground {
    /// What a template that is created stands for.
    pub fn hash(&self) -> String {
        self.content.as_ref().map_or_else(|| Content::hash_of_config(&self.config), |c| c.hash().to_owned())
    }
}

/// Brings all of it to what is wanted.
pub(super) fn bring(
    cluster: &ClusterView,
    server: &ServerSpec,
    workload: &WorkloadSpec,
    steps: &mut Steps,
) -> Ground {
    let wanted = WorkloadObjects::new(server, workload, "");
    let mut bringing = Bringing { cluster, server, holds: true, steps };
    let config = desired::config(server, workload);
    bringing.config_map(wanted.config_map, &config);
    let secrets = secrets::bring(cluster, server, workload, bringing.steps);
    bringing.holds &= secrets;
    bringing.services(workload, [&wanted.headless, &wanted.api], wanted.metrics.as_ref());
    bringing.monitor(wanted.service_monitor);
    let content = Content::of(&config, server, workload, &cluster.own.secrets);
    let content = match content {
        Ok(content) => Some(content).filter(|_| bringing.holds),
        Err(missing) => {
            secrets::report(&missing, server, workload, cluster, bringing.steps);
            None
        }
    };
    Ground { holds: bringing.holds, content, config }
}

struct Bringing<'a> {
    cluster: &'a ClusterView,
    server: &'a ServerSpec,
    holds: bool,
    steps: &'a mut Steps,
}

impl Bringing<'_> {
    fn config_map(&mut self, wanted: ConfigMap, config: &str) {
        let name = name::config_map(&self.server.name);
        let found = &self.cluster.own.config_map;
        let Some(found) =
            self.found(Kind::ConfigMap, &name, found, Stage::Ground, || Object::ConfigMap(wanted.into()))
        else {
            return;
        };
        let difference = overlay::config_map(&found.object, config);
        self.update(Kind::ConfigMap, &name, &found.seen, Stage::Ground, difference);
    }

    fn services(
        &mut self,
        workload: &WorkloadSpec,
        [headless, api]: [&Service; 2],
        metrics: Option<&Service>,
    ) {
        let own = &self.cluster.own;
        self.service(&own.headless, headless, ServiceType::ClusterIP);
        self.service(&own.api, api, workload.api_service_type);
        match metrics {
            Some(wanted) => self.service(&own.metrics, wanted, ServiceType::ClusterIP),
            None => self.remove(Kind::Service, &name::metrics_service(&self.server.name), &own.metrics),
        }
    }

    fn service(&mut self, found: &Named<Service>, wanted: &Service, service_type: ServiceType) {
        let name = wanted.metadata.name.clone().unwrap_or_default();
        let create = || Object::Service(wanted.clone().into());
        let Some(found) = self.found(Kind::Service, &name, found, Stage::Ground, create) else { return };
        let Some(port) = overlay::own_port(wanted) else { return };
        let labels = wanted.metadata.labels.iter().flatten();
        let labels: Vec<_> = labels.map(|(key, value)| (key.as_str(), value.as_str())).collect();
        let settings = settings(service_type, wanted.metadata.annotations.clone().unwrap_or_default());
        let removal = removal(self.server);
        let difference =
            overlay::own_service(&found.object, &self.server.name, &labels, port, &settings, removal);
        self.update(Kind::Service, &name, &found.seen, Stage::Ground, difference);
    }

    /// A cluster that does not know the kind has none, and needs none.
    fn monitor(&mut self, wanted: Option<Value>) {
        let Some(found) = &self.cluster.own.service_monitor else { return };
        let name = name::metrics_service(&self.server.name);
        let Some(wanted) = wanted else { return self.remove(Kind::ServiceMonitor, &name, found) };
        // Nothing is started on it.
        let holds = self.holds;
        let create = || Object::ServiceMonitor(wanted.clone().into());
        if let Some(found) = self.found(Kind::ServiceMonitor, &name, found, Stage::Last, create) {
            let difference = overlay::service_monitor(&found.object, &wanted);
            self.update(Kind::ServiceMonitor, &name, &found.seen, Stage::Last, difference);
        }
        self.holds = holds;
    }

    /// The object, if it is there to be changed; else it is created, or it is said why it cannot be.
    fn found<'a, T>(
        &mut self,
        kind: Kind,
        name: &str,
        found: &'a Named<T>,
        stage: Stage,
        wanted: impl FnOnce() -> Object,
    ) -> Option<&'a Owned<T>> {
        match found {
            Named::Ours(owned) if !owned.terminating => return Some(owned),
            Named::Ours(_) => {
                let reason = format!("{kind} {name} is being deleted; it is made again once it is gone");
                self.steps.hold(Hold { adapter: None, code: HoldCode::Terminating, reason });
            }
            Named::Foreign(who) => {
                self.steps.hold(taken(kind, name, &format!("it is not this server's ({who})")));
            }
            Named::Free if is_refused(self.cluster, kind, name) => {
                self.steps.hold(taken(kind, name, "the API server says that it exists"));
            }
            Named::Free => {
                let reason = Reason::from(Cause::Wanted);
                let create = Create { object: wanted(), adapter: None, reason };
                self.steps.add(stage, Effect::Create(create));
                return None;
            }
        }
        self.holds = false;
        None
    }

    fn update(&mut self, kind: Kind, name: &str, seen: &Seen, stage: Stage, mut difference: Difference) {
        let withheld = std::mem::take(&mut difference.withheld);
        if !withheld.is_empty() {
            let what = withheld.join(", ");
            let reason = format!("{kind} {name} would lose, but the mode never removes anything: {what}");
            self.steps.hold(Hold { adapter: None, code: HoldCode::UpsertOnly, reason });
        }
        let target = || target(kind, name, self.server);
        expose::update(self.steps, stage, target, None, Cause::WantedOtherwise, Some(seen), difference);
    }

    /// What the resource does not ask for goes, if it is ours.
    fn remove<T>(&mut self, kind: Kind, name: &str, found: &Named<T>) {
        let Named::Ours(owned) = found else { return };
        if owned.terminating {
            return;
        }
        if self.server.mode == Mode::UpsertOnly {
            let reason = format!("{kind} {name} would be deleted, but the mode never removes anything");
            return self.steps.hold(Hold { adapter: None, code: HoldCode::UpsertOnly, reason });
        }
        let delete = Delete {
            target: target(kind, name, self.server),
            adapter: None,
            reason: Reason::from(Cause::NotWanted),
            precondition: owned.seen.clone(),
        };
        self.steps.add(Stage::WithdrawServices, Effect::Delete(delete));
    }
}

fn settings(service_type: ServiceType, annotations: BTreeMap<String, String>) -> AdapterSettings {
    let settings = AdapterSettings::default().with_annotations(annotations);
    settings.with_service(service_type, None, ServiceFields::default())
}

pub(super) fn target(kind: Kind, name: &str, server: &ServerSpec) -> ObjectRef {
    ObjectRef { kind, namespace: server.namespace.clone(), name: name.to_owned() }
}

pub(super) fn taken(kind: Kind, name: &str, who: &str) -> Hold {
    let reason = format!("{kind} {name} exists and is left alone: {who}");
    Hold { adapter: None, code: HoldCode::NameTaken, reason }
}

/// The API server said so, of an object that no cache shows.
pub(super) fn is_refused(cluster: &ClusterView, kind: Kind, name: &str) -> bool {
    cluster.refusals.get(&(kind, name.to_owned())) == Some(&Refusal::NameTaken)
}
