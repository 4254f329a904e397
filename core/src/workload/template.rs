//! What is wanted of a StatefulSet that is ours, laid over the one that is there.
//!
//! The template's `dittofs.io/config-hash` is changed when the content that it stands for changes, and then alone. Which
//! content that is stands in the StatefulSet's own annotations: what the Go operator hashed cannot be computed again, so
//! the first sight of a hash of its making is the baseline, and restarts nothing (COMP-01).

use std::collections::BTreeMap;

use dittofs_effects::{Cause, Change};
use k8s_openapi::api::apps::v1::StatefulSet;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde_json::Value;

use super::OneWrite;
use super::content::Content;
use super::own::Ground;
use crate::cluster_view::Owned;
use crate::desired;
use crate::overlay::{self, Book, Difference};
use crate::ownership::{self, CONFIG_HASH, MANAGED_CONTENT, MANAGED_PIECES};
use crate::server::{ServerSpec, WorkloadSpec};

/// What is to be written of one StatefulSet.
#[derive(Debug, Default)]
pub(super) struct Template {
    /// Of the template.
    pub difference: Difference,
    /// The pod has to restart for it.
    pub presses: bool,
    /// Our books, which stand for the template once it is written.
    books: Difference,
    /// What is beside the template: the number of pods.
    beside: Difference,
    /// That number, where it is ours to say.
    pub replicas: i32,
}

impl Template {
    pub fn laid_over(
        set: &Owned<StatefulSet>,
        server: &ServerSpec,
        workload: &WorkloadSpec,
        ground: &Ground,
    ) -> Self {
        let metadata = &set.object.metadata;
        let (wanted, observed) =
            (template_of(&desired::stateful_set(server, workload, None)), template_of(&set.object));
        let book = ownership::annotation(metadata, MANAGED_PIECES).and_then(read);
        let laid = overlay::template(observed.as_ref(), &wanted.unwrap_or_default(), book.as_ref());
        let mut template = Self {
            difference: laid.difference,
            presses: laid.presses,
            replicas: server.replicas,
            ..Self::default()
        };
        if book.as_ref() != Some(&laid.book) {
            template.enter(metadata, MANAGED_PIECES, written(&laid.book), Change::Bookkeeping);
        }
        if let Some(content) = &ground.content {
            template.content(&set.object, content);
        }
        template.replicas(&set.object, server.replicas);
        template
    }

    fn content(&mut self, set: &StatefulSet, content: &Content) {
        let recorded = ownership::annotation(&set.metadata, MANAGED_CONTENT).and_then(Content::read);
        match recorded {
            Some(recorded) if recorded == *content => return,
            Some(recorded) => {
                self.presses = true;
                self.difference.changes.push(recorded.change(content));
                let annotations = set.spec.as_ref().and_then(|s| s.template.metadata.as_ref());
                let annotations = annotations.and_then(|metadata| metadata.annotations.as_ref());
                let path = ["spec", "template", "metadata", "annotations"];
                self.difference.ensure_object(&path[..3], annotations.is_some());
                self.difference.ensure_object(&path, annotations.is_some());
                self.difference.set(&[path[0], path[1], path[2], path[3], CONFIG_HASH], content.hash());
            }
            None => {}
        }
        self.enter(&set.metadata, MANAGED_CONTENT, content.written(), Change::ContentRecorded);
    }

    fn enter(&mut self, metadata: &ObjectMeta, book: &str, text: String, change: Change) {
        self.books.ensure_object(&["metadata", "annotations"], metadata.annotations.is_some());
        self.books.set(&["metadata", "annotations", book], text);
        self.books.changes.push(change);
    }

    fn replicas(&mut self, set: &StatefulSet, wanted: i32) {
        let found = super::state::replicas(set);
        if found != wanted {
            self.beside.set(&["spec", "replicas"], wanted);
            let (from, to) = (found.to_string(), wanted.to_string());
            self.beside.changes.push(Change::Amount { field: "replicas", from, to });
        }
    }

    /// Everything, with these ports.
    pub fn whole(self, ports: Difference) -> OneWrite {
        let mut difference = self.difference;
        difference.append(ports);
        difference.append(self.beside);
        difference.append(self.books);
        OneWrite { difference, cause: Cause::TemplateChanged, guards: Vec::new() }
    }

    /// What does not touch the template. The books only where they stand for what is there.
    pub fn beside(self) -> OneWrite {
        let mut difference = self.beside;
        let cause = if difference.is_empty() { Cause::TakenOver } else { Cause::Scaled };
        if self.difference.is_empty() {
            difference.append(self.books);
        }
        OneWrite { difference, cause, guards: Vec::new() }
    }
}

/// Keeps the books of a StatefulSet that is to be created.
pub(super) fn enter(set: &mut StatefulSet, ground: &Ground) {
    let mut wanted = set.clone();
    if let Some(metadata) = wanted.spec.as_mut().and_then(|spec| spec.template.metadata.as_mut()) {
        metadata.annotations.get_or_insert_default().remove(CONFIG_HASH);
    }
    let laid = overlay::template(None, &template_of(&wanted).unwrap_or_default(), None);
    let annotations = set.metadata.annotations.get_or_insert_default();
    annotations.insert(MANAGED_PIECES.to_owned(), written(&laid.book));
    if let Some(content) = &ground.content {
        annotations.insert(MANAGED_CONTENT.to_owned(), content.written());
    }
}

fn template_of(set: &StatefulSet) -> Option<Value> {
    // The types of Kubernetes are always written down.
    serde_json::to_value(&set.spec.as_ref()?.template).ok()
}

/// A book that somebody damaged is none.
fn read(text: &str) -> Option<Book> {
    serde_json::from_str(text).ok()
}

fn written(book: &BTreeMap<String, String>) -> String {
    // Texts by texts are always written down.
    serde_json::to_string(book).unwrap_or_default()
}
