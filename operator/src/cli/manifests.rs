//! `manifests`.

use clap::Args;

/// `manifests`.
#[derive(Debug, Args)]
pub struct ManifestsArgs {
    /// For one namespace, where the operator runs too, without any right outside of it
    #[arg(long)]
    pub namespaced: bool,
    /// Where the operator runs; by default dittofs-system, or default with --namespaced
    #[arg(short, long)]
    pub namespace: Option<String>,
    /// The image of the operator, with its registry
    #[arg(long, value_name = "IMAGE")]
    pub image: Option<String>,
}

/// The end of the help of `manifests`.
pub const MANIFESTS_HELP: &str = "\
Prints the resource definition, the operator's rights, and the operator itself: what \
'kubectl apply -k deploy/' installs from the repository.

Examples:
  # Look at what is going to be installed, then install it
  dittofs-adapters manifests | kubectl diff --server-side -f -
  dittofs-adapters manifests | kubectl apply --server-side -f -

  # For one namespace alone
  dittofs-adapters manifests --namespaced -n files \\
    --image registry.example/dittofs-adapters:0.1.0";
