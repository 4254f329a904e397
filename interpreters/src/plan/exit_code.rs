//! What `--detailed-exitcode` says of a plan.

use std::collections::BTreeSet;

use dittofs_effects::{HoldCode, Kind};
use serde_json::Value;

use super::{Action, EffectEntry, PlanDocument};

impl PlanDocument {
    /// 0: nothing to do. 2: changes. 3: changes that withdraw something. 4: nothing to do, but something is held.
    ///
    /// Effects outrank holds. `Observe` and `Paused` hold nothing: they only stop the execution.
    pub fn exit_code(&self) -> u8 {
        if self.withdraws() {
            return 3;
        }
        if !self.effects.is_empty() {
            return 2;
        }
        let stops = |code: &str| HoldCode::ALL.iter().any(|c| c.as_str() == code && c.only_stops_execution());
        if self.holds.iter().any(|hold| !stops(&hold.code)) { 4 } else { 0 }
    }

    /// True if a Service or policy is deleted, a port closed, or a Service loses a port or its load balancer.
    fn withdraws(&self) -> bool {
        let closed = |port| !self.reachable.after.opens(port);
        self.effects.iter().any(EffectEntry::withdraws) || self.reachable.before.ports.iter().any(closed)
    }
}

impl EffectEntry {
    fn withdraws(&self) -> bool {
        match self.action {
            Action::Create => false,
            Action::Delete => self.is(Kind::Service) || self.is(Kind::NetworkPolicy),
            Action::Update => {
                let (before, after) = (self.before.as_ref(), self.after.as_ref());
                let ends = is_load_balancer(before) && !is_load_balancer(after);
                self.is(Kind::Service) && (ends || !ports(before).is_subset(&ports(after)))
            }
        }
    }
}

pub(super) fn is_load_balancer(service: Option<&Value>) -> bool {
    let kind = service.and_then(|s| s.pointer("/spec/type")).and_then(Value::as_str);
    kind == Some("LoadBalancer")
}

/// The ports of a Service, with their transports.
fn ports(service: Option<&Value>) -> BTreeSet<(i64, &str)> {
    let ports = service.and_then(|s| s.pointer("/spec/ports")).and_then(Value::as_array);
    ports
        .into_iter()
        .flatten()
        .filter_map(|port| {
            let protocol = port.get("protocol").and_then(Value::as_str).unwrap_or("TCP");
            Some((port.get("port")?.as_i64()?, protocol))
        })
        .collect()
}
