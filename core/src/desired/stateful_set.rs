//! The StatefulSet, as it is created.

use std::collections::BTreeMap;

use k8s_openapi::api::apps::v1::{
    RollingUpdateStatefulSetStrategy, StatefulSet, StatefulSetPersistentVolumeClaimRetentionPolicy,
    StatefulSetSpec, StatefulSetUpdateStrategy,
};
use k8s_openapi::api::core::v1::{PodSpec, PodTemplateSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};

use super::{metadata, pod_labels};
use crate::name;
use crate::ownership::CONFIG_HASH;
use crate::server::{ServerSpec, WorkloadSpec};

mod claims;
mod container;
mod env;
mod probes;
mod security;
mod volumes;

pub(crate) use claims::{CONTENT_PATH, CONTROL_PLANE_PATH, METADATA_PATH, claim_templates};

const RETAIN: &str = "Retain";

/// Builds the StatefulSet; `content` is the hash that its template carries, where it is to be said. Adapter ports are not in it: they come once the adapters are known, without a restart.
pub(crate) fn stateful_set(
    server: &ServerSpec,
    workload: &WorkloadSpec,
    content: Option<&str>,
) -> StatefulSet {
    StatefulSet {
        metadata: metadata(server, server.name.clone(), &[], BTreeMap::new()),
        spec: Some(StatefulSetSpec {
            replicas: Some(server.replicas),
            service_name: Some(name::headless_service(&server.name)),
            selector: LabelSelector { match_labels: Some(pod_labels(&server.name)), match_expressions: None },
            // Said, since the API server gives a strategy that is named later none, and the controller then brings pods
            // back from the old revision.
            update_strategy: Some(StatefulSetUpdateStrategy {
                type_: Some("RollingUpdate".to_owned()),
                rolling_update: Some(RollingUpdateStatefulSetStrategy {
                    partition: Some(0),
                    ..RollingUpdateStatefulSetStrategy::default()
                }),
            }),
            // Data outlives the server.
            persistent_volume_claim_retention_policy: Some(StatefulSetPersistentVolumeClaimRetentionPolicy {
                when_deleted: Some(RETAIN.to_owned()),
                when_scaled: Some(RETAIN.to_owned()),
            }),
            volume_claim_templates: Some(claim_templates(&workload.storage)),
            template: template(server, workload, content),
            ..StatefulSetSpec::default()
        }),
        status: None,
    }
}

/// What the resource wants of the pod comes after what the server needs of it, and takes the place of nothing.
fn template(server: &ServerSpec, workload: &WorkloadSpec, content: Option<&str>) -> PodTemplateSpec {
    let mounted = volumes::mounted(server, workload);
    let asked = &workload.pod;
    let container = container::container(server, workload, &mounted);
    let mut labels = pod_labels(&server.name);
    labels.extend(asked.labels.clone().unwrap_or_default());
    let mut annotations = asked.annotations.clone().unwrap_or_default();
    annotations.extend(content.map(|hash| (CONFIG_HASH.to_owned(), hash.to_owned())));
    let own = mounted.into_iter().filter_map(volumes::Mounted::into_volume);
    PodTemplateSpec {
        metadata: Some(ObjectMeta {
            labels: Some(labels),
            annotations: Some(annotations).filter(|annotations| !annotations.is_empty()),
            ..ObjectMeta::default()
        }),
        spec: Some(PodSpec {
            containers: vec![container],
            volumes: Some(own.chain(asked.volumes.iter().flatten().cloned()).collect()),
            automount_service_account_token: Some(false),
            termination_grace_period_seconds: Some(workload.grace_seconds),
            security_context: Some(workload.pod_security_context.clone()),
            node_selector: asked.node_selector.clone(),
            affinity: asked.affinity.clone(),
            tolerations: asked.tolerations.clone(),
            topology_spread_constraints: asked.topology_spread_constraints.clone(),
            priority_class_name: asked.priority_class_name.clone(),
            image_pull_secrets: asked.image_pull_secrets.clone(),
            service_account_name: asked.service_account_name.clone(),
            ..PodSpec::default()
        }),
    }
}
