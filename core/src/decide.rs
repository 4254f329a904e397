//! The policy.

use dittofs_effects::Effect;

use crate::cluster_view::ClusterView;
use crate::observation::Observation;
use crate::server::ServerSpec;

/// Decides.
pub fn decide(observed_adapters: &Observation, observed_k8s: &ClusterView, spec: &ServerSpec) -> Vec<Effect> {
    let _ = (observed_adapters, observed_k8s, spec);
    Vec::new()
}
