//! Whether everything is there that the pod is started with, Secrets included (F-3).

use dittofs_effects::{HoldCode, Kind};

use super::condition::Conditions;
use super::{Cycle, told};
use crate::cluster_view::Named;
use crate::server::WorkloadOwner;
use crate::session::condition::Status;

pub(super) const CONFIG_READY: &str = "ConfigReady";
const DATABASE_READY: &str = "DatabaseReady";

/// Kinds that concern the workload, and no adapter.
pub(super) const fn is_of_workload(kind: Kind) -> bool {
    match kind {
        Kind::ConfigMap | Kind::Secret | Kind::PersistentVolumeClaim | Kind::Pod | Kind::ServiceMonitor => {
            true
        }
        Kind::Service | Kind::NetworkPolicy | Kind::StatefulSet => false,
    }
}

/// Sets the condition, where the workload is ours. Of the database nobody says anything then: the server itself does.
pub(super) fn condition(cycle: &Cycle<'_>, conditions: &mut Conditions<'_>) {
    if cycle.server.workload == WorkloadOwner::Theirs || cycle.server.deleting {
        return;
    }
    conditions.remove(DATABASE_READY);
    match problem(cycle) {
        Some((reason, message)) => conditions.set(CONFIG_READY, Status::False, &reason, &message),
        None => conditions.set(
            CONFIG_READY,
            Status::True,
            "ConfigValid",
            "the configuration is there, and so are all Secrets that it needs",
        ),
    }
}

fn problem(cycle: &Cycle<'_>) -> Option<(String, String)> {
    if let Named::Foreign(who) = &cycle.cluster.own.config_map {
        let message = format!("ConfigMap {}-config is not this server's ({who})", cycle.server.name);
        return Some((HoldCode::NameTaken.as_str().to_owned(), message));
    }
    if let Some(hold) = cycle.holds().find(|hold| hold.code == HoldCode::SecretMissing) {
        return Some((hold.code.as_str().to_owned(), hold.reason.clone()));
    }
    let is_content = |kind: Kind| matches!(kind, Kind::ConfigMap | Kind::Secret);
    let mut undone = cycle.undone();
    let (effect, failure) =
        undone.find(|(effect, _)| effect.target().is_some_and(|target| is_content(target.kind)))?;
    Some(match failure {
        Some(failure) => (failure.reason.to_owned(), told(effect, &failure)),
        None => {
            let target = effect.target().map_or_else(String::new, |target| target.to_string());
            ("Pending".to_owned(), format!("{target} is not as wanted yet"))
        }
    })
}
