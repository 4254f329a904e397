//! What has happened to the objects of a workload that is ours.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::tools::{drop, edit, find};

/// One thing about them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Own {
    /// Somebody deleted the ConfigMap.
    ConfigGone,
    /// Somebody edited the configuration.
    ConfigEdited,
    /// Somebody else has the ConfigMap's name.
    ConfigForeign,
    /// The ConfigMap is being deleted.
    ConfigTerminating,
    /// Somebody deleted the signing key.
    SecretGone,
    /// Somebody emptied it.
    SecretEmpty,
    /// Somebody else has its name.
    SecretForeign,
    /// Somebody changed the signing key.
    SecretChanged,
    /// The API is published.
    ApiPublished,
    /// Somebody deleted the headless Service.
    HeadlessGone,
    /// Somebody else has its name.
    HeadlessForeign,
    /// A user's own Service is called like that of the metrics.
    MetricsForeign,
    /// Metrics were on.
    MetricsLeft,
    /// A claim, of a class that lets it grow.
    Claim,
    /// A claim, of a class that does not.
    FixedClaim,
    /// Somebody put a variable, a label and an annotation into the template.
    TemplateExtended,
    /// Somebody changed the image.
    TemplateEdited,
    /// Our books are gone.
    NoBooks,
    /// The rollout is broken: the pod is of an old revision, and not ready.
    BrokenRollout,
}

const ALL: [Own; 19] = [
    Own::ConfigGone,
    Own::ConfigEdited,
    Own::ConfigForeign,
    Own::ConfigTerminating,
    Own::SecretGone,
    Own::SecretEmpty,
    Own::SecretForeign,
    Own::SecretChanged,
    Own::ApiPublished,
    Own::HeadlessGone,
    Own::HeadlessForeign,
    Own::MetricsForeign,
    Own::MetricsLeft,
    Own::Claim,
    Own::FixedClaim,
    Own::TemplateExtended,
    Own::TemplateEdited,
    Own::NoBooks,
    Own::BrokenRollout,
];

const SET: &str = "StatefulSet";
const TEMPLATE: &str = "/spec/template";

/// Anything.
pub(super) fn own() -> impl Strategy<Value = Own> {
    use Own::{BrokenRollout, Claim, FixedClaim};
    prop_oneof![
        2 => prop::sample::select(ALL.to_vec()),
        1 => prop::sample::select(vec![BrokenRollout, BrokenRollout, Claim, FixedClaim]),
    ]
}

impl Own {
    /// Makes it so, as far as the objects are there.
    pub(super) fn apply(self, objects: &mut Vec<Value>) {
        let nobody = ("/metadata/ownerReferences", json!([]));
        let key = "srv-jwt-secret";
        match self {
            Self::ConfigGone => drop(objects, "ConfigMap", "srv-config"),
            Self::ConfigEdited => {
                edit(objects, "ConfigMap", "srv-config", &[("/data/config.yaml", json!("{}"))]);
            }
            Self::ConfigForeign => edit(objects, "ConfigMap", "srv-config", &[nobody]),
            Self::ConfigTerminating => edit(
                objects,
                "ConfigMap",
                "srv-config",
                &[
                    ("/metadata/deletionTimestamp", json!("2026-01-01T00:00:00Z")),
                    ("/metadata/finalizers", json!(["x/y"])),
                ],
            ),
            Self::SecretGone => drop(objects, "Secret", key),
            Self::SecretEmpty => edit(objects, "Secret", key, &[("/data", json!({}))]),
            Self::SecretForeign => {
                edit(objects, "Secret", key, &[nobody, ("/data", json!({}))]);
            }
            Self::SecretChanged => edit(objects, "Secret", key, &[("/data/jwt-secret", json!("b3RoZXI="))]),
            Self::ApiPublished => {
                edit(objects, "Service", "srv-api", &[("/spec/type", json!("LoadBalancer"))]);
            }
            Self::HeadlessGone => drop(objects, "Service", "srv-headless"),
            Self::HeadlessForeign => edit(objects, "Service", "srv-headless", &[nobody]),
            Self::MetricsForeign | Self::MetricsLeft => {
                let Some(mut service) = find(objects, "Service", "srv-api").map(|s| s.clone()) else {
                    return;
                };
                service["metadata"]["name"] = json!("srv-metrics");
                service["metadata"]["uid"] = json!("metrics");
                if self == Self::MetricsForeign {
                    service["metadata"]["ownerReferences"] = json!([]);
                }
                objects.push(service);
            }
            Self::Claim | Self::FixedClaim => objects.extend(claim(self == Self::Claim)),
            Self::TemplateExtended => extend(objects),
            Self::TemplateEdited => {
                let image = format!("{TEMPLATE}/spec/containers/0/image");
                edit(objects, SET, "srv", &[(image.as_str(), json!("other:1"))]);
            }
            Self::NoBooks => edit(objects, SET, "srv", &[("/metadata/annotations", json!({}))]),
            Self::BrokenRollout => {
                edit(
                    objects,
                    SET,
                    "srv",
                    &[("/status/updateRevision", json!("srv-9")), ("/status/updatedReplicas", json!(0))],
                );
                edit(objects, "Pod", "srv-0", &[("/status/conditions/0/status", json!("False"))]);
            }
        }
    }
}

fn extend(objects: &mut [Value]) {
    let label = format!("{TEMPLATE}/metadata/labels/team");
    let restarted = format!("{TEMPLATE}/metadata/annotations/example.com~1x");
    let variable = format!("{TEMPLATE}/spec/containers/0/env/-");
    edit(
        objects,
        SET,
        "srv",
        &[
            (label.as_str(), json!("storage")),
            (restarted.as_str(), json!("1")),
            (variable.as_str(), json!({ "name": "FOREIGN", "value": "1" })),
        ],
    );
}

fn claim(grows: bool) -> [Value; 2] {
    let claim = json!({
        "apiVersion": "v1", "kind": "PersistentVolumeClaim",
        "metadata": { "name": "metadata-srv-0", "namespace": "files", "uid": "claim", "resourceVersion": "7" },
        "spec": { "storageClassName": "class", "resources": { "requests": { "storage": "1Gi" } } },
    });
    let class = json!({
        "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": { "name": "class" },
        "allowVolumeExpansion": grows,
    });
    [claim, class]
}
