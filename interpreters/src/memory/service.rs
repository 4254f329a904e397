//! What the API server fills in, keeps, drops and refuses in a Service: `prepare`, `validate`, `drop`, `default`.
//!
//! Measured against kube-apiserver 1.35; the cluster is one that can do both IP families.

use serde_json::{Map, Value, json};

mod families;
mod node_ports;
mod pool;

pub(super) use pool::Pool;

/// Why a Service is not written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// 422, with the words of the API server.
    Invalid(String),
    /// 500, "range is full".
    NodePortsExhausted,
}

/// The fields of a Service's spec.
type Spec = Map<String, Value>;

/// Makes of a posted or patched Service what is stored, or refuses it.
pub(super) fn admit(new: &mut Value, old: Option<&Value>, pool: &mut Pool) -> Result<(), Refused> {
    let was = old.and_then(|o| o.get("spec")).and_then(Value::as_object);
    let Some(service) = new.as_object_mut() else { return Err(invalid("spec: Required value")) };
    let Some(Value::Object(mut spec)) = service.remove("spec") else {
        return Err(invalid("spec: Required value"));
    };
    fill_in(&mut spec);
    refuse(&spec, was)?;
    drop_what_the_type_has_not(&mut spec);
    fill_in_for_type(&mut spec, pool)?;
    node_ports::settle(&mut spec, was, pool)?;
    families::settle(&mut spec, was, pool)?;
    let balanced = kind(&spec) == "LoadBalancer";
    service.insert("spec".to_owned(), Value::Object(spec));
    let status = service.entry("status").or_insert_with(|| json!({}));
    if let Some(status) = status.as_object_mut() {
        // Leaving LoadBalancer gives the external address up.
        if !balanced || !status.contains_key("loadBalancer") {
            status.insert("loadBalancer".to_owned(), json!({}));
        }
    }
    Ok(())
}

fn fill_in(spec: &mut Spec) {
    spec.entry("type").or_insert_with(|| json!("ClusterIP"));
    spec.entry("sessionAffinity").or_insert_with(|| json!("None"));
    spec.entry("internalTrafficPolicy").or_insert_with(|| json!("Cluster"));
    if text(spec, "sessionAffinity") == "ClientIP" {
        spec.entry("sessionAffinityConfig")
            .or_insert_with(|| json!({"clientIP": {"timeoutSeconds": 10_800}}));
    } else {
        spec.remove("sessionAffinityConfig");
    }
    for port in ports_mut(spec) {
        port.entry("protocol").or_insert_with(|| json!("TCP"));
        if let Some(number) = port.get("port").cloned() {
            port.entry("targetPort").or_insert(number);
        }
    }
}

/// What cannot be had: on creation, fields of another type; on update, what only another Service could have.
fn refuse(spec: &Spec, was: Option<&Spec>) -> Result<(), Refused> {
    let kind = kind(spec);
    refuse_ports(spec)?;
    if kind != "LoadBalancer" && has_entries(spec, "loadBalancerSourceRanges") {
        return Err(invalid(
            "spec.LoadBalancerSourceRanges: Forbidden: may only be used when `type` is 'LoadBalancer'",
        ));
    }
    match was {
        None => {
            for (field, types) in [
                ("externalTrafficPolicy", &["NodePort", "LoadBalancer"][..]),
                ("loadBalancerClass", &["LoadBalancer"]),
                ("allocateLoadBalancerNodePorts", &["LoadBalancer"]),
            ] {
                if spec.contains_key(field) && !types.contains(&kind) {
                    return Err(invalid(&format!(
                        "spec.{field}: Forbidden: may not be used when `type` is {kind}"
                    )));
                }
            }
        }
        Some(was) => {
            let stays = kind == "LoadBalancer" && self::kind(was) == "LoadBalancer";
            if stays && spec.get("loadBalancerClass") != was.get("loadBalancerClass") {
                return Err(invalid("spec.loadBalancerClass: Invalid value: may not change once set"));
            }
        }
    }
    Ok(())
}

fn refuse_ports(spec: &Spec) -> Result<(), Refused> {
    let ports: Vec<&Value> = spec.get("ports").and_then(Value::as_array).into_iter().flatten().collect();
    if ports.is_empty() {
        return Err(invalid("spec.ports: Required value"));
    }
    for (index, port) in ports.iter().enumerate() {
        let before = &ports[..index];
        if before.iter().any(|other| other.get("name") == port.get("name")) {
            return Err(invalid(&format!("spec.ports[{index}].name: Duplicate value")));
        }
        let end = |p: &Value| (p.get("port").cloned(), p.get("protocol").cloned());
        if before.iter().any(|other| end(other) == end(port)) {
            return Err(invalid(&format!("spec.ports[{index}]: Duplicate value")));
        }
        if !port.get("port").and_then(Value::as_i64).is_some_and(|n| (1..=65_535).contains(&n)) {
            return Err(invalid(&format!(
                "spec.ports[{index}].port: Invalid value: must be between 1 and 65535, inclusive"
            )));
        }
    }
    Ok(())
}

/// Silently, as measured: whoever keeps stating such a field sees a difference for ever.
fn drop_what_the_type_has_not(spec: &mut Spec) {
    let balanced = kind(spec) == "LoadBalancer";
    let external = is_external(spec);
    if !balanced {
        spec.remove("loadBalancerClass");
        spec.remove("allocateLoadBalancerNodePorts");
    }
    if !external {
        spec.remove("externalTrafficPolicy");
    }
    if !(balanced && text(spec, "externalTrafficPolicy") == "Local") {
        spec.remove("healthCheckNodePort");
    }
}

fn fill_in_for_type(spec: &mut Spec, pool: &mut Pool) -> Result<(), Refused> {
    if is_external(spec) {
        spec.entry("externalTrafficPolicy").or_insert_with(|| json!("Cluster"));
    }
    if kind(spec) == "LoadBalancer" {
        spec.entry("allocateLoadBalancerNodePorts").or_insert_with(|| json!(true));
        if text(spec, "externalTrafficPolicy") == "Local" && !spec.contains_key("healthCheckNodePort") {
            spec.insert("healthCheckNodePort".to_owned(), json!(pool.node_port()?));
        }
    }
    Ok(())
}

fn kind(spec: &Spec) -> &str {
    text(spec, "type")
}

fn text<'a>(spec: &'a Spec, field: &str) -> &'a str {
    spec.get(field).and_then(Value::as_str).unwrap_or_default()
}

fn is_external(spec: &Spec) -> bool {
    matches!(kind(spec), "NodePort" | "LoadBalancer")
}

fn has_entries(spec: &Spec, field: &str) -> bool {
    spec.get(field).and_then(Value::as_array).is_some_and(|list| !list.is_empty())
}

fn ports_mut(spec: &mut Spec) -> impl Iterator<Item = &mut Map<String, Value>> {
    let ports = spec.get_mut("ports").and_then(Value::as_array_mut);
    ports.into_iter().flatten().filter_map(Value::as_object_mut)
}

fn invalid(why: &str) -> Refused {
    Refused::Invalid(why.to_owned())
}
