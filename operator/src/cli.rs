//! Every command, flag and exit code.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

/// Exposes exactly the adapters that a DittoFS server runs.
#[derive(Debug, Parser)]
#[command(name = "dittofs-adapters", bin_name = bin_name(), version, max_term_width = 100)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// As kubectl calls it when the binary is installed as its plugin.
fn bin_name() -> &'static str {
    let name = std::env::args_os().next().map(PathBuf::from);
    let name = name.as_deref().and_then(|path| path.file_stem()).and_then(|stem| stem.to_str());
    if name == Some("kubectl-dittofs_adapters") { "kubectl dittofs-adapters" } else { "dittofs-adapters" }
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show what would happen, and why
    #[command(after_long_help = PLAN_HELP)]
    Plan(PlanArgs),
    /// Print the custom resource definition of DittoServer
    #[command(after_long_help = CRD_HELP)]
    Crd,
    /// Print a completion script for a shell
    #[command(after_long_help = COMPLETIONS_HELP)]
    Completions {
        /// Which shell
        shell: Shell,
    },
}

const PLAN_HELP: &str = "\
Any of --spec, --adapters and --cluster makes a plan from files: nothing is fetched.

Exit codes:
  0  the plan was made
  1  an error
With --detailed-exitcode:
  0  nothing to do
  2  changes
  3  changes that withdraw something: a Service or a policy is deleted, a port is closed
  4  nothing to do, but something is held

Examples:
  # What the operator would do with this cluster and this list of adapters
  kubectl get dittoserver,service,networkpolicy,statefulset,pod -o yaml > cluster.yaml
  curl -H \"Authorization: Bearer $TOKEN\" http://localhost:8080/api/v1/adapters > adapters.json
  dittofs-adapters plan --cluster cluster.yaml --adapters adapters.json

  # What a change of the resource would do, as a comment on a pull request
  dittofs-adapters plan --spec server.yaml --cluster cluster.yaml \\
    --adapters adapters.json -o markdown

  # What an outage would do
  dittofs-adapters plan --cluster cluster.yaml --adapters-status 503";

const CRD_HELP: &str = "\
Example:
  dittofs-adapters crd | kubectl apply --server-side -f -";

const COMPLETIONS_HELP: &str = "\
Example:
  source <(dittofs-adapters completions bash)";

/// `plan`.
#[derive(Debug, Args)]
pub struct PlanArgs {
    /// The DittoServer, where a file has several
    pub name: Option<String>,
    /// Its namespace, where the file does not say
    #[arg(short, long)]
    pub namespace: Option<String>,
    /// What the plan is made from.
    #[command(flatten)]
    pub input: InputArgs,
    /// What the plan looks like.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// What a plan is made from.
#[derive(Debug, Args)]
#[command(next_help_heading = "Input (each FILE may be - for standard input, one of them)")]
pub struct InputArgs {
    /// The DittoServer as it is to be; without it, the one in --cluster
    #[arg(long, value_name = "FILE")]
    pub spec: Option<PathBuf>,
    /// The body of an answer to GET /api/v1/adapters; without it, DittoFS counts as not asked
    #[arg(long, value_name = "FILE")]
    pub adapters: Option<PathBuf>,
    /// The HTTP status of that answer; without --adapters, one with an empty body
    #[arg(long, value_name = "CODE", default_value_t = 200, value_parser = clap::value_parser!(u16).range(100..600))]
    pub adapters_status: u16,
    /// What kubectl get -o yaml prints: a List or many documents; without it, an empty cluster
    #[arg(long, value_name = "FILE")]
    pub cluster: Option<PathBuf>,
}

/// What a plan looks like.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// The form of the plan
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t = Format::Text)]
    pub output: Format,
    /// Tell by the exit code what the plan does
    #[arg(long)]
    pub detailed_exitcode: bool,
    /// Write the plan as JSON to a file too
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Colours; auto is on a terminal, unless NO_COLOR is set
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = When::Auto)]
    pub color: When,
    /// Columns of text; by default those of the terminal, at most 100, or 80
    #[arg(long, value_name = "COLUMNS", value_parser = clap::value_parser!(u16).range(40..))]
    pub width: Option<u16>,
}

/// The form of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For a person.
    Text,
    /// A versioned schema.
    Json,
    /// The same as YAML.
    Yaml,
    /// For a pull request.
    Markdown,
}

/// When there are colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum When {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
