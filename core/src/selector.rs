//! Label selectors: which labels one selects, and how it is written down.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, LabelSelectorRequirement};

/// True when the selector selects these labels; an empty one selects everything (Kubernetes API conventions).
///
/// An operator that is not known selects: for policies that is the answer which assumes the least.
pub(crate) fn selects(selector: &LabelSelector, labels: &BTreeMap<String, String>) -> bool {
    let equal = selector.match_labels.iter().flatten().all(|(key, value)| labels.get(key) == Some(value));
    equal && selector.match_expressions.iter().flatten().all(|requirement| meets(requirement, labels))
}

fn meets(requirement: &LabelSelectorRequirement, labels: &BTreeMap<String, String>) -> bool {
    let value = labels.get(&requirement.key);
    let listed = || requirement.values.iter().flatten().any(|v| Some(v) == value);
    match requirement.operator.as_str() {
        "In" => listed(),
        "NotIn" => !listed(),
        "DoesNotExist" => value.is_none(),
        "Exists" => value.is_some(),
        _ => true,
    }
}

/// The selector as `kubectl --selector` takes it; `<all>` for an empty one.
pub(crate) fn written(selector: &LabelSelector) -> String {
    let equal = selector.match_labels.iter().flatten().map(|(key, value)| format!("{key}={value}"));
    let requirements = selector.match_expressions.iter().flatten().map(|r| {
        let values = r.values.iter().flatten().map(String::as_str).collect::<Vec<_>>().join(",");
        match r.operator.as_str() {
            "Exists" => r.key.clone(),
            "DoesNotExist" => format!("!{}", r.key),
            "In" => format!("{} in ({values})", r.key),
            "NotIn" => format!("{} notin ({values})", r.key),
            other => format!("{} {other} ({values})", r.key),
        }
    });
    let parts: Vec<_> = equal.chain(requirements).collect();
    if parts.is_empty() { "<all>".to_owned() } else { parts.join(",") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn requirement(operator: &str, values: &[&str]) -> LabelSelector {
        LabelSelector {
            match_labels: None,
            match_expressions: Some(vec![LabelSelectorRequirement {
                key: "tier".to_owned(),
                operator: operator.to_owned(),
                values: Some(values.iter().map(|v| (*v).to_owned()).collect()),
            }]),
        }
    }

    #[test]
    fn every_operator_selects_as_the_api_says() {
        let none = BTreeMap::new();
        let front = BTreeMap::from([("tier".to_owned(), "front".to_owned())]);
        let back = BTreeMap::from([("tier".to_owned(), "back".to_owned())]);
        for (operator, values, on_none, on_front, on_back, text) in [
            ("In", &["front", "mid"][..], false, true, false, "tier in (front,mid)"),
            ("NotIn", &["front"][..], true, false, true, "tier notin (front)"),
            ("Exists", &[][..], false, true, true, "tier"),
            ("DoesNotExist", &[][..], true, false, false, "!tier"),
            ("Someday", &["x"][..], true, true, true, "tier Someday (x)"),
        ] {
            let selector = requirement(operator, values);
            assert_eq!(selects(&selector, &none), on_none, "{operator} on none");
            assert_eq!(selects(&selector, &front), on_front, "{operator} on front");
            assert_eq!(selects(&selector, &back), on_back, "{operator} on back");
            assert_eq!(written(&selector), text);
        }
        let mut both = requirement("Exists", &[]);
        both.match_labels = Some(back.clone());
        assert!(selects(&both, &back) && !selects(&both, &front));
        assert_eq!(written(&both), "tier=back,tier");
        assert!(selects(&LabelSelector::default(), &none));
        assert_eq!(written(&LabelSelector::default()), "<all>");
    }
}
