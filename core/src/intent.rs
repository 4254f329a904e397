//! Each adapter → expose, withdraw or hold, and why.
//!
//! The order in which causes are looked at is part of the contract: an adapter has one code, the first that fits.

use std::cmp::Ordering;

use dittofs_effects::{AdapterType, Cause, Hold, HoldCode, Port};

use crate::api::{EmptyList, Mode};
use crate::cluster_view::{AdapterObjects, ClusterView, NoPod};
use crate::observation::{AdapterReport, EmptyKind, Entry, Observation, State, Why};
use crate::server::ServerSpec;

mod clash;
mod obstacle;

pub(crate) use obstacle::service_problem;

/// What is to become of one adapter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Intent {
    /// It is served on this port.
    Expose(Port),
    /// It loses what it has.
    Withdraw(Cause),
    /// It keeps what it has, byte for byte, and gets nothing.
    Hold(HoldCode, String),
}

/// One adapter that is reported, or has objects.
#[derive(Debug)]
pub(crate) struct Adapter<'a> {
    pub adapter: &'a AdapterType,
    /// What was reported of it: nothing, one entry, or several that clash.
    pub entries: &'a [Entry],
    pub objects: Option<&'a AdapterObjects>,
    pub intent: Intent,
}

/// What is to become of all of them.
#[derive(Debug, Default)]
pub(crate) struct Intents<'a> {
    /// By adapter.
    pub adapters: Vec<Adapter<'a>>,
    /// Holds that concern the whole server.
    pub server: Vec<Hold>,
    /// There is a report that is acted on: adapters' container ports, and the width of the baseline, are decided.
    pub reported: bool,
    /// An entry has no usable name: what is declared in the pod template may be its, too.
    pub unnamed: bool,
    /// The baseline policy cannot be written.
    pub baseline_blocked: bool,
}

impl<'a> Intents<'a> {
    /// Reads an observation.
    pub fn new(observed: &'a Observation, cluster: &'a ClusterView, server: &ServerSpec) -> Self {
        let blocked = obstacle::of_baseline(cluster, server);
        let mut intents = match nobody_is_touched(observed, cluster, server) {
            Some((code, reason)) => Self::all_held(cluster, code, &reason),
            None => Self::by_report(observed, cluster, server),
        };
        if let Some((code, reason)) = blocked {
            intents.hold_everybody(code, &reason);
        }
        intents
    }

    fn by_report(observed: &'a Observation, cluster: &'a ClusterView, server: &ServerSpec) -> Self {
        let (entries, unnamed, absent) = match observed {
            Observation::Reported(report) => (report.entries(), report.unnamed(), Cause::Absent),
            Observation::Empty(_) | Observation::Unavailable(_) | Observation::NotYetPolled => {
                (&[][..], &[][..], Cause::TrustedEmptyList)
            }
        };
        let mut adapters = merge(entries, unnamed, &absent, cluster, server);
        if server.mode == Mode::UpsertOnly {
            hold_withdrawals(&mut adapters);
        }
        clash::hold_clashes(&mut adapters, cluster, server);
        let server = unnamed_hold(observed).into_iter().collect();
        Self { adapters, server, reported: true, unnamed: !unnamed.is_empty(), baseline_blocked: false }
    }

    fn all_held(cluster: &'a ClusterView, code: HoldCode, reason: &str) -> Self {
        let adapters = cluster.adapters.iter().map(|(adapter, objects)| Adapter {
            adapter,
            entries: &[],
            objects: Some(objects),
            intent: Intent::Hold(code, reason.to_owned()),
        });
        let server = vec![Hold { adapter: None, code, reason: reason.to_owned() }];
        Self { adapters: adapters.collect(), server, ..Self::default() }
    }

    /// Those of a server that is being deleted: nothing is written for anybody.
    pub fn deleting(cluster: &'a ClusterView) -> Self {
        Self::all_held(cluster, HoldCode::Deleting, crate::deletion::REASON)
    }

    /// Without a baseline policy the first adapter policy would cut off the API, and the last one to go would open
    /// everything.
    fn hold_everybody(&mut self, code: HoldCode, reason: &str) {
        for adapter in &mut self.adapters {
            let acts = match &adapter.intent {
                Intent::Expose(_) => true,
                Intent::Withdraw(_) => adapter.objects.is_some(),
                Intent::Hold(..) => false,
            };
            if acts {
                adapter.intent = Intent::Hold(code, reason.to_owned());
            }
        }
        self.server.push(Hold { adapter: None, code, reason: reason.to_owned() });
        self.baseline_blocked = true;
    }
}

/// `UpsertOnly` removes nothing. Who is held so keeps its port, which therefore counts when ports are compared.
fn hold_withdrawals(adapters: &mut [Adapter<'_>]) {
    for adapter in adapters {
        let has_objects = adapter.objects.is_some_and(AdapterObjects::has_live);
        if let (Intent::Withdraw(cause), true) = (&adapter.intent, has_objects) {
            let reason = format!("would be withdrawn ({cause}), but the mode never removes anything");
            adapter.intent = Intent::Hold(HoldCode::UpsertOnly, reason);
        }
    }
}

/// Why nobody is touched, whatever the adapters do: the first cause that fits.
fn nobody_is_touched(
    observed: &Observation,
    cluster: &ClusterView,
    server: &ServerSpec,
) -> Option<(HoldCode, String)> {
    if server.replicas == 0 {
        return Some((HoldCode::ScaledToZero, "the server has no replicas (spec.replicas: 0)".to_owned()));
    }
    if let Some(reason) = not_ready(cluster) {
        return Some((HoldCode::PodNotReady, reason));
    }
    match observed {
        Observation::Reported(_) => None,
        Observation::Empty(EmptyKind::List) if server.empty_list == EmptyList::Trust => None,
        Observation::Empty(kind) => Some((
            HoldCode::EmptyList,
            format!("DittoFS answered with {kind}, which may be a mistake: adapters stay as they are"),
        )),
        Observation::Unavailable(why @ (Why::Status { status: 401 | 403, .. } | Why::NoToken)) => {
            Some((HoldCode::Unauthorized, format!("{why}: adapters stay as they are")))
        }
        Observation::Unavailable(why) => {
            Some((HoldCode::ApiUnavailable, format!("{why}: adapters stay as they are")))
        }
        Observation::NotYetPolled => {
            Some((HoldCode::NotYetPolled, "the adapters are not known yet: they stay as they are".to_owned()))
        }
    }
}

fn not_ready(cluster: &ClusterView) -> Option<String> {
    if let Some(pod) = cluster.pods.iter().find(|pod| pod.terminating) {
        return Some(format!("pod {} is terminating", pod.name));
    }
    if let Some(pod) = cluster.pods.iter().find(|pod| !pod.ready) {
        return Some(format!("pod {} is not ready", pod.name));
    }
    (cluster.pods.is_empty() && cluster.no_pod == NoPod::NotReady).then(|| "the server has no pod".to_owned())
}

fn unnamed_hold(observed: &Observation) -> Option<Hold> {
    let Observation::Reported(report) = observed else { return None };
    (!report.unnamed().is_empty()).then(|| Hold {
        adapter: None,
        code: HoldCode::UnnamedEntry,
        reason: unnamed_reason(report),
    })
}

fn unnamed_reason(report: &AdapterReport) -> String {
    let shown = report.unnamed().iter().take(3).map(String::as_str).collect::<Vec<_>>().join("; ");
    let more = report.unnamed().len().saturating_sub(3);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    format!("{shown}{more}: it may be any adapter, so nobody is withdrawn for not being in the list")
}

/// Walks the entries and the existing objects side by side: both are in the order of adapters.
fn merge<'a>(
    entries: &'a [Entry],
    unnamed: &[String],
    absent: &Cause,
    cluster: &'a ClusterView,
    server: &ServerSpec,
) -> Vec<Adapter<'a>> {
    let mut adapters = Vec::with_capacity(entries.len().max(cluster.adapters.len()));
    let mut groups = entries.chunk_by(|a, b| a.adapter == b.adapter).peekable();
    let mut existing = cluster.adapters.iter().peekable();
    loop {
        let order = match (groups.peek(), existing.peek()) {
            (None, None) => return adapters,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(group), Some((adapter, _))) => group[0].adapter.cmp(adapter),
        };
        let group = if order == Ordering::Greater { None } else { groups.next() };
        let found = if order == Ordering::Less { None } else { existing.next() };
        let objects = found.map(|(_, objects)| objects);
        let Some(adapter) = group.map(|g| &g[0].adapter).or(found.map(|(adapter, _)| adapter)) else {
            continue;
        };
        let intent = match group {
            Some(group) => reported(group, objects, cluster, server),
            None if unnamed.is_empty() => Intent::Withdraw(absent.clone()),
            None => Intent::Hold(
                HoldCode::UnnamedEntry,
                "not in the list, but the list has an entry without a usable name".to_owned(),
            ),
        };
        adapters.push(Adapter { adapter, entries: group.unwrap_or_default(), objects, intent });
    }
}

/// What an adapter's entries say, before anything is compared with other adapters.
fn reported(
    group: &[Entry],
    objects: Option<&AdapterObjects>,
    cluster: &ClusterView,
    server: &ServerSpec,
) -> Intent {
    let entry = &group[0];
    let invalid =
        group.iter().find_map(|e| if let State::Invalid(what) = &e.state { Some(what) } else { None });
    if let Some(what) = invalid {
        return Intent::Hold(HoldCode::InvalidEntry, format!("the entry cannot be read: {what}"));
    }
    if group.len() > 1 {
        let written = group.iter().map(|e| format!("{:?}", e.written)).collect::<Vec<_>>().join(" and ");
        let reason = format!("{written} are both {} in the names of Kubernetes objects", entry.adapter);
        return Intent::Hold(HoldCode::NameClash, reason);
    }
    let settings = server.settings(&entry.adapter);
    match &entry.state {
        State::Disabled => Intent::Withdraw(Cause::Disabled),
        _ if !settings.expose => Intent::Withdraw(Cause::NotExposed),
        State::NotRunning { confirmed: true } => Intent::Withdraw(Cause::StoppedRunning),
        // Nothing of ours, and somebody else has the name: theirs is not ours to report.
        State::NotRunning { confirmed: false }
            if objects.is_none() && obstacle::is_taken(&entry.adapter, cluster, server) =>
        {
            Intent::Withdraw(Cause::StoppedRunning)
        }
        State::NotRunning { confirmed: false } => Intent::Hold(
            HoldCode::NotRunning,
            "enabled but not running, as while it rebinds its port: believed only when it lasts".to_owned(),
        ),
        State::Running(Err(what)) => Intent::Hold(HoldCode::InvalidPort, what.clone()),
        State::Running(Ok(port)) => Intent::Expose(*port),
        State::Invalid(what) => Intent::Hold(HoldCode::InvalidEntry, what.clone()),
    }
}
