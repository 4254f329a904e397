//! All sections but the overrides.

use super::super::{
    AdapterDiscovery, AdapterServices, DittoServerSpec, Identity, Ldap, Metrics, Percona, SnapshotPolicy,
    Storage, rules, syntax,
};
use super::{At, overrides, size};

pub(super) fn check(spec: &DittoServerSpec, at: &mut At<'_>) {
    // A resource without any spec passes the schema too; it cannot be told from `spec: {}` here, and cannot be served.
    at.required("storage", spec.storage.as_ref());
    at.range("replicas", spec.replicas, 0..=1);
    at.range("terminationGracePeriodSeconds", spec.termination_grace_period_seconds, 36..=i64::MAX);
    spec.storage.iter().for_each(|section| storage(section, &mut at.at("storage")));
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
}

fn storage(storage: &Storage, at: &mut At<'_>) {
    at.required("metadataSize", storage.metadata_size.as_ref());
    size(at, "metadataSize", storage.metadata_size.as_ref());
    size(at, "contentSize", storage.content_size.as_ref());
    size(at, "controlPlaneSize", storage.control_plane_size.as_ref());
}

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
