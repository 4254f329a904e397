//! What must hold after every single write of the operator.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use dittofs_core::PolicyPort;
use dittofs_core::effects::Protocol;
use embedded_kubernetes::Kind;
use serde_json::Value;
use tokio::sync::Notify;
use tokio::time::{Duration, Instant};

use super::answers::Answers;
use super::scene::{Scene, open, served};

/// The operator may have begun before a change of the resource, with an API server that is slow.
const SLACK: Duration = Duration::from_secs(20);
/// So long the operator waits for its watches (`run/pending.rs`).
const PATIENCE: Duration = Duration::from_secs(5);
const API_PORT: u16 = 8080;

/// Watches the operator; clones are the same one.
#[derive(Clone, Default)]
pub struct Monitor(Arc<Inner>);

#[derive(Default)]
struct Inner {
    state: Mutex<State>,
    answers: Mutex<Answers>,
    /// The write after which the process dies was done.
    pub crashes: Notify,
}

#[derive(Default)]
struct State {
    violations: Vec<String>,
    secrets: BTreeSet<String>,
    /// So many writes from now the process dies.
    dies_in: Option<u32>,
    words: Words,
    /// What a write of this process made: version and time, by path.
    own: BTreeMap<String, (String, Instant)>,
    /// Until when a watch may be on its way.
    late: Option<Instant>,
    /// From when till when one of the kinds that decide could not be seen.
    blind: Vec<(Instant, Instant)>,
}

/// A write of the operator, answered.
pub struct Write<'a> {
    pub method: &'a str,
    pub path: &'a str,
    pub body: &'a [u8],
    /// The status, and the version that it tells.
    pub answer: Option<(u16, String)>,
}

/// What the resource said, and until when.
#[derive(Default)]
struct Words {
    grace: Duration,
    hidden: BTreeMap<String, Instant>,
    trusted: Option<Instant>,
    frozen_since: Option<Instant>,
    upsert_since: Option<Instant>,
}

impl Monitor {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn answers(&self) -> MutexGuard<'_, Answers> {
        self.0.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn secret(&self, secret: &str) {
        if !self.state().secrets.contains(secret) {
            self.state().secrets.insert(secret.to_owned());
        }
    }

    pub fn secrets(&self) -> BTreeSet<String> {
        self.state().secrets.clone()
    }

    pub fn violation(&self, what: String) {
        self.state().violations.push(what);
    }

    pub fn violations(&self) -> Vec<String> {
        self.state().violations.clone()
    }

    /// The process dies after so many more writes.
    pub fn dies_in(&self, writes: Option<u32>) {
        self.state().dies_in = writes;
    }

    /// Whether this write is the last one of the process.
    pub fn is_last_write(&self) -> bool {
        let mut state = self.state();
        let Some(left) = state.dies_in else { return false };
        state.dies_in = left.checked_sub(1);
        if state.dies_in.is_none() {
            self.0.crashes.notify_one();
        }
        state.dies_in.is_none()
    }

    pub async fn crashes(&self) {
        self.0.crashes.notified().await;
    }

    /// The resource was written.
    pub fn heard(&self, server: &Value) {
        let (now, spec) = (Instant::now(), &server["spec"]);
        let (discovery, mut state) = (&spec["adapterDiscovery"], self.state());
        let words = &mut state.words;
        let grace = discovery["notRunningGracePeriod"].as_str().unwrap_or("45s");
        words.grace = Duration::from_secs(grace.trim_end_matches('s').parse().expect("whole seconds"));
        for entry in spec["adapterServices"]["overrides"].as_array().into_iter().flatten() {
            if entry["expose"] == false {
                let name = entry["adapter"].as_str().unwrap_or_default();
                words.hidden.insert(name.to_owned(), now + Duration::from_secs(1 << 30));
            }
        }
        if spec["adapterServices"]["overrides"].as_array().is_none_or(Vec::is_empty) {
            words.hidden.values_mut().for_each(|until| *until = (*until).min(now + SLACK));
        }
        if discovery["emptyList"] == "Trust" {
            words.trusted = Some(now + Duration::from_secs(1 << 30));
        } else {
            words.trusted = words.trusted.map(|until| until.min(now + SLACK));
        }
        let paused = server["metadata"]["annotations"]["dittofs.io/paused"] == "true";
        let since = |is, since: Option<Instant>| if is { since.or(Some(now)) } else { None };
        words.frozen_since = since(paused || discovery["mode"] == "Observe", words.frozen_since);
        words.upsert_since = since(discovery["mode"] == "UpsertOnly", words.upsert_since);
    }

    /// One of the kinds that decide cannot be seen.
    pub fn is_blind_for(&self, time: Duration) {
        let now = Instant::now();
        let mut state = self.state();
        if state.late.is_none_or(|until| until < now) {
            state.blind.push((now, now + time));
        }
    }

    /// A watch is about to be opened late: it was asked for before whatever makes the operator blind in the meantime.
    pub fn is_late_for(&self, time: Duration) {
        let until = Instant::now() + time + SLACK;
        let mut state = self.state();
        state.late = state.late.max(Some(until));
    }

    /// It can be seen again.
    pub fn sees_again(&self) {
        self.state().blind.clear();
    }

    /// Another process knows nothing of what this one wrote.
    pub fn forget_writes(&self) {
        self.state().own.clear();
    }

    /// The operator wrote an object of a kind that decides.
    pub fn wrote(&self, write: &Write<'_>, before: &Scene, after: &Scene) {
        let what = format!("{} {}", write.method, write.path);
        let checks = [
            self.is_allowed(write.method == "DELETE"),
            self.sees(),
            self.reads_its_own(write, before),
            foreign_objects(before, after),
            self.services(before, after),
            self.ports(before, after),
        ];
        for broken in checks.into_iter().filter_map(Result::err) {
            self.violation(format!("{what}: {broken}"));
        }
    }

    /// Nothing is decided on what is older than the process' own last write, for as long as it waits for its watches.
    fn reads_its_own(&self, write: &Write<'_>, before: &Scene) -> Result<(), String> {
        let Ok(body) = serde_json::from_slice::<Value>(write.body) else { return Ok(()) };
        let (mut state, now) = (self.state(), Instant::now());
        let path = match body["metadata"]["name"].as_str() {
            Some(name) => format!("{}/{name}", write.path),
            None => write.path.to_owned(),
        };
        let guards = body.as_array().into_iter().flatten();
        let guard = guards.into_iter().find(|guard| guard["path"] == "/metadata/resourceVersion");
        let said = guard.map_or(&body["preconditions"]["resourceVersion"], |guard| &guard["value"]).as_str();
        let is_old = match state.own.get(&path) {
            Some((version, at)) if now < *at + PATIENCE => {
                let number = |text: &str| text.parse::<u64>().unwrap_or_default();
                // A creation is old if what was created is there.
                let is_it = |kind: Kind, name: &str| path.ends_with(&format!("/{}/{name}", plural(kind)));
                let is_there = || before.objects().any(|(kind, name)| is_it(kind, name));
                said.map_or_else(is_there, |said| number(said) < number(version))
            }
            Some(_) | None => false,
        };
        match &write.answer {
            Some((200 | 201, version)) if write.method != "DELETE" => {
                state.own.insert(path, (version.clone(), now));
            }
            _ => {}
        }
        if is_old && write.method != "DELETE" {
            return Err("it was decided on a view that is older than the last write".to_owned());
        }
        Ok(())
    }

    /// Nothing is written on what may have changed unseen.
    fn sees(&self) -> Result<(), String> {
        let (state, now) = (self.state(), Instant::now());
        let is_blind = state.blind.iter().any(|(since, until)| *since + SLACK < now && now < *until);
        if is_blind { Err("it was written while one of the watches was broken".to_owned()) } else { Ok(()) }
    }

    fn is_allowed(&self, is_delete: bool) -> Result<(), String> {
        let (state, now) = (self.state(), Instant::now());
        let long = |since: Option<Instant>| since.is_some_and(|since| now > since + SLACK);
        if long(state.words.frozen_since) {
            return Err("MODE-01: written while paused or observed".to_owned());
        }
        if is_delete && long(state.words.upsert_since) {
            return Err("MODE-01: deleted under UpsertOnly".to_owned());
        }
        Ok(())
    }

    fn may_withdraw(&self, adapter: &str) -> bool {
        let state = self.state();
        let now = Instant::now();
        let hidden = state.words.hidden.get(adapter).is_some_and(|until| now <= *until);
        let trusted = state.words.trusted.is_some_and(|until| now <= until);
        let grace = state.words.grace;
        drop(state);
        hidden || self.answers().withdraw(adapter, grace, trusted)
    }

    /// A Service of an adapter goes for a cause alone.
    fn services(&self, before: &Scene, after: &Scene) -> Result<(), String> {
        for (adapter, objects) in &before.view(&before.spec()).adapters {
            for service in &objects.services {
                let name = service.object.metadata.name.as_deref().unwrap_or_default();
                let found = after.get(Kind::Service, name);
                let lives = found.is_some_and(|o| {
                    o["metadata"]["uid"] == service.seen.uid.as_str()
                        && o["metadata"]["deletionTimestamp"].is_null()
                });
                let others = objects.services.iter().filter(|s| !s.terminating).count() > 1;
                if !lives && !service.terminating && !others && !self.may_withdraw(adapter.as_str()) {
                    return Err(format!(
                        "SRVC-03, SAFE-06: Service {name} of {adapter} is gone, and nobody said so"
                    ));
                }
            }
        }
        Ok(())
    }

    /// Nothing opens that nobody wants, and nobody is cut off who is wanted (SAFE-01).
    fn ports(&self, before: &Scene, after: &Scene) -> Result<(), String> {
        let spec = after.spec();
        let (old, new) = (before.view(&before.spec()), after.view(&spec));
        if let Some(was_open) = open(&old, &spec) {
            let Some(is_open) = open(&new, &spec) else {
                return Err("SAFE-01: nothing isolates the pod any more".to_owned());
            };
            for (protocol, port) in is_open.difference(&was_open) {
                let wanted = match (protocol, port) {
                    (Protocol::Tcp, PolicyPort::Number(number)) => {
                        *number == API_PORT || self.answers().serve(u64::from(*number))
                    }
                    _ => false,
                };
                if !wanted {
                    return Err(format!("SAFE-01: {port:?}/{protocol} opens, and nobody is served there"));
                }
            }
        }
        let lost = served(&old, &spec);
        let lost: Vec<_> = lost.difference(&served(&new, &spec)).cloned().collect();
        for (adapter, port) in lost {
            if !self.may_withdraw(&adapter) && !self.answers().moved(&adapter, u64::from(port)) {
                return Err(format!("SAFE-01: {adapter} is cut off on {port}"));
            }
        }
        Ok(())
    }
}

/// What is not ours is never written (SAFE-02).
fn foreign_objects(before: &Scene, after: &Scene) -> Result<(), String> {
    for ((kind, name), object) in before.foreign() {
        if after.get(*kind, name) != Some(object) {
            return Err(format!("SAFE-02: foreign {kind:?} {name} was written"));
        }
    }
    Ok(())
}

const fn plural(kind: Kind) -> &'static str {
    match kind {
        Kind::Service => "services",
        Kind::NetworkPolicy => "networkpolicies",
        Kind::StatefulSet => "statefulsets",
        _ => "",
    }
}
