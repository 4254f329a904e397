//! What the tour looks like.

use std::collections::BTreeSet;
use std::io;
use std::time::Duration;

use dittofs_interpreters::plan::{Action, EffectEntry, HoldEntry, PlanDocument, Style, Tone, wrap};
use embedded_kubernetes::Kind;
use serde_json::Value;

use super::snapshot::{self, Snapshot};
use super::{DemoError, NAME};
use crate::terminal;

/// Prints the tour.
pub struct Page {
    style: Style,
    width: usize,
    number: usize,
}

impl Page {
    pub fn new(style: Style, width: usize) -> Self {
        Self { style, width, number: 0 }
    }

    /// A step of the tour, and what happens in it.
    pub fn step(&mut self, title: &str, happens: &str) -> Result<(), DemoError> {
        self.number += 1;
        self.print("")?;
        self.print(&self.style.paint(Tone::Heading, &format!("{}. {title}", self.number)))?;
        self.paragraph(happens)
    }

    /// A sentence.
    pub fn paragraph(&self, text: &str) -> Result<(), DemoError> {
        for line in wrap(text, self.width.saturating_sub(3)) {
            self.print(&format!("   {line}"))?;
        }
        Ok(())
    }

    /// What the operator decided; what several decisions say in the same words is said once.
    pub fn plans(&self, plans: &[PlanDocument]) -> Result<(), DemoError> {
        let mut said = BTreeSet::new();
        for plan in plans {
            for effect in &plan.effects {
                self.entry(effect_head(effect), &effect.reason, &mut said)?;
            }
            for hold in &plan.holds {
                self.entry(hold_head(hold), &hold.reason, &mut said)?;
            }
        }
        Ok(())
    }

    fn entry(
        &self,
        (tone, head): (Tone, String),
        reason: &str,
        said: &mut BTreeSet<String>,
    ) -> Result<(), DemoError> {
        if !said.insert(format!("{head} {reason}")) {
            return Ok(());
        }
        self.print(&format!("   {}", self.style.paint(tone, &head)))?;
        // Two entries for one reason, such as those of two adapters.
        if said.insert(reason.to_owned()) || tone != Tone::Held {
            for line in wrap(reason, self.width.saturating_sub(7)) {
                self.print(&self.style.paint(Tone::Faint, &format!("       {line}")))?;
            }
        }
        Ok(())
    }

    /// What is in the cluster now.
    pub fn objects(&self, now: &Snapshot, took: Duration) -> Result<(), DemoError> {
        let mut rows = Vec::new();
        for service in now.list(Kind::Service).iter().filter(|service| !name(service).ends_with("-api")) {
            rows.push([
                format!("Service {}", name(service)),
                format!("{} {}", text(service, "/spec/type"), ports(service, "/spec/ports", "port")),
                address(service),
            ]);
        }
        for policy in now.list(Kind::NetworkPolicy) {
            rows.push([
                format!("NetworkPolicy {}", name(policy)),
                format!("admits {}", ports(policy, "/spec/ingress/0/ports", "port")),
                String::new(),
            ]);
        }
        if let Some(pod) = now.get(Kind::Pod, &format!("{NAME}-0")) {
            let uid = text(pod, "/metadata/uid");
            let set = now.get(Kind::StatefulSet, NAME).unwrap_or(&Value::Null);
            let declared = ports(set, "/spec/template/spec/containers/0/ports", "containerPort");
            rows.push([
                format!("Pod {NAME}-0"),
                format!("declares {declared}"),
                format!("uid …{}", tail(&uid)),
            ]);
        }
        if let Some((status, reason)) = now.condition("Ready") {
            let why = if status == "True" { reason } else { trouble(now).unwrap_or(reason) };
            rows.push([format!("DittoServer {NAME}"), format!("Ready {status}"), why.to_owned()]);
        }
        let after = format!("   after {}:", spoken(took));
        self.print(&self.style.paint(Tone::Faint, &after))?;
        if rows.is_empty() {
            return self.print("     nothing is left");
        }
        for [what, how, more] in rows {
            self.print(format!("     {what:<31} {how:<26} {more}").trim_end())?;
        }
        Ok(())
    }

    /// A line as it is.
    #[expect(clippy::unused_self, reason = "a page is what one prints to")]
    pub fn print(&self, line: &str) -> Result<(), DemoError> {
        terminal::print(&format!("{line}\n"))
            .map_err(|source: io::Error| DemoError::Io { what: "printing", source })
    }
}

fn effect_head(effect: &EffectEntry) -> (Tone, String) {
    let (sign, tone) = match effect.action {
        Action::Create => ("+", Tone::Added),
        Action::Update => ("~", Tone::Changed),
        Action::Delete => ("-", Tone::Removed),
    };
    (tone, format!("{sign} {} {}", effect.kind, effect.name))
}

fn hold_head(hold: &HoldEntry) -> (Tone, String) {
    let whose = hold.adapter.as_deref().unwrap_or("everything");
    (Tone::Held, format!("= hold {whose}: {}", hold.code))
}

/// Why the server is not ready, in one word: that of the first condition that says more than "not ready".
fn trouble(now: &Snapshot) -> Option<&str> {
    let conditions = ["Authenticated", "AdaptersDiscovered", "AdaptersReady"];
    let mut found = conditions.into_iter().filter_map(|name| now.condition(name));
    found.find(|(status, _)| *status != "True").map(|(_, reason)| reason)
}

fn text(object: &Value, pointer: &str) -> String {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn name(object: &Value) -> String {
    text(object, "/metadata/name")
}

fn ports(object: &Value, list: &str, field: &str) -> String {
    let ports = object.pointer(list).and_then(Value::as_array);
    let numbers: Vec<String> = ports.into_iter().flatten().map(|port| port[field].to_string()).collect();
    if numbers.is_empty() { "nothing".to_owned() } else { numbers.join(", ") }
}

fn address(service: &Value) -> String {
    snapshot::address(service).map(|ip| format!("at {ip}")).unwrap_or_default()
}

fn tail(uid: &str) -> &str {
    uid.get(uid.len().saturating_sub(6)..).unwrap_or(uid)
}

fn spoken(duration: Duration) -> String {
    match duration.as_secs() {
        0..=119 => format!("{:.1} s", duration.as_secs_f64()),
        seconds => format!("{} min", seconds / 60),
    }
}
