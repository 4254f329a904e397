//! IP families and cluster addresses: the first family is for ever, a second one comes and goes with the policy.

use serde_json::{Value, json};

use super::{Pool, Refused, Spec, invalid, text};

const FAMILIES: [&str; 2] = ["IPv4", "IPv6"];

pub(super) fn settle(spec: &mut Spec, was: Option<&Spec>, pool: &mut Pool) -> Result<(), Refused> {
    keep(spec, was);
    let stated = list(spec, "ipFamilies");
    let had = was.map(|w| list(w, "ipFamilies")).unwrap_or_default();
    if let Some(first) = had.first()
        && stated.first().is_some_and(|f| f != first)
    {
        return Err(invalid("spec.ipFamilies[0]: Invalid value: primary family cannot change"));
    }
    let default = if stated.len() > 1 { "RequireDualStack" } else { "SingleStack" };
    spec.entry("ipFamilyPolicy").or_insert_with(|| json!(default));
    let primary = stated.first().cloned().unwrap_or_else(|| FAMILIES[0].to_owned());
    let mut families = vec![primary.clone()];
    if text(spec, "ipFamilyPolicy") == "SingleStack" {
        // A second family that was there before is given up; one that is newly stated contradicts the policy.
        if stated.len() > 1 && stated != had {
            return Err(invalid("spec.ipFamilyPolicy: Invalid value: SingleStack with two families"));
        }
    } else {
        families.extend(FAMILIES.iter().filter(|f| **f != primary).map(|f| (*f).to_owned()));
    }
    spec.insert("ipFamilies".to_owned(), json!(families));
    address(spec, &families, pool);
    Ok(())
}

/// What a write leaves out stays as it is.
fn keep(spec: &mut Spec, was: Option<&Spec>) {
    for field in ["ipFamilyPolicy", "ipFamilies", "clusterIP", "clusterIPs"] {
        if !spec.contains_key(field)
            && let Some(kept) = was.and_then(|w| w.get(field))
        {
            spec.insert(field.to_owned(), kept.clone());
        }
    }
}

/// One address for each family; those that are there stay. A headless Service has none.
fn address(spec: &mut Spec, families: &[String], pool: &mut Pool) {
    if text(spec, "clusterIP") == "None" {
        spec.insert("clusterIPs".to_owned(), json!(["None"]));
        return;
    }
    let mut addresses = list(spec, "clusterIPs");
    if addresses.is_empty() && !text(spec, "clusterIP").is_empty() {
        addresses.push(text(spec, "clusterIP").to_owned());
    }
    addresses.truncate(families.len());
    for family in &families[addresses.len()..] {
        addresses.push(pool.address(family));
    }
    spec.insert("clusterIP".to_owned(), json!(addresses.first()));
    spec.insert("clusterIPs".to_owned(), json!(addresses));
}

fn list(spec: &Spec, field: &str) -> Vec<String> {
    let list = spec.get(field).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}
