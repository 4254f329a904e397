//! What the operator promises, as scenarios. Each is written once and played on two grounds: the loop as it is on both embedded
//! servers, in this process and under a stopped clock; and the binary, with the rights of `deploy/rbac`, on the real
//! Kubernetes and DittoFS. After every step at which ports change an evaluator of policies that is not ours says what is open.
//!
//! Played on the embedded servers alone, in `embedded`:
//! - `costs`: every request to either server is counted, over hours;
//! - `sight`, `api`: the API server fails in ways that a real one cannot be made to; node ports run out, for which a real one
//!   has to be another; a deletion loses races that a real one wins; a stored resource does not parse;
//! - `waits`: what the operator waits for takes longer than a test on the real ones may;
//! - `rights`: every verb of the role is taken away once; a pair of namespaces.
//!
//! On the real ones alone, in `real`:
//! - `installed`: what `deploy/` installs is taken, and enough;
//! - `definition`, `guards`, `rights`: what the real API server and its authorizer say, which is the reference; the
//!   comparison of both API servers is `fixtures/kubernetes/tests/suite`;
//! - `plan`, `printed`: the binary and kubectl as people use them; on the embedded ones that is `live_plan.rs` and `demo.rs`.
//!
//! `real::…` are ignored without the testbed (`cargo xtask testbed`), which is said.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "what fails here fails the test")]

#[macro_use]
mod runner;

mod deletion;
mod embedded;
mod exposure;
mod ground;
mod incidents;
mod judged;
mod life;
mod log;
mod modes;
mod people;
mod real;
mod rollout;
mod scene;
mod secrets;
mod sessions;
mod takeover;

use dittofs_testbed::tools_or_skip;
use libtest_mimic::{Arguments, run};

/// Most of the time of a scenario on real servers is waiting.
const AT_ONCE: usize = 12;

fn main() {
    let mut arguments = Arguments::from_args();
    if !arguments.list {
        tools_or_skip("the scenarios on the real Kubernetes and DittoFS");
    }
    arguments.test_threads = arguments.test_threads.or(Some(AT_ONCE));
    // The longest first.
    let trials = [
        secrets::trials(),
        embedded::trials(),
        sessions::trials(),
        life::trials(),
        rollout::trials(),
        incidents::trials(),
        people::trials(),
        exposure::trials(),
        modes::trials(),
        takeover::trials(),
        deletion::trials(),
        real::trials(),
    ];
    run(&arguments, trials.into_iter().flatten().collect()).exit();
}
