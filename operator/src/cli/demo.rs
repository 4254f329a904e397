//! `demo`, in a binary that carries it.

use clap::Args;

use super::When;

/// `demo`.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Do not wait for the reader between steps
    #[arg(long)]
    pub fast: bool,
    /// On a real Kubernetes control plane and a real DittoFS, started for it: in real time, a minute
    #[arg(long)]
    pub real: bool,
    /// Leave both servers up on loopback afterwards, with the operator at work
    #[arg(long)]
    pub serve: bool,
    /// The port of the Kubernetes API then; 0 is any that is free
    #[arg(long, value_name = "PORT", default_value_t = 0, conflicts_with = "real")]
    pub kubernetes_port: u16,
    /// The port of DittoFS then; 0 is any that is free
    #[arg(long, value_name = "PORT", default_value_t = 0, conflicts_with = "real")]
    pub dittofs_port: u16,
    /// Colours; auto is on a terminal, unless NO_COLOR is set
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = When::Auto)]
    pub color: When,
}

/// The end of the help of `demo`.
pub const DEMO_HELP: &str = "\
Needs nothing and touches nothing: a Kubernetes API and a DittoFS server run inside this process. \
With --real, real ones run beside it, which takes the repository and a build of them.

Examples:
  # The tour, to be read
  dittofs-adapters demo

  # Stays up afterwards, for kubectl, curl and plan
  dittofs-adapters demo --fast --serve";
