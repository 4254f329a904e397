//! What stands in the way of a new object: names that are taken or refused, objects that are going away.

use dittofs_effects::{AdapterType, HoldCode, Kind};

use super::Adapter;
use crate::cluster_view::{AdapterObjects, ClusterView, Refusal, Taken};
use crate::name::{self, NameProblem};
use crate::server::ServerSpec;

/// The obstacle of an adapter that is to be exposed, in the order of the codes.
pub(super) fn of_adapter(
    adapter: &Adapter<'_>,
    cluster: &ClusterView,
    server: &ServerSpec,
) -> Option<(HoldCode, String)> {
    let none = AdapterObjects::default();
    let objects = adapter.objects.unwrap_or(&none);
    let needs_service = objects.services.is_empty();
    let needs_policy = objects.policies.is_empty();
    if needs_service || needs_policy {
        let problem = name::adapter_name_problem(&server.name, adapter.adapter);
        let service = needs_service.then(|| server.name_template.render(adapter.adapter));
        let refused = service.as_deref().and_then(refused_name);
        if let Some(reason) = problem.or(refused) {
            return Some((HoldCode::NameTooLong, reason));
        }
        let policy = needs_policy.then(|| name::adapter_policy(&server.name, adapter.adapter));
        let by_service = service.and_then(|name| service_taken(&name, adapter.adapter, cluster));
        if let Some(reason) =
            by_service.or_else(|| policy.and_then(|name| policy_taken(&name, Some(adapter.adapter), cluster)))
        {
            return Some((HoldCode::NameTaken, reason));
        }
    }
    terminating(objects).or_else(|| exhausted(adapter.adapter, objects, cluster, server))
}

fn terminating(objects: &AdapterObjects) -> Option<(HoldCode, String)> {
    let service = objects.services.iter().all(|s| s.terminating).then(|| objects.services.first()).flatten();
    let policy = objects.policies.iter().all(|p| p.terminating).then(|| objects.policies.first()).flatten();
    let (kind, metadata) = match (service, policy) {
        (Some(service), _) => (Kind::Service, &service.object.metadata),
        (None, Some(policy)) => (Kind::NetworkPolicy, &policy.object.metadata),
        (None, None) => return None,
    };
    let name = metadata.name.as_deref().unwrap_or_default();
    Some((
        HoldCode::Terminating,
        format!("{kind} {name} is being deleted; the adapter is exposed again once it is gone"),
    ))
}

fn exhausted(
    adapter: &AdapterType,
    objects: &AdapterObjects,
    cluster: &ClusterView,
    server: &ServerSpec,
) -> Option<(HoldCode, String)> {
    if cluster.refusals.is_empty() {
        return None;
    }
    let rendered = [server.name_template.render(adapter)];
    let existing = objects.services.iter().filter_map(|s| s.object.metadata.name.as_ref());
    let refused = |name: &String| {
        cluster.refusals.get(&(Kind::Service, name.clone())) == Some(&Refusal::NodePortsExhausted)
    };
    rendered.iter().chain(existing).any(refused).then(|| {
        let reason =
            "the cluster has no free node port; allocateLoadBalancerNodePorts: false needs none".to_owned();
        (HoldCode::NodePortsExhausted, reason)
    })
}

/// Why no policy of ours may be written at all: the baseline cannot be.
pub(super) fn of_baseline(cluster: &ClusterView, server: &ServerSpec) -> Option<(HoldCode, String)> {
    if cluster.baselines.iter().any(|b| !b.terminating) {
        return None;
    }
    let name = name::baseline_policy(&server.name);
    if cluster.baselines.is_empty() {
        if let Some(reason) = name::server_name_problem(&server.name) {
            return Some((HoldCode::NameTooLong, reason));
        }
        let taken = policy_taken(&name, None, cluster)?;
        let why = "without it the first adapter policy would cut off the API";
        return Some((
            HoldCode::NameTaken,
            format!("the baseline policy cannot be written, and {why}: {taken}"),
        ));
    }
    Some((
        HoldCode::Terminating,
        format!("NetworkPolicy {name} is being deleted; it is written again once it is gone"),
    ))
}

/// Whether a name that the adapter would need is somebody else's.
pub(super) fn is_taken(adapter: &AdapterType, cluster: &ClusterView, server: &ServerSpec) -> bool {
    service_taken(&server.name_template.render(adapter), adapter, cluster).is_some()
        || policy_taken(&name::adapter_policy(&server.name, adapter), Some(adapter), cluster).is_some()
}

/// Why a Service of the adapter cannot be created under a name, if it cannot.
pub(crate) fn service_problem(name: &str, adapter: &AdapterType, cluster: &ClusterView) -> Option<String> {
    refused_name(name).or_else(|| service_taken(name, adapter, cluster)).or_else(|| {
        let own = cluster.adapter_services.get(name)?;
        Some(format!("Service {name} of {own} is being deleted"))
    })
}

fn refused_name(name: &str) -> Option<String> {
    match name::service_name_problem(name) {
        Some(NameProblem::Refused(reason)) => Some(reason),
        Some(NameProblem::Static) | None => None,
    }
}

fn service_taken(name: &str, adapter: &AdapterType, cluster: &ClusterView) -> Option<String> {
    if name::service_name_problem(name) == Some(NameProblem::Static) {
        return Some(format!(
            "the name {name} is the form of a server's own Service (-api, -headless, -metrics)"
        ));
    }
    let refused = cluster.refusals.get(&(Kind::Service, name.to_owned()));
    let others = cluster.adapter_services.get(name).filter(|owner| *owner != adapter);
    taken(Kind::Service, name, cluster.taken_services.get(name), refused)
        .or_else(|| others_has(Kind::Service, name, others))
}

fn policy_taken(name: &str, adapter: Option<&AdapterType>, cluster: &ClusterView) -> Option<String> {
    let refused = cluster.refusals.get(&(Kind::NetworkPolicy, name.to_owned()));
    let others = cluster.adapter_policies.get(name).filter(|owner| Some(*owner) != adapter);
    taken(Kind::NetworkPolicy, name, cluster.taken_policies.get(name), refused)
        .or_else(|| others_has(Kind::NetworkPolicy, name, others))
}

fn others_has(kind: Kind, name: &str, owner: Option<&AdapterType>) -> Option<String> {
    owner.map(|owner| format!("{kind} {name} exists and is left alone: it is that of {owner}"))
}

fn taken(kind: Kind, name: &str, taken: Option<&Taken>, refused: Option<&Refusal>) -> Option<String> {
    let who = match (taken, refused) {
        (Some(Taken::Foreign(who)), _) => format!("it is not this server's ({who})"),
        (Some(Taken::OtherRole(role)), _) => format!("this server uses it in another role ({role})"),
        (None, Some(Refusal::NameTaken)) => "the API server says that it exists".to_owned(),
        (None, Some(Refusal::NodePortsExhausted) | None) => return None,
    };
    Some(format!("{kind} {name} exists and is left alone: {who}"))
}
