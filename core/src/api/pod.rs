//! `spec.pod`: what an administrator wants of the pod beyond what the server needs.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{
    Affinity, EnvVar, LocalObjectReference, Toleration, TopologySpreadConstraint, Volume, VolumeMount,
};

use super::macros::section;
use super::{rules, schema};

section! {
    /// The pod of the server, beyond what the server needs of it. Everything is unset by default.
    #[schemars(extend("x-kubernetes-validations" = rules::json(rules::POD)))]
    pub struct Pod {
        /// Labels for the pod, besides `app` and `instance`.
        #[schemars(with = "Option<schema::Texts>")]
        labels: BTreeMap<String, String>,
        /// Annotations for the pod.
        #[schemars(with = "Option<schema::Texts>")]
        annotations: BTreeMap<String, String>,
        /// Labels of the nodes on which the pod may run.
        #[schemars(with = "Option<schema::Texts>")]
        node_selector: BTreeMap<String, String>,
        /// Near what the pod is to run, and far from what.
        affinity: Affinity,
        /// Taints of nodes that the pod tolerates.
        tolerations: Vec<Toleration>,
        /// How pods are spread over the cluster.
        topology_spread_constraints: Vec<TopologySpreadConstraint>,
        /// Priority class of the pod.
        priority_class_name: String,
        /// Secrets with which the image is pulled.
        image_pull_secrets: Vec<LocalObjectReference>,
        /// Service account of the pod. Its token is not mounted.
        service_account_name: String,
        /// Variables of the container, besides the operator's own. The server reads its settings from `DITTOFS_…`.
        #[schemars(length(max = 64))]
        env: Vec<EnvVar>,
        /// Volumes of the pod, besides the operator's own.
        #[schemars(length(max = 64))]
        volumes: Vec<Volume>,
        /// Where they are mounted in the container.
        #[schemars(length(max = 64))]
        volume_mounts: Vec<VolumeMount>,
    }
}
