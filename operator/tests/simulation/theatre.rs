//! A cluster, a DittoFS server and an operator, under one clock.

use std::cell::Cell;

use dittofs_adapters::stage::Stage;
use embedded_dittofs::DittoFs;
use embedded_kubernetes::{Kubelet, Options};
use serde_json::json;
use tokio::time::{Duration, Instant, sleep_until};

use super::log::Log;
use super::monitor::Monitor;
use super::operator::Operator;
use super::scene::{NAME, NAMESPACE};
use super::schedule::Schedule;

/// Where a seed is played.
pub struct Theatre {
    pub stage: Stage,
    pub dittofs: DittoFs,
    pub dittofs_options: embedded_dittofs::Options,
    pub monitor: Monitor,
    pub operator: Operator,
    /// How often somebody asked for another pod.
    pub restarts: Cell<u64>,
    pub log: Log,
    pub start: Instant,
    pub seed: u64,
}

impl Theatre {
    /// A server that nobody has looked after yet; the operator is about to start.
    pub fn new(schedule: &Schedule, log: Log) -> Self {
        let kubelet =
            Kubelet { stops_after: Some(Duration::from_secs(2)), ready_after: Duration::from_secs(2) };
        let stage = Stage::new(Options {
            kubelet: Some(kubelet),
            seed: schedule.seed,
            requests: 20_000,
            ..Options::default()
        });
        let spec = json!({
            "storage": { "metadataSize": "1Gi", "controlPlaneSize": "1Gi" },
            "adapterDiscovery": {
                "pollingInterval": format!("{}s", schedule.interval),
                "notRunningGracePeriod": format!("{}s", schedule.grace),
            },
            "adapterServices": {},
        });
        let dittofs_options = embedded_dittofs::Options { seed: schedule.seed, ..Default::default() };
        let dittofs = stage.add(NAMESPACE, NAME, &spec, dittofs_options.clone()).expect("the stage is set");
        let theatre = Self {
            stage,
            dittofs,
            dittofs_options,
            monitor: Monitor::default(),
            operator: Operator::default(),
            restarts: Cell::new(0),
            log,
            start: Instant::now(),
            seed: schedule.seed,
        };
        theatre.edit_resource(&|server| server["metadata"]["annotations"] = json!({})).expect("it is there");
        theatre.monitor.secret(&theatre.dittofs_options.admin_password);
        theatre.start_operator();
        theatre
    }

    pub fn start_operator(&self) {
        self.note(&"the operator starts");
        self.operator.start(&self.stage, &self.monitor, self.seed);
    }

    pub fn note(&self, what: &dyn std::fmt::Display) {
        self.log.note(Instant::now(), self.start, what);
    }

    /// Lets time pass; an operator that dies meanwhile starts again.
    pub async fn until(&self, at: Instant) {
        loop {
            tokio::select! {
                biased;
                () = self.monitor.crashes() => self.operator.kill(),
                () = due(self.operator.starts_at()) => self.start_operator(),
                () = sleep_until(at) => break,
            }
        }
        if self.operator.has_ended() {
            self.monitor.violation("the operator ended by itself".to_owned());
        }
    }

    pub async fn pass(&self, time: Duration) {
        self.until(Instant::now() + time).await;
    }

    /// Plays what happens, in its order, until something is broken.
    pub async fn play(&self, schedule: &Schedule) {
        for (at, act) in &schedule.acts {
            self.until(self.start + *at).await;
            if !self.monitor.violations().is_empty() {
                return;
            }
            self.note(&format!("{act:?}"));
            self.perform(act);
        }
        self.pass(Duration::from_secs(1)).await;
    }
}

async fn due(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}
