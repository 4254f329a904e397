//! What stands below the flags: exit codes and examples.
//!
//! A paragraph is one line, which clap wraps; all that is to be typed fits 80 columns.

/// The end of the help of the program.
pub fn all() -> String {
    let demo = if cfg!(feature = "demo") { DEMO_FIRST } else { "" };
    format!("Examples:{demo}{ALL}")
}

const DEMO_FIRST: &str = "
  # See it at work, without a cluster
  dittofs-adapters demo
";

const ALL: &str = "
  # What would happen to the only DittoServer of the namespace
  dittofs-adapters plan

'dittofs-adapters help COMMAND' explains a command, and has examples.";

/// The end of the help of `plan`.
pub const PLAN: &str = "\
Looks at the cluster of the kubeconfig and asks DittoFS, and writes nothing. Any of --spec, \
--adapters and --cluster makes a plan from files instead: nothing is fetched.

Exit codes:
  0  the plan was made
  1  an error
With --detailed-exitcode:
  0  nothing to do
  2  changes
  3  changes that withdraw something: a Service, a policy or a port goes
  4  nothing to do, but something is held

Examples:
  # What would happen to the DittoServer files in namespace storage
  dittofs-adapters plan files -n storage

  # What the operator would do with this cluster and this list of adapters
  kubectl get dittoserver,service,networkpolicy,statefulset,pod -o yaml \\
    > cluster.yaml
  curl -H \"Authorization: Bearer $TOKEN\" \\
    http://localhost:8080/api/v1/adapters > adapters.json
  dittofs-adapters plan --cluster cluster.yaml --adapters adapters.json

  # What a change of the resource would do, as a comment on a pull request
  dittofs-adapters plan --spec server.yaml --cluster cluster.yaml \\
    --adapters adapters.json -o markdown

  # What an outage would do
  dittofs-adapters plan --cluster cluster.yaml --adapters-status 503";

/// The end of the help of `run`.
pub const RUN: &str = "\
Runs until SIGTERM or Ctrl-C: then no new work is begun, and the write in hand is finished. \
What is logged is chosen by RUST_LOG, such as RUST_LOG=dittofs_adapters=debug.

Examples:
  # In the cluster, for all of its namespaces
  dittofs-adapters run

  # On a laptop: the plans that it would execute, for one namespace
  kubectl -n files port-forward service/files-api 8080 &
  dittofs-adapters run --dry-run --namespace files \\
    --api-url http://127.0.0.1:8080

  # One of several operators that share a large cluster
  dittofs-adapters run --selector shard=a";

/// The end of the help of `crd`.
pub const CRD: &str = "\
Example:
  dittofs-adapters crd | kubectl apply --server-side -f -";

/// The end of the help of `completions`.
pub const COMPLETIONS: &str = "\
Example:
  source <(dittofs-adapters completions bash)";

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use crate::cli::Cli;

    /// What is wrapped by a terminal of 80 columns is no longer what one would type, and a line that was broken by hand is
    /// broken twice.
    #[test]
    fn the_ends_of_the_helps_fit_80_columns() {
        let mut cli = Cli::command();
        cli.build();
        for command in std::iter::once(&cli).chain(cli.get_subcommands()) {
            let Some(help) = command.get_after_long_help().or(command.get_after_help()) else { continue };
            let help = help.to_string();
            let lines: Vec<_> = help.lines().collect();
            let is_prose = |line: &str| !line.is_empty() && !line.starts_with(' ');
            for line in lines.iter().filter(|line| !is_prose(line)) {
                assert!(line.chars().count() <= 80, "{}: {line}", command.get_name());
            }
            for two in lines.windows(2).filter(|two| is_prose(two[0]) && is_prose(two[1])) {
                assert!(two[0].ends_with(['.', ':']), "{}: {} is broken by hand", command.get_name(), two[0]);
            }
        }
    }
}
