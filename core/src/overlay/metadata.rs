//! Labels, annotations and the books that are kept in them.

use std::collections::{BTreeMap, BTreeSet};

use dittofs_effects::Change;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::{Difference, Removal};
use crate::ownership::{self, MANAGED_ANNOTATIONS, MANAGED_PREFIX};

const LABELS: [&str; 2] = ["metadata", "labels"];
const ANNOTATIONS: [&str; 2] = ["metadata", "annotations"];

/// Our labels are kept; others are left alone.
pub(super) fn labels(difference: &mut Difference, observed: &ObjectMeta, wanted: &[(&str, &str)]) {
    let change = |key: &str| Change::Label(key.to_owned());
    difference.set_entries(LABELS, observed.labels.as_ref(), wanted.iter().copied(), change);
}

/// Annotations and their book (SRVC-07): what the book names and nobody asks for any more is removed; what others put
/// there stays.
pub(super) fn annotations(
    difference: &mut Difference,
    observed: &ObjectMeta,
    wanted: &BTreeMap<String, String>,
    book: &str,
    removal: Removal,
) {
    let change = |key: &str| Change::AnnotationSet(key.to_owned());
    let entries = wanted.iter().map(|(key, value)| (key.as_str(), value.as_str()));
    difference.set_entries(ANNOTATIONS, observed.annotations.as_ref(), entries, change);

    let mut kept = Vec::new();
    if ownership::annotation(observed, MANAGED_ANNOTATIONS).is_some_and(|found| found != book) {
        // A book may have been edited: a key is removed once, and a book is no entry of a book.
        let keys: BTreeSet<&str> = booked(observed, MANAGED_ANNOTATIONS).collect();
        for key in keys.into_iter().filter(|key| !key.starts_with(MANAGED_PREFIX)) {
            if wanted.contains_key(key) || ownership::annotation(observed, key).is_none() {
                continue;
            }
            match removal {
                Removal::Allowed => {
                    difference.remove(&["metadata", "annotations", key]);
                    difference.changes.push(Change::AnnotationRemoved(key.to_owned()));
                }
                Removal::Forbidden => {
                    difference.withheld.push(format!("annotation {key}"));
                    kept.push(key);
                }
            }
        }
    }
    write_book(difference, observed, MANAGED_ANNOTATIONS, book, &kept);
}

/// The names in one of our books.
pub(super) fn booked<'a>(observed: &'a ObjectMeta, book: &str) -> impl Iterator<Item = &'a str> {
    let names = ownership::annotation(observed, book).unwrap_or_default();
    names.split(',').map(str::trim).filter(|name| !name.is_empty())
}

/// Brings a book up to date: what is wanted, and what had to be kept. An empty one is not there.
pub(super) fn write_book(
    difference: &mut Difference,
    observed: &ObjectMeta,
    book: &str,
    wanted: &str,
    kept: &[&str],
) {
    let merged;
    let names = if kept.is_empty() {
        wanted
    } else {
        let all: BTreeSet<&str> =
            wanted.split(',').filter(|n| !n.is_empty()).chain(kept.iter().copied()).collect();
        merged = all.into_iter().collect::<Vec<_>>().join(",");
        &merged
    };
    match ownership::annotation(observed, book) {
        None if names.is_empty() => return,
        Some(found) if found == names && !names.is_empty() => return,
        Some(_) if names.is_empty() => difference.remove(&["metadata", "annotations", book]),
        None | Some(_) => {
            difference.ensure_object(&ANNOTATIONS, observed.annotations.is_some());
            difference.set(&["metadata", "annotations", book], names);
        }
    }
    if !difference.changes.contains(&Change::Bookkeeping) {
        difference.changes.push(Change::Bookkeeping);
    }
}
