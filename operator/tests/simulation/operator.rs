//! The operator's processes, one after another.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use dittofs_adapters::run::{Options, World, run};
use dittofs_adapters::stage::Stage;
use kube::Client;
use tokio::task::JoinHandle;
use tokio::time::{Duration, Instant};

use super::monitor::Monitor;
use super::process::Process;
use super::watched::Watched;
use super::wire::Overheard;

/// Starts operators, and kills them.
#[derive(Default)]
pub struct Operator {
    process: RefCell<Process>,
    task: RefCell<Option<JoinHandle<()>>>,
    lives: Cell<u64>,
    down_for: Cell<Duration>,
    starts_at: Cell<Option<Instant>>,
}

/// How the operator is told to run.
pub fn options() -> Options {
    Options { instance: Some("simulated".to_owned()), ..Stage::options() }
}

impl Operator {
    /// A new process, with an empty memory.
    pub fn start(&self, stage: &Stage, monitor: &Monitor, seed: u64) {
        let process = Process::default();
        self.starts_at.set(None);
        self.lives.set(self.lives.get() + 1);
        monitor.answers().forget();
        monitor.forget_writes();
        let watched = Watched {
            cluster: stage.kubernetes.clone(),
            inner: stage.kubernetes.service(),
            monitor: monitor.clone(),
            process: process.clone(),
        };
        let world = stage.world(seed.wrapping_mul(1000).wrapping_add(self.lives.get()));
        let connect = Overheard { inner: world.connect, monitor: monitor.clone(), process: process.clone() };
        let world = World { client: Client::new(watched, "default"), connect: Arc::new(connect), ..world };
        self.process.replace(process);
        self.task.replace(Some(tokio::spawn(run(world, options(), std::future::pending()))));
    }

    /// How long the next kill lasts.
    pub fn will_be_down_for(&self, time: Duration) {
        self.down_for.set(time);
    }

    /// The process ends between two instructions.
    pub fn kill(&self) {
        self.process.borrow().kill();
        if let Some(task) = self.task.take() {
            task.abort();
        }
        if self.starts_at.get().is_none() {
            self.starts_at.set(Some(Instant::now() + self.down_for.get()));
        }
    }

    /// When the next process starts, if none runs.
    pub fn starts_at(&self) -> Option<Instant> {
        self.starts_at.get()
    }

    /// It ended by itself, which it must not.
    pub fn has_ended(&self) -> bool {
        self.task.borrow().as_ref().is_some_and(JoinHandle::is_finished)
    }
}
