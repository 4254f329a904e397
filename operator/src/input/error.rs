//! What can be wrong with the input, and where.

use std::error::Error;
use std::fmt;
use std::io;
use std::sync::Arc;

use dittofs_core::MissingIdentity;
use dittofs_core::api::Violation;
use dittofs_interpreters::memory::Unidentified;
use dittofs_interpreters::plan::PreviewError;
use dittofs_interpreters::plan::clean;
use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode};

use super::locate::Place;
use super::source::Text;
use crate::command::ApplyError;
use crate::live::LiveError;
use crate::record::RecordingError;

/// Why there is no plan.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum InputError {
    /// A live cluster cannot be looked at.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Live(#[from] LiveError),
    /// A plan cannot be applied.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Apply(#[from] ApplyError),
    /// A recording cannot be read.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Recording(#[from] RecordingError),
    /// Files and a live cluster at once.
    #[error("{flag} is about a live cluster, and --spec, --adapters and --cluster make a plan from files")]
    #[diagnostic(help("leave out {flag}, or the files"))]
    LiveAndFiles {
        /// The flag.
        flag: &'static str,
    },
    /// A file cannot be read.
    #[error("reading {file} ({flag})")]
    Read {
        /// Its name.
        file: String,
        /// The option that named it.
        flag: &'static str,
        /// Why.
        source: io::Error,
    },
    /// A file is not text.
    #[error("reading {file} ({flag}) as UTF-8")]
    NotText {
        /// Its name.
        file: String,
        /// The option that named it.
        flag: &'static str,
        /// Why.
        source: std::str::Utf8Error,
    },
    /// Standard input can only be read once.
    #[error("{first} and {second} cannot both be read from standard input")]
    #[diagnostic(help("give one of them as a file"))]
    StdinTwice {
        /// Who reads it.
        first: &'static str,
        /// Who wants to as well.
        second: &'static str,
    },
    /// A file has something that is wrong.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Located(Box<Located>),
    /// A file has several things that are wrong.
    #[error("{} fields are not as they must be", .0.len())]
    Several(#[related] Vec<InputError>),
    /// No DittoServer was given.
    #[error("no DittoServer{} in what was given{}", wanted(.name.as_deref()), listed(.found))]
    #[diagnostic(help("give one object with --spec FILE, or a --cluster FILE that has it"))]
    NoServer {
        /// The name that was asked for.
        name: Option<String>,
        /// Those that are there.
        found: Vec<String>,
    },
    /// More than one was given.
    #[error("{file} has several DittoServers: {}", .servers.join(", "))]
    #[diagnostic(help("say which one: dittofs-adapters plan NAME --namespace NAMESPACE"))]
    SeveralServers {
        /// The file.
        file: String,
        /// Them.
        servers: Vec<String>,
    },
    /// The plan does not fit the cluster: a defect of this program.
    #[error("playing the plan through")]
    Preview(#[from] PreviewError),
    /// An object of ours without an identity: a defect of this program.
    #[error("reading the objects of the server")]
    Identity(#[from] MissingIdentity),
    /// An object without a key: a defect of this program.
    #[error("sorting the objects of the cluster")]
    Key(#[from] Unidentified),
    /// The plan cannot be written as JSON.
    #[error("writing the plan as JSON")]
    Json(#[source] serde_json::Error),
    /// A document cannot be written as YAML.
    #[error("writing YAML")]
    Yaml(#[source] serde_yaml::Error),
    /// A file cannot be written.
    #[error("writing {file} (--out)")]
    Write {
        /// Its name.
        file: String,
        /// Why.
        source: io::Error,
    },
    /// There is no way to the API server.
    #[error("finding the API server")]
    #[diagnostic(help(
        "in a cluster the service account says where it is; elsewhere a kubeconfig does: set KUBECONFIG, or try \
         'kubectl version'"
    ))]
    NoCluster(#[source] Box<kube::Error>),
    /// The process cannot be set up.
    #[error("starting: {what}")]
    Start {
        /// What was tried.
        what: &'static str,
        /// Why it failed.
        source: io::Error,
    },
    /// The demo did not come to its end.
    #[error("the demo")]
    Demo(#[source] Box<crate::demo::DemoError>),
    /// Standard output cannot be written.
    #[error("writing to standard output")]
    Print(#[source] io::Error),
}

fn wanted(name: Option<&str>) -> String {
    name.map(|name| format!(" {name}")).unwrap_or_default()
}

impl InputError {
    /// A problem in a file.
    pub fn located(problem: Problem, text: &Text, place: Option<Place>) -> Self {
        let file = NamedSource::new(clean(&text.name), harmless(&text.text)).with_language("yaml");
        Self::Located(Box::new(Located { problem, file, place }))
    }

    /// File, line and column, if it is about a place in a file.
    pub fn place(&self) -> Option<String> {
        let Self::Located(located) = self else { return None };
        let file = located.file.name();
        Some(located.place.map_or_else(|| file.to_owned(), |p| format!("{file}:{}:{}", p.line, p.column)))
    }

    /// The errors of which this one is made up.
    pub fn others(&self) -> &[Self] {
        if let Self::Several(errors) = self { errors } else { &[] }
    }
}

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
        source: serde_json::Error,
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

/// A problem and where it is.
#[derive(Debug)]
pub struct Located {
    problem: Problem,
    file: NamedSource<Arc<str>>,
    place: Option<Place>,
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

fn listed(servers: &[String]) -> String {
    if servers.is_empty() { String::new() } else { format!(", which has {}", servers.join(", ")) }
}
