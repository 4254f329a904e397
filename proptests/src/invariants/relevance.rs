//! A namespace may hold a thousand servers' objects: what is not looked at makes no difference.

use dittofs_core::{
    Affiliation, ClusterObject, ServerSpec, decide, pod_matters, policy_matters, reachable, service_matters,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::Verdict;
use crate::case::{Decided, view_of};

pub(super) fn what_does_not_matter_makes_no_difference(d: &Decided) -> Verdict {
    let objects = d.before().objects().unwrap().into_iter().filter(|object| matters(object, &d.server));
    let few = view_of(&d.case, d.before(), objects.collect(), &d.server);
    let effects = decide(&d.observed, &few, &d.server);
    ensure!(effects == d.effects, "without what does not matter it decides {effects:#?}");
    let (all, few) = (reachable(d.seen(), &d.server), reachable(&few, &d.server));
    ensure!(all == few, "{all:?}\nis seen as {few:?} without what does not matter");
    Ok(())
}

fn matters(object: &ClusterObject, server: &ServerSpec) -> bool {
    match object {
        ClusterObject::Service(service) => {
            service_matters(name(&service.metadata), &Affiliation::of_service(service), server)
        }
        ClusterObject::NetworkPolicy(policy) => {
            policy_matters(name(&policy.metadata), &Affiliation::of_policy(policy), server)
        }
        ClusterObject::StatefulSet(set) => name(&set.metadata) == server.name,
        ClusterObject::Pod(pod) => pod_matters(&Affiliation::of_pod(pod), server),
    }
}

fn name(metadata: &ObjectMeta) -> &str {
    metadata.name.as_deref().unwrap_or_default()
}
