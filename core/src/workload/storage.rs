//! Volumes: claim templates cannot be changed, and claims can only grow (B-4).

use dittofs_effects::{Cause, Change, Hold, HoldCode, Kind};
use k8s_openapi::api::apps::v1::StatefulSet;
use k8s_openapi::api::core::v1::PersistentVolumeClaim;

use super::own;
use crate::cluster_view::{ClusterView, Owned};
use crate::desired;
use crate::expose;
use crate::order::{Stage, Steps};
use crate::overlay::{self, Difference};
use crate::server::{ServerSpec, WorkloadSpec};

const REQUEST: [&str; 4] = ["spec", "resources", "requests", "storage"];

/// Lets claims grow where their class allows it, and says what cannot be done.
pub(super) fn bring(
    cluster: &ClusterView,
    set: &Owned<StatefulSet>,
    server: &ServerSpec,
    workload: &WorkloadSpec,
    steps: &mut Steps,
) {
    let wanted = desired::claim_templates(&workload.storage);
    let found = set.object.spec.as_ref().and_then(|spec| spec.volume_claim_templates.as_deref());
    let mut problems = found.map_or_else(Vec::new, |found| templates(found, &wanted));
    for template in &wanted {
        let name = name_of(template);
        let (Some(claim), Some(size)) = (cluster.own.claims.get(name), size_of(template)) else { continue };
        problems.extend(grow(cluster, server, claim, size, steps));
    }
    if !problems.is_empty() {
        let reason = problems.join("; ");
        steps.hold(Hold { adapter: None, code: HoldCode::StorageFixed, reason });
    }
}

/// What the StatefulSet's templates have otherwise than the resource, and would have for ever.
fn templates(found: &[PersistentVolumeClaim], wanted: &[PersistentVolumeClaim]) -> Vec<String> {
    let of = |name: &str, templates: &[PersistentVolumeClaim]| {
        templates.iter().find(|template| name_of(template) == name).cloned()
    };
    let mut problems = Vec::new();
    for template in wanted {
        let name = name_of(template);
        let Some(present) = of(name, found) else {
            problems.push(format!("the StatefulSet has no volume {name}, and can get none: {INSTEAD}"));
            continue;
        };
        if class_of(&present) != class_of(template) {
            let class = class_of(&present).unwrap_or("(the cluster's default)");
            problems.push(format!("volume {name} is of StorageClass {class}, and stays so: {INSTEAD}"));
        }
    }
    for name in found.iter().map(name_of).filter(|name| of(name, wanted).is_none()) {
        problems.push(format!("the StatefulSet keeps its volume {name}, which is not asked for: {INSTEAD}"));
    }
    problems
}

/// What somebody can do who wants it all the same. The pod and its volumes live on meanwhile.
const INSTEAD: &str = "delete the StatefulSet with --cascade=orphan, and it is made anew";

fn grow(
    cluster: &ClusterView,
    server: &ServerSpec,
    claim: &PersistentVolumeClaim,
    wanted: &str,
    steps: &mut Steps,
) -> Option<String> {
    let (name, size) = (name_of(claim), size_of(claim)?);
    if overlay::is_larger(size, wanted) {
        return Some(format!("claim {name} has {size}, and a volume cannot shrink to {wanted}"));
    }
    if !overlay::is_larger(wanted, size) {
        return None;
    }
    let class = class_of(claim).unwrap_or_default();
    match cluster.own.expandable.get(class) {
        Some(true) => {}
        Some(false) => {
            return Some(format!(
                "claim {name} stays at {size} instead of {wanted}: StorageClass {class} does not let volumes grow \
                 (allowVolumeExpansion)"
            ));
        }
        // Not read, or not there: nobody can say.
        None => {
            return Some(format!("claim {name} stays at {size}: its StorageClass {class:?} is not known"));
        }
    }
    let seen = claim_identity(claim)?;
    let mut difference = Difference::default();
    difference.set(&REQUEST, wanted);
    let (from, to) = (size.to_owned(), wanted.to_owned());
    difference.changes.push(Change::Amount { field: "size", from, to });
    let target = || own::target(Kind::PersistentVolumeClaim, name, server);
    expose::update(steps, Stage::Last, target, None, Cause::Grown, Some(&seen), difference);
    None
}

fn claim_identity(claim: &PersistentVolumeClaim) -> Option<dittofs_effects::Seen> {
    let metadata = &claim.metadata;
    Some(dittofs_effects::Seen {
        uid: dittofs_effects::Uid::new(metadata.uid.as_deref()?)?,
        resource_version: dittofs_effects::ResourceVersion::new(metadata.resource_version.as_deref()?)?,
    })
    .filter(|_| metadata.deletion_timestamp.is_none())
}

fn name_of(claim: &PersistentVolumeClaim) -> &str {
    claim.metadata.name.as_deref().unwrap_or_default()
}

fn size_of(claim: &PersistentVolumeClaim) -> Option<&str> {
    let requests = claim.spec.as_ref()?.resources.as_ref()?.requests.as_ref()?;
    requests.get("storage").map(|quantity| quantity.0.as_str())
}

/// Absent is the cluster's default class, which the claim names once it is there.
fn class_of(claim: &PersistentVolumeClaim) -> Option<&str> {
    claim.spec.as_ref()?.storage_class_name.as_deref()
}
