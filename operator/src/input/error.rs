//! What can be wrong with the input, and where.

use std::io;

use dittofs_core::MissingIdentity;
use dittofs_interpreters::memory::Unidentified;
use dittofs_interpreters::plan::PreviewError;
use miette::Diagnostic;

use super::locate::Place;
use super::problem::{Located, Problem};
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
    #[diagnostic(help("give a file, not a folder, or - for standard input"))]
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
    #[diagnostic(help("save it as UTF-8; what older PowerShells redirect to a file is UTF-16"))]
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
    #[error("no DittoServer{wanted} in {}{}", file.as_deref().unwrap_or("what was given"), listed(.found))]
    #[diagnostic(help(
        "give the DittoServer with --spec FILE, or in a --cluster FILE, which 'kubectl get \
         dittoserver,service,networkpolicy,statefulset,pod -o yaml' prints; where there are others, say which one by \
         NAME and --namespace"
    ))]
    NoServer {
        /// Which one was asked for, as it follows the kind.
        wanted: String,
        /// Where it is not, if there is a file at all.
        file: Option<String>,
        /// What is there instead.
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
    #[diagnostic(help("give a file in a folder that is there and may be written"))]
    Write {
        /// Its name.
        file: String,
        /// Why.
        source: io::Error,
    },
    /// There is no way to the API server.
    #[error("finding the API server: {cause}")]
    #[diagnostic(help(
        "in a cluster the service account says where it is; elsewhere a kubeconfig does: set KUBECONFIG, or try \
         'kubectl version'"
    ))]
    NoCluster {
        /// Why.
        cause: String,
    },
    /// The API server does not understand the label selector.
    #[error("'{selector}' is no label selector: {cause}")]
    #[diagnostic(help(
        "write it as kubectl takes it: --selector shard=a or --selector 'shard in (a,b),!draining'"
    ))]
    Selector {
        /// What was given.
        selector: String,
        /// What the API server has against it.
        cause: String,
    },
    /// The process cannot be set up.
    #[error("starting: {what}")]
    Start {
        /// What was tried.
        what: &'static str,
        /// Why it failed.
        source: io::Error,
    },
    /// Nothing can listen where probes are to be answered.
    #[error("listening at {address} for probes")]
    #[diagnostic(help(
        "write it as address and port, such as --health-addr 0.0.0.0:8081, and see that the port is free"
    ))]
    Health {
        /// What was given.
        address: String,
        /// Why it failed.
        source: io::Error,
    },
    /// The demo did not come to its end.
    #[cfg(feature = "demo")]
    #[error("the demo")]
    Demo(#[source] Box<crate::demo::DemoError>),
    /// Standard output cannot be written.
    #[error("writing to standard output")]
    Print(#[source] io::Error),
}

impl InputError {
    /// A problem in a file.
    pub fn located(problem: Problem, text: &Text, place: Option<Place>) -> Self {
        Self::Located(Box::new(Located::new(problem, text, place)))
    }

    /// File, line and column, if it is about a place in a file.
    pub fn place(&self) -> Option<String> {
        if let Self::Located(located) = self { Some(located.place()) } else { None }
    }

    /// The errors of which this one is made up.
    pub fn others(&self) -> &[Self] {
        if let Self::Several(errors) = self { errors } else { &[] }
    }
}

fn listed(servers: &[String]) -> String {
    if servers.is_empty() { String::new() } else { format!(", which has {}", servers.join(", ")) }
}
