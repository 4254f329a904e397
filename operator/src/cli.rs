//! Every command, flag and exit code.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use dittofs_interpreters::dittofs::UrlTemplate;

#[cfg(feature = "demo")]
mod demo;
mod help;
mod live;
mod manifests;
mod replay;

#[cfg(feature = "demo")]
pub use demo::DemoArgs;
pub use live::{ApplyArgs, LiveArgs};
pub use manifests::ManifestsArgs;
pub use replay::{ReplayArgs, ReplayFormat};

/// Exposes exactly the adapters that a DittoFS server runs.
#[derive(Debug, Parser)]
#[command(name = "dittofs-adapters", bin_name = bin_name(), version, max_term_width = 100, after_help = help::all())]
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
    #[command(after_long_help = help::PLAN)]
    Plan(PlanArgs),
    /// Do what a plan says
    #[command(after_long_help = live::APPLY_HELP)]
    Apply(ApplyArgs),
    /// Run the operator
    #[command(after_long_help = help::RUN)]
    Run(RunArgs),
    /// See the operator at work, on servers inside this process
    #[cfg(feature = "demo")]
    #[command(after_long_help = demo::DEMO_HELP)]
    Demo(DemoArgs),
    /// Decide again what run --record has recorded, and show what differs
    #[command(after_long_help = replay::REPLAY_HELP)]
    Replay(ReplayArgs),
    /// Print all that is to be installed: the resource definition, rights, and the operator
    #[command(after_long_help = manifests::MANIFESTS_HELP)]
    Manifests(ManifestsArgs),
    /// Print the custom resource definition of DittoServer
    #[command(after_long_help = help::CRD)]
    Crd,
    /// Print a completion script for a shell
    #[command(after_long_help = help::COMPLETIONS)]
    Completions {
        /// Which shell
        shell: Shell,
    },
}

/// `run`.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// Look after the DittoServers of one namespace; without it, of all
    #[arg(short, long)]
    pub namespace: Option<String>,
    /// Look after the DittoServers with these labels: a shard
    #[arg(short = 'l', long, value_name = "LABELS")]
    pub selector: Option<String>,
    /// How many DittoServers are reconciled at once
    #[arg(long, value_name = "COUNT", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub workers: u16,
    /// Where DittoFS is; by default http(s)://{name}-api.{namespace}.svc.<domain>:{port}
    #[arg(long, value_name = "URL", value_parser = UrlTemplate::parse)]
    pub api_url: Option<UrlTemplate>,
    /// The domain of the cluster; by default that of /etc/resolv.conf, else cluster.local
    #[arg(long, value_name = "DOMAIN", env = "CLUSTER_DOMAIN")]
    pub cluster_domain: Option<String>,
    /// Print plans instead of executing them
    #[arg(long)]
    pub dry_run: bool,
    /// Append decisions, with all that they were decided on, to files in this folder, for replay: one a
    /// DittoServer, and an older one; 16 MiB together, at most
    #[arg(long, value_name = "DIR")]
    pub record: Option<PathBuf>,
    /// Answer probes of the container here, such as 0.0.0.0:8081: /livez and /readyz
    #[arg(long, value_name = "ADDRESS")]
    pub health_addr: Option<String>,
    /// What a line of the log looks like
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,
    /// Colours; auto is on a terminal, unless NO_COLOR is set
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = When::Auto)]
    pub color: When,
}

/// What a line of the log looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For a person.
    Text,
    /// One JSON object a line.
    Json,
}

/// `plan`.
#[derive(Debug, Args)]
pub struct PlanArgs {
    /// The DittoServer, where there are several
    pub name: Option<String>,
    /// Its namespace; by default that of the kubeconfig, or of the file
    #[arg(short, long)]
    pub namespace: Option<String>,
    /// What the plan is made from.
    #[command(flatten)]
    pub input: InputArgs,
    /// How the cluster is reached.
    #[command(flatten)]
    pub live: LiveArgs,
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
