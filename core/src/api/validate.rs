//! What the API server would refuse, said without one.
//!
//! Two kinds of constraint come together: those that v0.29 had already, and those of the fields that are new. A field
//! of v0.29 never gets a new constraint, except that storage can only grow.

mod overrides;
mod sections;

use std::fmt;
use std::fmt::Write as _;

use super::rules::{self, Rule};
use super::{DittoServer, Storage, syntax};

/// A value that the API server would refuse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Where it stands.
    pub path: Vec<PathSegment>,
    /// The value, or nothing where one is missing.
    pub value: String,
    /// What is wrong with it.
    pub message: String,
}

/// One step on the way to a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PathSegment {
    /// Into a field, or a key of a map.
    Key(String),
    /// Into an item of a list.
    Index(usize),
}

impl Violation {
    /// The path as it is printed, such as `spec.adapterServices.overrides[0].port`.
    pub fn location(&self) -> String {
        render(&self.path)
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let location = self.location();
        if self.value.is_empty() {
            return write!(f, "{location}: {}", self.message);
        }
        write!(f, "{location}: {:?}: {}", self.value, self.message)
    }
}

/// A path as Kubernetes prints one. Keys that are no plain words, such as those of annotations, stand in brackets.
pub(super) fn render(path: &[PathSegment]) -> String {
    let mut text = String::new();
    for segment in path {
        // Writing to a String cannot fail.
        let _ = match segment {
            PathSegment::Index(index) => write!(text, "[{index}]"),
            PathSegment::Key(key) if key.contains(['.', '/', '[']) => write!(text, "[{key}]"),
            PathSegment::Key(key) if text.is_empty() => text.write_str(key),
            PathSegment::Key(key) => write!(text, ".{key}"),
        };
    }
    text
}

/// All that the API server would refuse in this resource; nothing when it would take it.
///
/// Not seen here is what the types already lost: an absent `key` of a Secret reference, which
/// [`missing_fields`](super::missing_fields) finds in the raw resource.
pub fn validate(server: &DittoServer) -> Vec<Violation> {
    let mut found = Found::default();
    sections::check(&server.spec, &mut found.at("spec"));
    found.violations
}

/// What the API server would refuse in the change from `old` to `new`, besides what [`validate`] says about `new`.
pub fn validate_update(old: &DittoServer, new: &DittoServer) -> Vec<Violation> {
    let mut found = Found::default();
    // A storage section that only now appears has nothing to be equal to.
    if let (Some(old), Some(new)) = (&old.spec.storage, &new.spec.storage) {
        storage_change(old, new, &mut found.at("spec").at("storage"));
    }
    found.violations
}

fn storage_change(old: &Storage, new: &Storage, at: &mut At<'_>) {
    // The API server fills in this default before it compares.
    let default = Some(String::from("1Gi"));
    let control_plane = |storage: &Storage| storage.control_plane_size.clone().or_else(|| default.clone());
    for (field, old, new, stays) in [
        ("metadataSize", &old.metadata_size, &new.metadata_size, None),
        ("contentSize", &old.content_size, &new.content_size, Some(rules::CONTENT_STAYS)),
        ("controlPlaneSize", &control_plane(old), &control_plane(new), None),
    ] {
        changed(&mut at.at(field), old.as_ref(), new.as_ref(), stays, rules::SIZE_FIXED);
    }
    let (old, new) = (old.storage_class_name.as_ref(), new.storage_class_name.as_ref());
    changed(&mut at.at("storageClassName"), old, new, Some(rules::CLASS_STAYS), rules::CLASS_FIXED);
}

/// A field that may not change, nor come or go where a rule says that it stays.
fn changed(at: &mut At<'_>, old: Option<&String>, new: Option<&String>, stays: Option<Rule>, rule: Rule) {
    match (old, new, stays) {
        (Some(old), Some(new), _) if old != new => at.breaks(rule, new),
        (Some(_), None, Some(rule)) | (None, Some(_), Some(rule)) => {
            at.breaks(rule, new.map_or("", String::as_str));
        }
        _ => {}
    }
}

/// Violations as they are found, and where the check stands.
#[derive(Default)]
struct Found {
    path: Vec<PathSegment>,
    violations: Vec<Violation>,
}

impl Found {
    fn at(&mut self, field: &str) -> At<'_> {
        self.path.push(PathSegment::Key(field.to_owned()));
        At(self)
    }
}

/// A place in the resource. Dropping it leaves the place.
struct At<'a>(&'a mut Found);

impl At<'_> {
    fn at(&mut self, field: &str) -> At<'_> {
        self.0.at(field)
    }

    fn item(&mut self, index: usize) -> At<'_> {
        self.0.path.push(PathSegment::Index(index));
        At(self.0)
    }

    fn add(&mut self, value: impl fmt::Display, message: impl Into<String>) {
        let path = self.0.path.clone();
        self.0.violations.push(Violation { path, value: value.to_string(), message: message.into() });
    }

    fn breaks(&mut self, rule: Rule, value: impl fmt::Display) {
        self.add(value, rule.message);
    }

    fn range(&mut self, field: &str, value: Option<impl Into<i64>>, range: std::ops::RangeInclusive<i64>) {
        let Some(value) = value.map(Into::into) else { return };
        if !range.contains(&value) {
            let message = match *range.end() {
                i64::MAX => format!("must be at least {}", range.start()),
                end => format!("must be {}–{end}", range.start()),
            };
            self.at(field).add(value, message);
        }
    }

    fn required<T>(&mut self, field: &str, value: Option<&T>) {
        if value.is_none() {
            self.at(field).add("", "is required");
        }
    }

    fn at_most(&mut self, limit: usize, count: usize, what: &str) {
        if count > limit {
            self.add("", format!("has {count} {what}, and may have {limit}"));
        }
    }
}

impl Drop for At<'_> {
    fn drop(&mut self) {
        self.0.path.pop();
    }
}

/// What must be a size of a volume, if it is given.
fn size(at: &mut At<'_>, field: &str, value: Option<&String>) {
    if let Some(value) = value.filter(|value| !syntax::is_size(value)) {
        at.at(field).add(value, "must be a whole number with the unit Mi, Gi or Ti");
    }
}
