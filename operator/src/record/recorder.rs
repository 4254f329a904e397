//! A witness that writes down what it sees, in a thread of its own: a slow disk delays no reconcile.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use super::RecordingError;
use super::entry::{Entry, Taken};
use super::file::Files;
use crate::run::witness::{Decision, Witness};

/// Decisions that wait to be written, at most; those beyond it are counted and lost.
const WAITING: usize = 256;

/// Writes decisions down. What waits is written before it is gone.
pub struct Recorder {
    sender: Option<SyncSender<Box<Taken>>>,
    lost: Arc<AtomicU64>,
    writer: Option<JoinHandle<()>>,
}

impl Recorder {
    /// Begins to write to files in this folder, which is made if it is not there.
    pub fn start(folder: &Path) -> Result<Self, RecordingError> {
        let files = Files::open(folder)?;
        let (sender, taken) = sync_channel(WAITING);
        let lost = Arc::new(AtomicU64::new(0));
        let counted = lost.clone();
        let writer = std::thread::Builder::new().name("recorder".to_owned());
        let writer = writer.spawn(move || write(files, &taken, &counted)).map_err(RecordingError::Thread)?;
        Ok(Self { sender: Some(sender), lost, writer: Some(writer) })
    }
}

impl Witness for Recorder {
    fn decided(&self, decision: &Decision<'_>) {
        let Some(sender) = &self.sender else { return };
        let taken = Box::new(Taken {
            at: decision.at.to_string(),
            resource: decision.resource.clone(),
            spec: decision.spec.clone(),
            observation: decision.observation.clone(),
            objects: decision.objects.to_vec(),
            view: decision.view.clone(),
            executed: decision.executed.to_vec(),
        });
        match sender.try_send(taken) {
            Ok(()) => {}
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {
                self.lost.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.sender = None;
        if let Some(writer) = self.writer.take() {
            // Its panic would have been said already.
            let _ = writer.join();
        }
    }
}

fn write(mut files: Files, taken: &Receiver<Box<Taken>>, lost: &AtomicU64) {
    let mut all_lost = 0;
    let mut failing = false;
    for taken in taken {
        match Entry::new(&taken).and_then(|entry| files.append(entry)) {
            Ok(()) => failing = false,
            Err(error) => {
                lost.fetch_add(1, Ordering::Relaxed);
                let (namespace, name) = (&taken.spec.namespace, &taken.spec.name);
                if !failing {
                    tracing::error!(namespace, name, error, "a decision cannot be recorded");
                }
                failing = true;
            }
        }
        let newly = lost.swap(0, Ordering::Relaxed);
        if newly > 0 {
            all_lost += newly;
            tracing::warn!(decisions = newly, in_all = all_lost, "decisions are missing in the recording");
        }
    }
    all_lost += lost.swap(0, Ordering::Relaxed);
    if all_lost > 0 {
        tracing::warn!(in_all = all_lost, "the recording is not complete");
    }
}

#[cfg(test)]
mod tests {
    use dittofs_core::api::DittoServer;
    use dittofs_core::{ClusterView, Observation, ServerSpec};
    use jiff::Timestamp;
    use serde_json::json;

    use super::*;

    /// A decision about a server of which nothing is known, in this second.
    fn decide(recorder: &Recorder, second: i64, observation: &Observation) {
        let resource: DittoServer = serde_json::from_value(json!({
            "apiVersion": "dittofs.dittofs.com/v1alpha1", "kind": "DittoServer",
            "metadata": { "name": "s", "namespace": "n", "uid": "u", "resourceVersion": second.to_string() },
            "spec": {},
        }))
        .unwrap();
        let (spec, _) = ServerSpec::resolve(&resource);
        recorder.decided(&Decision {
            at: Timestamp::from_second(second).unwrap(),
            resource: &resource,
            spec: &spec,
            observation,
            objects: &[],
            view: &ClusterView::default(),
            executed: &[],
        });
    }

    #[test]
    fn plan_02_the_same_decision_is_written_once_and_another_one_again() {
        let folder = std::env::temp_dir().join(format!("dittofs-recorder-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        let recorder = Recorder::start(&folder).unwrap();
        let unavailable = Observation::Unavailable(dittofs_core::Why::NoToken);
        for (second, observation) in [
            (1, &Observation::NotYetPolled),
            (2, &Observation::NotYetPolled),
            (3, &unavailable),
            (4, &Observation::NotYetPolled),
        ] {
            decide(&recorder, second, observation);
        }
        drop(recorder);
        let text = std::fs::read_to_string(folder.join("n_s.jsonl")).unwrap();
        let at = |second: i64| Timestamp::from_second(second).unwrap().to_string();
        let times: Vec<bool> = (1..=4).map(|second| text.contains(&at(second))).collect();
        assert_eq!(times, [true, false, true, true]);
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_reconcile_never_waits_and_what_is_lost_is_counted() {
        let (sender, _taken) = sync_channel(1);
        let recorder = Recorder { sender: Some(sender), lost: Arc::default(), writer: None };
        for second in 1..=3 {
            decide(&recorder, second, &Observation::NotYetPolled);
        }
        assert_eq!(recorder.lost.load(Ordering::Relaxed), 2);
    }
}
