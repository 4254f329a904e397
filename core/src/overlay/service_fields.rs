//! Optional fields of an adapter's Service (CONF-02).
//!
//! A field that is asked for is set and named in a book; one that the book names and nobody asks for any more goes back
//! to the API's default; one that is neither is left alone. Fields that the type does not have go in the write that
//! leaves the type, or the API would refuse it (measured).

use dittofs_effects::Change;
use k8s_openapi::api::core::v1::{Service, ServiceSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde_json::{Value, json};

use super::service::{Leaving, type_of};
use super::{Difference, Removal, metadata};
use crate::api::ServiceType;
use crate::ownership::{self, MANAGED_FIELDS, MANAGED_SOURCE_RANGES};
use crate::server::AdapterSettings;

pub(super) fn service_fields(
    difference: &mut Difference,
    observed: &Service,
    spec: &ServiceSpec,
    settings: &AdapterSettings,
    leaving: Leaving,
    removal: Removal,
) {
    if leaving == Leaving::Yes {
        leave_type(difference, spec, settings.service_type);
    }
    let metadata = &observed.metadata;
    let is_booked = ownership::annotation(metadata, MANAGED_FIELDS).is_some();
    if is_booked || !settings.managed_fields().is_empty() {
        let mut kept = Vec::new();
        for field in fields(spec, settings) {
            let is_ours = is_ours(metadata, field.name);
            if removal == Removal::Forbidden && is_taken_away(&field, is_ours, metadata) {
                difference.withheld.push(field.name.to_owned());
                kept.push(field.name);
            } else if field.on_every_type || (field.exists && leaving != Leaving::Withheld) {
                field.bring(difference, is_ours);
            }
        }
        replaced_fields(difference, spec, settings, metadata);
        write_book_of_fields(difference, metadata, settings.managed_fields(), leaving, &kept);
    }
    source_ranges(difference, observed, spec, settings, leaving, removal);
}

fn is_ours(metadata: &ObjectMeta, field: &str) -> bool {
    metadata::booked(metadata, MANAGED_FIELDS).any(|name| name == field)
}

/// A field that only another Service could have is not ours yet; one that we may not give up still is.
fn write_book_of_fields(
    difference: &mut Difference,
    metadata: &ObjectMeta,
    wanted: &str,
    leaving: Leaving,
    withheld: &[&str],
) {
    let waits = |name: &str, difference: &Difference| difference.replace.iter().any(|field| field == name);
    let names: Vec<&str> = wanted.split(',').filter(|name| !waits(name, difference)).collect();
    let kept: Vec<&str> = metadata::booked(metadata, MANAGED_FIELDS)
        .filter(|name| leaving == Leaving::Withheld || withheld.contains(name) || waits(name, difference))
        .collect();
    metadata::write_book(difference, metadata, MANAGED_FIELDS, &names.join(","), &kept);
}

/// Whether a field would be removed; or `Local` left, on which the sources that our policy may not lose rely: under
/// `Cluster` the pod does not see clients' addresses, and nobody would get through.
fn is_taken_away(field: &Field, is_ours: bool, metadata: &ObjectMeta) -> bool {
    let removed = is_ours && field.wanted.is_none() && field.default.is_none() && field.observed.is_some();
    let local = json!("Local");
    let leaves_local = field.name == "externalTrafficPolicy"
        && field.observed.as_ref() == Some(&local)
        && field.wanted.as_ref() != Some(&local)
        && (is_ours || field.wanted.is_some())
        && ownership::annotation(metadata, MANAGED_SOURCE_RANGES).is_some_and(|book| !book.is_empty());
    field.exists && (removed || leaves_local)
}

/// One optional field: what is asked for and what is there.
struct Field {
    name: &'static str,
    wanted: Option<Value>,
    observed: Option<Value>,
    /// What the API has when nobody says anything; `None` when the field is then absent.
    default: Option<Value>,
    /// The wanted type has the field.
    exists: bool,
    on_every_type: bool,
}

impl Field {
    fn bring(&self, difference: &mut Difference, is_ours: bool) {
        let effective = self.observed.as_ref().or(self.default.as_ref());
        match (&self.wanted, &self.default) {
            (Some(wanted), _) if effective != Some(wanted) => {
                difference.set(&["spec", self.name], wanted.clone());
                difference.changes.push(Change::FieldSet(format!("{} to {}", self.name, plain(wanted))));
            }
            (None, default) if is_ours && effective != default.as_ref() => {
                match default {
                    Some(default) => difference.set(&["spec", self.name], default.clone()),
                    None => difference.remove(&["spec", self.name]),
                }
                difference.changes.push(Change::FieldReset(self.name.to_owned()));
            }
            (Some(_) | None, _) => {}
        }
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn fields(spec: &ServiceSpec, settings: &AdapterSettings) -> [Field; 5] {
    let asked = settings.fields();
    let external = settings.service_type != ServiceType::ClusterIP;
    let balanced = settings.service_type == ServiceType::LoadBalancer;
    let text = |t: &Option<String>| t.as_ref().map(|t| json!(t));
    [
        Field {
            name: "allocateLoadBalancerNodePorts",
            wanted: asked.allocate_node_ports.map(|b| json!(b)),
            observed: spec.allocate_load_balancer_node_ports.map(|b| json!(b)),
            default: Some(json!(true)),
            exists: balanced,
            on_every_type: false,
        },
        Field {
            name: "externalTrafficPolicy",
            wanted: asked.external_traffic_policy.map(|p| json!(p.as_str())),
            observed: text(&spec.external_traffic_policy),
            default: Some(json!("Cluster")),
            exists: external,
            on_every_type: false,
        },
        Field {
            name: "loadBalancerIP",
            wanted: text(&asked.load_balancer_ip),
            observed: text(&spec.load_balancer_ip),
            default: None,
            exists: balanced,
            on_every_type: false,
        },
        Field {
            name: "sessionAffinity",
            wanted: asked.session_affinity.map(|a| json!(a.as_str())),
            observed: text(&spec.session_affinity),
            default: Some(json!("None")),
            exists: true,
            on_every_type: true,
        },
        Field {
            name: "ipFamilyPolicy",
            wanted: asked.ip_family_policy.map(|p| json!(p.as_str())),
            observed: text(&spec.ip_family_policy),
            default: Some(json!("SingleStack")),
            exists: true,
            on_every_type: true,
        },
    ]
}

/// Class and first IP family: only another Service can have other ones (SAFE-05). A second family may be added.
fn replaced_fields(
    difference: &mut Difference,
    spec: &ServiceSpec,
    settings: &AdapterSettings,
    metadata: &ObjectMeta,
) {
    let asked = settings.fields();
    let class = "loadBalancerClass";
    let concerns_us = asked.load_balancer_class.is_some() || is_ours(metadata, class);
    if concerns_us && asked.load_balancer_class != spec.load_balancer_class {
        let stays_balanced =
            type_of(spec) == "LoadBalancer" && settings.service_type == ServiceType::LoadBalancer;
        match &asked.load_balancer_class {
            _ if stays_balanced => difference.replace.push(class.to_owned()),
            Some(wanted) => {
                difference.set(&["spec", class], wanted.as_str());
                difference.changes.push(Change::FieldSet(format!("{class} to {wanted}")));
            }
            None => {}
        }
    }
    let wanted: Vec<&str> = asked.ip_families.iter().map(|f| f.as_str()).collect();
    let found = spec.ip_families.as_deref().unwrap_or_default();
    let Some(first) = wanted.first() else { return };
    if found.first().is_some_and(|f| f != first) {
        difference.replace.push("ipFamilies".to_owned());
    } else if found.len() < wanted.len() {
        difference.set(&["spec", "ipFamilies"], json!(wanted));
        difference.changes.push(Change::FieldSet(format!("ipFamilies to {}", wanted.join(", "))));
    }
}

/// Clears what only the type that is left has.
fn leave_type(difference: &mut Difference, spec: &ServiceSpec, to: ServiceType) {
    let internal = to == ServiceType::ClusterIP;
    for (field, there) in [
        ("allocateLoadBalancerNodePorts", spec.allocate_load_balancer_node_ports.is_some()),
        ("healthCheckNodePort", spec.health_check_node_port.is_some()),
        ("loadBalancerClass", spec.load_balancer_class.is_some()),
        ("loadBalancerIP", spec.load_balancer_ip.is_some()),
        ("loadBalancerSourceRanges", spec.load_balancer_source_ranges.is_some()),
        ("externalTrafficPolicy", internal && spec.external_traffic_policy.is_some()),
    ] {
        if there {
            difference.remove(&["spec", field]);
        }
    }
}

/// Ranges that the book names and nobody asks for any more are removed; others' stay.
fn source_ranges(
    difference: &mut Difference,
    observed: &Service,
    spec: &ServiceSpec,
    settings: &AdapterSettings,
    leaving: Leaving,
    removal: Removal,
) {
    let wanted = &settings.fields().source_ranges;
    let book = settings.managed_source_ranges();
    let found = spec.load_balancer_source_ranges.as_deref().unwrap_or_default();
    let named = ownership::annotation(&observed.metadata, MANAGED_SOURCE_RANGES);
    if leaving == Leaving::Withheld {
        let kept: Vec<&str> = metadata::booked(&observed.metadata, MANAGED_SOURCE_RANGES).collect();
        return metadata::write_book(difference, &observed.metadata, MANAGED_SOURCE_RANGES, book, &kept);
    }
    if leaving == Leaving::No && (!wanted.is_empty() || named.is_some()) {
        let ours =
            |range: &str| metadata::booked(&observed.metadata, MANAGED_SOURCE_RANGES).any(|n| n == range);
        let stale = |range: &&String| ours(range) && !wanted.contains(*range);
        let removed: Vec<String> = found.iter().filter(stale).cloned().collect();
        let added: Vec<String> = wanted.iter().filter(|r| !found.contains(r)).cloned().collect();
        if removal == Removal::Forbidden && !removed.is_empty() {
            difference.withheld.extend(removed.iter().map(|range| format!("source range {range}")));
            write_ranges(difference, found, &[], &added);
            let kept: Vec<&str> = removed.iter().map(String::as_str).collect();
            return metadata::write_book(difference, &observed.metadata, MANAGED_SOURCE_RANGES, book, &kept);
        }
        write_ranges(difference, found, &removed, &added);
    }
    metadata::write_book(difference, &observed.metadata, MANAGED_SOURCE_RANGES, book, &[]);
}

fn write_ranges(difference: &mut Difference, found: &[String], removed: &[String], added: &[String]) {
    if removed.is_empty() && added.is_empty() {
        return;
    }
    let ranges: Vec<&String> = found.iter().filter(|r| !removed.contains(r)).chain(added).collect();
    if ranges.is_empty() {
        difference.remove(&["spec", "loadBalancerSourceRanges"]);
    } else {
        difference.set(&["spec", "loadBalancerSourceRanges"], json!(ranges));
    }
    if !removed.is_empty() {
        difference.changes.push(Change::SourcesRemoved(removed.to_vec()));
    }
    if !added.is_empty() {
        difference.changes.push(Change::SourcesAdded(added.to_vec()));
    }
}
