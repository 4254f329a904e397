//! All sections but the overrides.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::ResourceRequirements;

use super::super::{
    AdapterDiscovery, AdapterServices, DittoServerSpec, Identity, Ldap, Metrics, Percona, Pod,
    SnapshotPolicy, Storage, rules, syntax,
};
use super::{At, overrides, size};

pub(super) fn check(spec: &DittoServerSpec, at: &mut At<'_>) {
    // A resource without any spec passes the schema too; it cannot be told from `spec: {}` here, and cannot be served.
    at.required("storage", spec.storage.as_ref());
    at.range("replicas", spec.replicas, 0..=1);
    at.range("terminationGracePeriodSeconds", spec.termination_grace_period_seconds, 36..=i64::MAX);
    spec.storage.iter().for_each(|section| storage(section, &mut at.at("storage")));
    spec.resources.iter().for_each(|section| resources(section, &mut at.at("resources")));
    if let Some(section) = &spec.control_plane {
        at.at("controlPlane").range("port", section.port, 1..=65535);
    }
    spec.identity.iter().for_each(|section| identity(section, &mut at.at("identity")));
    spec.metrics.iter().for_each(|section| metrics(section, &mut at.at("metrics")));
    spec.percona.iter().for_each(|section| percona(section, &mut at.at("percona")));
    for (index, policy) in spec.snapshot_policies.iter().flatten().enumerate() {
        snapshot_policy(policy, &mut at.at("snapshotPolicies").item(index));
    }
    spec.adapter_discovery.iter().for_each(|section| discovery(section, &mut at.at("adapterDiscovery")));
    spec.adapter_services.iter().for_each(|section| services(section, &mut at.at("adapterServices")));
    spec.pod.iter().for_each(|section| pod(section, &mut at.at("pod")));
}

/// What would take the place of something of the operator's own.
fn pod(pod: &Pod, at: &mut At<'_>) {
    let names = |map: &Option<BTreeMap<String, String>>| -> Vec<String> {
        map.iter().flat_map(|map| map.keys().cloned()).collect()
    };
    let (labels, annotations) = (names(&pod.labels), names(&pod.annotations));
    for (field, count) in [
        ("labels", labels.len()),
        ("annotations", annotations.len()),
        ("nodeSelector", pod.node_selector.as_ref().map_or(0, BTreeMap::len)),
    ] {
        at.at(field).at_most(64, count, "entries");
    }
    for (field, count) in [
        ("env", pod.env.as_ref().map_or(0, Vec::len)),
        ("volumes", pod.volumes.as_ref().map_or(0, Vec::len)),
        ("volumeMounts", pod.volume_mounts.as_ref().map_or(0, Vec::len)),
    ] {
        at.at(field).at_most(64, count, "items");
    }
    let (volumes, mounts) = (pod.volumes.iter().flatten(), pod.volume_mounts.iter().flatten());
    let used = [
        (labels.iter().any(|key| key == "app" || key == "instance"), rules::POD_LABELS),
        (annotations.iter().any(|key| key.starts_with("dittofs.io/")), rules::POD_ANNOTATIONS),
        (pod.env.iter().flatten().any(|e| rules::ENV.contains(&e.name.as_str())), rules::POD_ENV),
        (volumes.into_iter().any(|v| rules::VOLUMES.contains(&v.name.as_str())), rules::POD_VOLUMES),
        (mounts.into_iter().any(|m| rules::MOUNTS.contains(&m.mount_path.as_str())), rules::POD_MOUNTS),
    ];
    for (_, rule) in used.into_iter().filter(|(used, _)| *used) {
        at.breaks(rule, "");
    }
}

/// Sizes are parts of claim templates, and a missing one of metadata would be no volume at all.
fn storage(storage: &Storage, at: &mut At<'_>) {
    at.required("metadataSize", storage.metadata_size.as_ref());
    size(at, "metadataSize", storage.metadata_size.as_ref());
    size(at, "contentSize", storage.content_size.as_ref());
    size(at, "controlPlaneSize", storage.control_plane_size.as_ref());
}

/// Core types are left to whoever uses them, but for what v0.29 has in its schema.
fn resources(resources: &ResourceRequirements, at: &mut At<'_>) {
    for (field, map) in [("limits", &resources.limits), ("requests", &resources.requests)] {
        for (name, quantity) in map.iter().flatten().filter(|(_, quantity)| !syntax::is_quantity(&quantity.0))
        {
            at.at(field).at(name).add(&quantity.0, "must be a quantity such as 500m or 2Gi");
        }
    }
    let mut names = BTreeSet::new();
    for (index, claim) in resources.claims.iter().flatten().enumerate() {
        if !names.insert(&claim.name) {
            at.at("claims").item(index).at("name").add(&claim.name, "is claimed twice");
        }
    }
}

/// Only what the schema demands: whether a directory or a realm makes sense, v0.29 leaves to the server.
fn identity(identity: &Identity, at: &mut At<'_>) {
    if let Some(jwt) = &identity.jwt {
        at.at("jwt").required("secretRef", jwt.secret_ref.as_ref());
    }
    if let Some(Ldap { url, base_dn, bind_dn, .. }) = &identity.ldap {
        for (field, value) in [("url", url), ("baseDN", base_dn), ("bindDN", bind_dn)] {
            at.at("ldap").required(field, value.as_ref());
        }
    }
}

fn metrics(metrics: &Metrics, at: &mut At<'_>) {
    at.range("port", metrics.port, 1..=65535);
    if let Some(path) = metrics.path.as_ref().filter(|path| !path.starts_with('/')) {
        at.at("path").add(path, "must begin with /");
    }
}

fn percona(percona: &Percona, at: &mut At<'_>) {
    at.range("replicas", percona.replicas, 1..=5);
    if let Some(backup) = &percona.backup {
        at.at("backup").range("retentionDays", backup.retention_days, 1..=i64::MAX);
    }
}

fn snapshot_policy(policy: &SnapshotPolicy, at: &mut At<'_>) {
    at.required("share", policy.share.as_ref());
    at.required("interval", policy.interval.as_ref());
    at.range("keepLast", policy.keep_last, 0..=i64::MAX);
}

/// The polling interval is not looked at: v0.29 takes any text, and so must we.
fn discovery(discovery: &AdapterDiscovery, at: &mut At<'_>) {
    let Some(period) = &discovery.not_running_grace_period else { return };
    let mut at = at.at("notRunningGracePeriod");
    at.at_most(16, period.chars().count(), "characters");
    if !syntax::is_grace_period(period) {
        at.add(period, "must be a duration such as 45s or 1m30s, of at most 6 digits to a number");
    }
}

fn services(services: &AdapterServices, at: &mut At<'_>) {
    if let Some(template) = &services.name_template {
        name_template(template, &mut at.at("nameTemplate"));
    }
    if let Some(overrides) = &services.overrides {
        overrides::check(overrides, services.service_type, &mut at.at("overrides"));
    }
}

/// Names that come out wrong only with some adapter's type are held when they do; here is what can never be right.
fn name_template(template: &str, at: &mut At<'_>) {
    at.at_most(200, template.chars().count(), "characters");
    if !template.contains("{type}") {
        at.breaks(rules::TEMPLATE_TYPE, template);
    }
    if !syntax::is_template(template) {
        at.breaks(rules::TEMPLATE_FORM, template);
    }
    if crate::name::STATIC_SUFFIXES.iter().any(|suffix| template.ends_with(suffix)) {
        at.breaks(rules::TEMPLATE_SUFFIX, template);
    }
    if syntax::literal_length(template) > 63 {
        at.breaks(rules::TEMPLATE_LENGTH, template);
    }
}
