//! The real binary on a real kube-apiserver, controller-manager and DittoFS, with exactly the rights of `deploy/rbac`.
//!
//! Only kubelets and the cloud are played, and what the Go operator would have left is put there by the tests. Without the testbed
//! (`cargo xtask testbed`) all of it is skipped, and says so.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

mod administrator;
mod cluster;
mod definition;
mod guards;
mod judged;
mod life;
mod operator;
mod plan;
mod rights;
mod rollout;
mod site;
mod takeover;
