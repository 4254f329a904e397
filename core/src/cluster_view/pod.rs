//! The server's pods: whether they are ready, and what a rollout compares.

use std::collections::BTreeMap;
use std::time::Duration;

use dittofs_effects::{ResourceVersion, Uid};
use k8s_openapi::api::apps::v1::StatefulSet;
use k8s_openapi::api::core::v1::Pod;

use super::{MissingIdentity, Owned};
use crate::ownership::{self, APP, INSTANCE};
use crate::server::ServerSpec;

/// What it means that no pod is seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NoPod {
    /// A live cluster: there is none, so nothing is served.
    #[default]
    NotReady,
    /// A file, in which nobody put it: the server counts as ready.
    Ready,
}

/// A pod of the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodView {
    /// Its name.
    pub name: String,
    /// Its uid.
    pub uid: Uid,
    /// Its version, where it is known: who does not know it cannot delete the pod.
    pub version: Option<ResourceVersion>,
    /// Its `controller-revision-hash`: the revision it was made from.
    pub revision: String,
    /// Its labels, which policies select by.
    pub labels: BTreeMap<String, String>,
    /// Its annotations; a rollout restart sets one in the template.
    pub annotations: BTreeMap<String, String>,
    /// Condition Ready is True.
    pub ready: bool,
    /// It has a deletion timestamp.
    pub terminating: bool,
    /// How long it may take to stop: what its deletion said, else what its spec says, else Kubernetes' default of 30 s.
    pub grace: Duration,
}

impl PodView {
    pub(super) fn new(pod: &Pod) -> Result<Self, MissingIdentity> {
        let name = pod.metadata.name.clone().unwrap_or_default();
        let Some(uid) = pod.metadata.uid.as_deref().and_then(Uid::new) else {
            return Err(MissingIdentity { kind: "Pod", name, field: "uid" });
        };
        let conditions = pod.status.as_ref().and_then(|s| s.conditions.as_ref());
        let ready = conditions.into_iter().flatten().any(|c| c.type_ == "Ready" && c.status == "True");
        Ok(Self {
            name,
            uid,
            version: pod.metadata.resource_version.as_deref().and_then(ResourceVersion::new),
            revision: ownership::label(&pod.metadata, "controller-revision-hash")
                .unwrap_or_default()
                .to_owned(),
            labels: pod.metadata.labels.clone().unwrap_or_default(),
            annotations: pod.metadata.annotations.clone().unwrap_or_default(),
            ready,
            terminating: pod.metadata.deletion_timestamp.is_some(),
            grace: grace(pod),
        })
    }
}

fn grace(pod: &Pod) -> Duration {
    let asked = pod.spec.as_ref().and_then(|spec| spec.termination_grace_period_seconds);
    let seconds = pod.metadata.deletion_grace_period_seconds.or(asked).unwrap_or(30);
    Duration::from_secs(u64::try_from(seconds).unwrap_or(0))
}

/// Whether the pod is the server's: it has the labels, and its controller, if it shows one, is the server's StatefulSet.
/// A stray pod with the same labels must not hold a server.
pub(super) fn is_of(pod: &Pod, server: &ServerSpec, set: Option<&Owned<StatefulSet>>) -> bool {
    let labelled = ownership::label(&pod.metadata, APP.0) == Some(APP.1)
        && ownership::label(&pod.metadata, INSTANCE) == Some(server.name.as_str());
    labelled
        && match (ownership::controller(&pod.metadata), set) {
            (None, _) => true,
            (Some(owner), Some(set)) => owner.uid == set.seen.uid.as_str(),
            (Some(owner), None) => owner.kind == "StatefulSet" && owner.name == server.name,
        }
}
