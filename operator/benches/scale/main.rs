//! How the operator fares with many DittoServers: time to converge, memory, requests, punctuality.
//!
//! `cargo bench -p dittofs-adapters --bench scale -- 1 100 1000` measures those sizes; without numbers it is 1, 100 and
//! 1,000. The operator is the real binary in a process of its own, over loopback sockets; the cluster and the DittoFS
//! servers are the embedded ones in this process, so that they take their share of the same cores. `DITTOFS_ADAPTERS` names
//! another binary: that of the image, built without `demo` for a static target.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a benchmark: what fails ends it")]
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "figures for people"
)]

mod scene;

use std::time::{Duration, Instant};

use scene::{Operator, Scene};

/// How often servers are polled: as the resource has it by default.
const INTERVAL: Duration = Duration::from_secs(30);
/// How long is looked at a steady state: three polls, so that two intervals of each server are seen.
const STEADY: Duration = Duration::from_secs(95);
/// Servers that never answer, of a thousand.
const HANGING: usize = 10;

fn main() {
    let sizes: Vec<usize> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let sizes = if sizes.is_empty() { vec![1, 100, 1000] } else { sizes };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    println!(
        "{:>7}  {:>9} {:>15}  {:>11} {:>9}  {:>22}  {:>22}",
        "servers",
        "converge",
        "RSS (anon) MiB",
        "API/poll",
        "GET/poll",
        "late p50 p99 max (ms)",
        "effect p50 p99 max (ms)"
    );
    for size in sizes {
        runtime.block_on(measure(size));
    }
}

async fn measure(size: usize) {
    let hanging = if size >= 1000 { HANGING } else { 0 };
    let scene = Scene::set(size, hanging, INTERVAL).await;
    let start = Instant::now();
    let operator = Operator::start(&scene);
    scene.until_exposed(size - hanging).await;
    let converged = start.elapsed();
    scene.until_quiet(size - hanging).await;

    let before = scene.mark();
    tokio::time::sleep(STEADY).await;
    let steady = scene.since(&before);
    let (rss, anonymous) = operator.rss();

    scene.move_ports();
    let moved = scene.until_moved(size - hanging).await;
    println!(
        "{size:>7}  {:>7.2} s {:>8} ({:>4})  {:>11.3} {:>9.3}  {:>22}  {:>22}",
        converged.as_secs_f64(),
        rss / 1024,
        anonymous / 1024,
        steady.api_requests as f64 / steady.polls as f64,
        steady.dittofs_requests as f64 / steady.polls as f64,
        percentiles(steady.lateness),
        percentiles(moved),
    );
}

fn percentiles(mut durations: Vec<Duration>) -> String {
    durations.sort();
    let at = |share: f64| {
        let index = ((durations.len() as f64 - 1.0) * share).round() as usize;
        durations.get(index).map_or(f64::NAN, |duration| duration.as_secs_f64() * 1000.0)
    };
    format!("{:.1} {:.1} {:.1}", at(0.5), at(0.99), at(1.0))
}
