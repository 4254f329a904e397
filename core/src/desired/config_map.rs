//! The ConfigMap with the server's configuration.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::ConfigMap;

use super::metadata;
use crate::name;
use crate::server::ServerSpec;

/// Key of the configuration in the ConfigMap, and the name of its file.
pub(crate) const CONFIG_KEY: &str = "config.yaml";

/// Builds the ConfigMap.
pub(crate) fn config_map(server: &ServerSpec, config: &str) -> ConfigMap {
    ConfigMap {
        metadata: metadata(server, name::config_map(&server.name), &[], BTreeMap::new()),
        data: Some(BTreeMap::from([(CONFIG_KEY.to_owned(), config.to_owned())])),
        ..ConfigMap::default()
    }
}
