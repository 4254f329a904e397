//! What the API server gives out: node ports and cluster addresses.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use dittofs_effects::Kind;
use serde_json::Value;

use super::super::{ObjectKey, World};
use super::{Refused, invalid};

/// What is left to give out, lowest first, so that the same calls give the same world.
pub(in crate::memory) struct Pool {
    range: RangeInclusive<u16>,
    used: BTreeSet<u16>,
    addresses: u64,
    given: u64,
}

impl Pool {
    /// A free node port.
    pub(super) fn node_port(&mut self) -> Result<u16, Refused> {
        let free = self.range.clone().find(|port| !self.used.contains(port));
        let free = free.ok_or(Refused::NodePortsExhausted)?;
        self.used.insert(free);
        Ok(free)
    }

    /// Keeps these from being given out: a port that loses its node port gets another one.
    pub(super) fn reserve<'a>(&mut self, ports: impl Iterator<Item = &'a i64>) {
        self.used.extend(ports.filter_map(|port| u16::try_from(*port).ok()));
    }

    /// Takes a node port that somebody states.
    pub(super) fn take(&mut self, stated: i64) -> Result<(), Refused> {
        let port = u16::try_from(stated).ok().filter(|p| self.range.contains(p));
        let port = port.ok_or_else(|| {
            invalid(&format!(
                "spec.ports.nodePort: Invalid value: {stated}: provided port is not in the valid range"
            ))
        })?;
        if !self.used.insert(port) {
            return Err(invalid(&format!(
                "spec.ports.nodePort: Invalid value: {stated}: provided port is already allocated"
            )));
        }
        Ok(())
    }

    /// An address that no Service has.
    pub(super) fn address(&mut self, family: &str) -> String {
        self.given += 1;
        let number = self.addresses + self.given;
        if family == "IPv6" {
            return format!("fd00::{number:x}");
        }
        format!("10.96.{}.{}", number / 256 % 256, number % 256)
    }

    pub(in crate::memory) fn addresses_given(&self) -> u64 {
        self.given
    }
}

impl World {
    /// What there is for this Service: what others have is taken.
    pub(in crate::memory) fn pool_for(&self, service: &ObjectKey) -> Pool {
        let others = self.iter().filter(|(key, _)| key.is(Kind::Service) && *key != service);
        let used = others.flat_map(|(_, other)| node_ports(other)).collect();
        Pool { range: self.node_ports.clone(), used, addresses: self.given, given: 0 }
    }
}

fn node_ports(service: &Value) -> impl Iterator<Item = u16> {
    let ports = service.pointer("/spec/ports").and_then(Value::as_array);
    let of_ports = ports.into_iter().flatten().filter_map(|port| port.get("nodePort"));
    of_ports
        .chain(service.pointer("/spec/healthCheckNodePort"))
        .filter_map(Value::as_u64)
        .filter_map(|port| u16::try_from(port).ok())
}
