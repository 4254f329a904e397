//! The ConfigMap: its one key is ours.

use dittofs_effects::Change;
use k8s_openapi::api::core::v1::ConfigMap;

use super::Difference;
use crate::desired::CONFIG_KEY;

/// Lays the configuration over the ConfigMap. Other keys are left alone: the server reads none of them.
pub(crate) fn config_map(observed: &ConfigMap, config: &str) -> Difference {
    let mut difference = Difference::default();
    let found = observed.data.as_ref().and_then(|data| data.get(CONFIG_KEY));
    if found.is_none_or(|found| found != config) {
        difference.ensure_object(&["data"], observed.data.is_some());
        difference.set(&["data", CONFIG_KEY], config);
        difference.changes.push(Change::Configuration);
    }
    difference
}
