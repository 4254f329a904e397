//! Node ports: kept by the port's name, given out where the type needs them, refused where it has none.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Pool, Refused, Spec, invalid, is_external, kind, ports_mut};

pub(super) fn settle(spec: &mut Spec, was: Option<&Spec>, pool: &mut Pool) -> Result<(), Refused> {
    let before = before(was);
    pool.reserve(before.values());
    if !is_external(spec) {
        return release(spec, &before);
    }
    // A port over two transports has one node port, given out once.
    let mut shared: BTreeMap<i64, i64> = BTreeMap::new();
    let allocate =
        kind(spec) == "NodePort" || spec.get("allocateLoadBalancerNodePorts") != Some(&json!(false));
    if allocate {
        keep(spec, &before);
    }
    for port in ports_mut(spec) {
        let number = port.get("port").and_then(Value::as_i64).unwrap_or_default();
        if let Some(stated) = port.get("nodePort").and_then(Value::as_i64) {
            let ours = before.values().any(|p| *p == stated) || shared.values().any(|p| *p == stated);
            if !ours {
                pool.take(stated)?;
            }
            shared.entry(number).or_insert(stated);
        }
    }
    for port in ports_mut(spec).filter(|_| allocate) {
        if port.contains_key("nodePort") {
            continue;
        }
        let number = port.get("port").and_then(Value::as_i64).unwrap_or_default();
        let given = match shared.get(&number) {
            Some(given) => *given,
            None => i64::from(pool.node_port()?),
        };
        shared.insert(number, given);
        port.insert("nodePort".to_owned(), json!(given));
    }
    Ok(())
}

/// Node ports so far, by the name of the port.
fn before(was: Option<&Spec>) -> BTreeMap<String, i64> {
    let ports = was.and_then(|w| w.get("ports")).and_then(Value::as_array);
    ports.into_iter().flatten().filter_map(|p| Some((name(p), p.get("nodePort")?.as_i64()?))).collect()
}

fn name(port: &Value) -> String {
    port.get("name").and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// A patch that sends a port without its node port gets it back, if the name is the same and nobody has it.
fn keep(spec: &mut Spec, before: &BTreeMap<String, i64>) {
    let mut used: Vec<i64> =
        ports_mut(spec).filter_map(|p| p.get("nodePort").and_then(Value::as_i64)).collect();
    for port in ports_mut(spec).filter(|p| !p.contains_key("nodePort")) {
        let name = port.get("name").and_then(Value::as_str).unwrap_or_default();
        if let Some(kept) = before.get(name).filter(|kept| !used.contains(kept)) {
            used.push(*kept);
            port.insert("nodePort".to_owned(), json!(kept));
        }
    }
}

/// Those that were there go silently; one that is newly stated is refused.
fn release(spec: &mut Spec, before: &BTreeMap<String, i64>) -> Result<(), Refused> {
    for port in ports_mut(spec) {
        if let Some(stated) = port.remove("nodePort").and_then(|p| p.as_i64())
            && !before.values().any(|p| *p == stated)
        {
            return Err(invalid(
                "spec.ports.nodePort: Forbidden: may not be used when `type` is 'ClusterIP'",
            ));
        }
    }
    Ok(())
}
