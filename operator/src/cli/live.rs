//! Flags of the commands that look at a live cluster, and of `apply`.

use std::path::PathBuf;

use clap::Args;
use dittofs_interpreters::dittofs::UrlTemplate;

use super::When;

/// How the cluster is reached, and DittoFS in it.
#[derive(Debug, Args)]
#[command(next_help_heading = "Cluster (a live one)")]
pub struct LiveArgs {
    /// The kubeconfig; by default that of KUBECONFIG, else ~/.kube/config, else the service account
    #[arg(long, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
    /// Its context; by default the current one
    #[arg(long, value_name = "NAME")]
    pub context: Option<String>,
    /// Where DittoFS is, such as http://127.0.0.1:{port}; by default a port-forward to its pod
    #[arg(long, value_name = "URL", value_parser = UrlTemplate::parse)]
    pub api_url: Option<UrlTemplate>,
    /// The domain of the cluster, as it stands in the certificate of a DittoFS with TLS
    #[arg(long, value_name = "DOMAIN", env = "CLUSTER_DOMAIN", default_value = "cluster.local")]
    pub cluster_domain: String,
}

impl LiveArgs {
    /// The first of its flags that was given.
    pub const fn first(&self) -> Option<&'static str> {
        match (&self.kubeconfig, &self.context, &self.api_url) {
            (Some(_), ..) => Some("--kubeconfig"),
            (None, Some(_), _) => Some("--context"),
            (None, None, Some(_)) => Some("--api-url"),
            (None, None, None) => None,
        }
    }
}

/// `apply`.
#[derive(Debug, Args)]
pub struct ApplyArgs {
    /// The DittoServer, or a saved plan: - or a path, with / or .json in it
    #[arg(value_name = "NAME|PLAN")]
    pub target: Option<String>,
    /// Its namespace; by default that of the plan, or of the kubeconfig
    #[arg(short, long)]
    pub namespace: Option<String>,
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
    /// How the cluster is reached.
    #[command(flatten)]
    pub live: LiveArgs,
    /// Colours; auto is on a terminal, unless NO_COLOR is set
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = When::Auto, help_heading = "Output")]
    pub color: When,
    /// Columns of text; by default those of the terminal, at most 100, or 80
    #[arg(
        long, value_name = "COLUMNS", value_parser = clap::value_parser!(u16).range(40..), help_heading = "Output"
    )]
    pub width: Option<u16>,
}

/// The end of the help of `apply`.
pub const APPLY_HELP: &str = "\
A saved plan is executed only if it is what would be decided now: the same effects, on objects that \
are as they were. It needs no confirmation. Ctrl-C stops between two effects; once more at once.

Exit codes:
  0  everything was done, or there was nothing to do
  1  an error, or something was not done
  5  what was planned is no longer what would be done: nothing was done

Examples:
  # Look, then do exactly that
  dittofs-adapters plan files -n storage --out plan.json
  dittofs-adapters apply plan.json

  # Look, be asked, do it
  dittofs-adapters apply files -n storage";
