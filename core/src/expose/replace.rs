//! Changes that only another Service can have (SAFE-05): reported, and done once somebody approved them.

use dittofs_effects::{AdapterType, Cause, Effect, Hold, HoldCode, Kind, Uid};
use k8s_openapi::api::core::v1::Service;

use super::Exposing;
use crate::cluster_view::Owned;
use crate::intent::service_problem;
use crate::order::{Stage, Steps};
use crate::overlay::{Removal, WantedService};
use crate::withdraw;

impl Exposing<'_> {
    /// Replaces the Service, if that is approved and possible; true when it is. Under another name the new one is
    /// there before the old one goes; under the same name that cannot be.
    pub(super) fn replace(
        &self,
        main: &Owned<Service>,
        fields: &[String],
        wanted: &WantedService<'_>,
        steps: &mut Steps,
        withheld: &mut Vec<String>,
    ) -> bool {
        let old = withdraw::target(Kind::Service, &main.object.metadata, self.server);
        let problem = if old.name == self.name {
            None
        } else {
            service_problem(&self.name, wanted.adapter, self.cluster)
        };
        if !self.is_approved(&main.seen.uid) || problem.is_some() {
            let problem = problem.map_or_else(String::new, |p| format!("; even then: {p}"));
            let how = approval(&main.seen.uid);
            let asked = format!("{} can differ only in another Service than {}", fields.join(", "), old.name);
            steps.hold(hold(
                wanted.adapter,
                format!("{asked}, which may get another external address: {how}{problem}"),
            ));
            return false;
        }
        if self.removal == Removal::Forbidden {
            withheld.push(format!("{old} (its replacement is approved)"));
            return false;
        }
        let deletion =
            withdraw::delete(old.clone(), Some(wanted.adapter), &Cause::ReplacementApproved, &main.seen);
        let creation = self.replacement(&old.name, wanted);
        let pair = if old.name == self.name { [deletion, creation] } else { [creation, deletion] };
        for effect in pair {
            steps.add(Stage::ExposeServices, effect);
        }
        true
    }

    /// The new Service. While the old one stands it still has the node port that was asked for: the new one is created
    /// without, and gets it by the next decision.
    fn replacement(&self, old: &str, wanted: &WantedService<'_>) -> Effect {
        let mut ports = wanted.ports.to_vec();
        if old != self.name {
            for port in &mut ports {
                port.node_port = None;
            }
        }
        self.create_service(&WantedService { ports: &ports, ..*wanted }, Cause::ReplacementApproved)
    }

    /// A second Service of the adapter: the one that the template names stays, this one needs an approval to go.
    pub(super) fn second_service(
        &self,
        adapter: &AdapterType,
        second: &Owned<Service>,
        steps: &mut Steps,
        withheld: &mut Vec<String>,
    ) {
        let target = withdraw::target(Kind::Service, &second.object.metadata, self.server);
        if !self.is_approved(&second.seen.uid) {
            let how = approval(&second.seen.uid);
            let reason = format!("{} is a second Service of this adapter; to delete it: {how}", target.name);
            steps.hold(hold(adapter, reason));
        } else if self.removal == Removal::Forbidden {
            withheld.push(format!("{target} (its removal is approved)"));
        } else {
            let effect = withdraw::delete(target, Some(adapter), &Cause::ReplacementApproved, &second.seen);
            steps.add(Stage::ExposeServices, effect);
        }
    }

    fn is_approved(&self, uid: &Uid) -> bool {
        self.server.approved_replacement.as_ref() == Some(uid)
    }
}

fn approval(uid: &Uid) -> String {
    format!("annotate the DittoServer with dittofs.io/approve-replace={uid}")
}

fn hold(adapter: &AdapterType, reason: String) -> Hold {
    Hold { adapter: Some(adapter.clone()), code: HoldCode::ReplaceRequired, reason }
}
