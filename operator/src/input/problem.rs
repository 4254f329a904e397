//! What can be wrong with what stands in a file, shown at its place.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use dittofs_core::api::Violation;
use dittofs_interpreters::memory::Unidentified;
use dittofs_interpreters::plan::clean;
use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode};

use super::locate::Place;
use super::source::Text;

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// It is not YAML.
    #[error("parsing YAML")]
    Syntax(#[source] serde_yaml::Error),
    /// It holds something else than objects.
    #[error("this is no Kubernetes object")]
    NoObject,
    /// An object cannot be found again.
    #[error("{0}")]
    Unidentified(Unidentified),
    /// A field has another type.
    #[error("reading {field} of {object}")]
    Type {
        /// The field.
        field: String,
        /// The object.
        object: String,
        /// Why.
        source: Mistyped,
    },
    /// A field has a value that the API server would refuse.
    #[error("{0}")]
    Violation(Violation),
    /// An object is there twice.
    #[error("{object} is there twice, first in line {first}")]
    Duplicate {
        /// The object.
        object: String,
        /// Where it was first.
        first: usize,
    },
    /// The resource has another name than asked for.
    #[error("the DittoServer is called {found}, and the plan is to be for {wanted}")]
    OtherName {
        /// Its name.
        found: String,
        /// The name that was asked for.
        wanted: String,
    },
    /// The resource is in another namespace than asked for.
    #[error("the DittoServer is in namespace {found}, and the plan is to be for {wanted}")]
    OtherNamespace {
        /// Its namespace.
        found: String,
        /// The namespace that was asked for.
        wanted: String,
    },
    /// The resource has another uid than the one in the cluster.
    #[error("the DittoServer has uid {found}, and the one in the cluster has {in_cluster}")]
    OtherUid {
        /// Its uid.
        found: String,
        /// That in the cluster.
        in_cluster: String,
    },
    /// An object that would be written has no identity.
    #[error("{object} has no metadata.{field}, and the plan would write it only as it was seen")]
    NoIdentity {
        /// The object.
        object: String,
        /// The field.
        field: &'static str,
    },
}

impl Problem {
    fn help(&self) -> Option<&'static str> {
        match self {
            Self::OtherUid { .. } => Some("it is another resource of that name; leave the uid out of --spec"),
            Self::NoIdentity { .. } => {
                Some("use what kubectl get -o yaml prints, with uid and resourceVersion")
            }
            Self::Unidentified(_) | Self::NoObject => Some("use what kubectl get -o yaml prints"),
            _ => None,
        }
    }
}

/// Why a value cannot be read, in words of YAML rather than of Rust.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Mistyped(String);

impl From<serde_json::Error> for Mistyped {
    fn from(error: serde_json::Error) -> Self {
        let text = error.to_string();
        let whole = ["i32", "i64", "u16", "u32", "u64"].map(|number| format!("expected {number}"));
        let stem = whole.iter().find_map(|end| text.strip_suffix(end.as_str()));
        Self(stem.map_or_else(|| text.clone(), |stem| format!("{stem}expected a whole number")))
    }
}

/// A problem and where it is.
#[derive(Debug)]
pub struct Located {
    problem: Problem,
    file: NamedSource<Arc<str>>,
    place: Option<Place>,
}

impl Located {
    /// A problem in a file.
    pub fn new(problem: Problem, text: &Text, place: Option<Place>) -> Self {
        let file = NamedSource::new(clean(&text.name), harmless(&text.text)).with_language("yaml");
        Self { problem, file, place }
    }

    /// File, line and column, as far as they are known.
    pub fn place(&self) -> String {
        let file = self.file.name();
        self.place.map_or_else(|| file.to_owned(), |p| format!("{file}:{}:{}", p.line, p.column))
    }
}

impl fmt::Display for Located {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.problem.fmt(f)
    }
}

impl Error for Located {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.problem.source()
    }
}

impl Diagnostic for Located {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.problem.help().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.file)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let place = self.place?;
        let label = LabeledSpan::new(Some("here".to_owned()), place.offset, place.length);
        Some(Box::new(std::iter::once(label)))
    }
}

/// The text of a file for a terminal: what one would obey becomes question marks, byte for byte, so that places stay.
fn harmless(text: &Arc<str>) -> Arc<str> {
    let kept = |c: char| matches!(c, '\n' | '\r' | '\t') || !clean(c.encode_utf8(&mut [0; 4])).is_empty();
    if text.chars().all(kept) {
        return Arc::clone(text);
    }
    text.chars()
        .map(|c| if kept(c) { c.to_string() } else { "?".repeat(c.len_utf8()) })
        .collect::<String>()
        .into()
}
