//! Deterministic simulation: the real loop, kube's client and the DittoFS client against the two embedded servers, on a
//! paused clock, with a schedule of changes, faults and crashes out of a seed.
//!
//! `SIMULATION_SEED=17 cargo test -p dittofs-adapters --test simulation` plays one seed and prints everything;
//! `SIMULATION_SEEDS=0..50000` plays these.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, reason = "tests")]

use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

mod act;
mod answers;
mod ending;
mod log;
mod monitor;
mod operator;
mod perform;
mod process;
mod scene;
mod schedule;
mod theatre;
mod watched;
mod wire;

use log::Log;
use schedule::Schedule;
use theatre::Theatre;

/// Seeds that are played when nothing else is said.
const SEEDS: Range<u64> = 0..1000;
/// Failures that are told in full.
const TOLD: usize = 3;

/// What came of a seed.
struct Outcome {
    converged_in: Duration,
    failure: Option<String>,
    log: Log,
}

fn play(seed: u64) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let log = Log::default();
    let played = runtime.unwrap().block_on(async {
        let _guard = log.take_over();
        let schedule = Schedule::new(seed);
        let theatre = Theatre::new(&schedule, log.clone());
        theatre.play(&schedule).await;
        let ended = if schedule.is_deleted { theatre.ends().await } else { theatre.rests(&schedule).await };
        let violations = theatre.monitor.violations();
        if violations.is_empty() { ended } else { Err(violations.join("\n")) }
    });
    match played {
        Ok(converged_in) => Outcome { converged_in, failure: None, log },
        Err(failure) => Outcome { converged_in: Duration::ZERO, failure: Some(failure), log },
    }
}

impl Theatre {
    async fn rests(&self, schedule: &Schedule) -> Result<Duration, String> {
        if !self.monitor.violations().is_empty() {
            return Ok(Duration::ZERO);
        }
        self.heal().await;
        let converged_in = self.converges(schedule).await?;
        self.note(&"at rest");
        if schedule.loses_the_account() {
            // Tokens outlive it: nobody notices before the next one is asked for.
            self.pass(ending::LIFETIME).await;
        }
        self.stays_idle().await?;
        self.restarts_are_those_asked_for()?;
        self.secrets_are_where_they_belong()?;
        Ok(converged_in)
    }

    async fn ends(&self) -> Result<Duration, String> {
        self.goes().await?;
        self.secrets_are_where_they_belong()?;
        Ok(Duration::ZERO)
    }
}

fn tell(seed: u64, outcome: &Outcome) -> String {
    let failure = outcome.failure.as_deref().unwrap_or("nothing is broken");
    format!(
        "{failure}\n\n{}\n{}\nreplay: SIMULATION_SEED={seed} cargo test -p dittofs-adapters --test simulation\n",
        Schedule::new(seed),
        outcome.log.text()
    )
}

fn seeds() -> Range<u64> {
    match std::env::var("SIMULATION_SEEDS") {
        Ok(range) => {
            let (from, to) = range.split_once("..").unwrap();
            from.parse().unwrap()..to.parse().unwrap()
        }
        Err(_) => SEEDS,
    }
}

/// What is found once has to be found again.
#[test]
fn a_seed_plays_the_same_way_each_time() {
    for seed in 0..20 {
        let (one, other) = (play(seed).log.text(), play(seed).log.text());
        assert!(one.lines().count() > 10, "seed {seed} has next to nothing in its log");
        let differs = one.lines().zip(other.lines()).find(|(one, other)| one != other);
        assert_eq!(differs, None, "seed {seed}");
        assert_eq!(one.lines().count(), other.lines().count(), "seed {seed}");
    }
}

#[test]
fn safe_01_auth_04_disc_03_whatever_happens_nothing_is_broken_and_everything_comes_to_rest() {
    if let Ok(seed) = std::env::var("SIMULATION_SEED") {
        let seed = seed.parse().unwrap();
        let outcome = play(seed);
        println!("{}", tell(seed, &outcome));
        assert!(outcome.failure.is_none(), "seed {seed}");
        return;
    }
    let seeds = seeds();
    let (next, failures) = (AtomicU64::new(seeds.start), Mutex::new(Vec::new()));
    let waits = Mutex::new(Vec::new());
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end {
                        break;
                    }
                    let outcome = play(seed);
                    waits.lock().unwrap().push((outcome.converged_in, seed));
                    if outcome.failure.is_some() {
                        failures.lock().unwrap().push((seed, outcome));
                    }
                }
            });
        }
    });
    let mut waits = waits.into_inner().unwrap();
    waits.sort();
    println!("came to rest, median and longest: {:?} {:?}", waits[waits.len() / 2], waits[waits.len() - 1]);
    let mut failures = failures.into_inner().unwrap();
    failures.sort_by_key(|(seed, _)| *seed);
    for (seed, outcome) in failures.iter().take(TOLD) {
        println!("{}", tell(*seed, outcome));
    }
    let failed: Vec<_> = failures
        .iter()
        .map(|(seed, outcome)| {
            let why = outcome.failure.as_deref().unwrap_or_default();
            format!("{seed}: {}", why.lines().next().unwrap_or_default())
        })
        .collect();
    assert!(
        failed.is_empty(),
        "{} of {} seeds failed:\n{}",
        failed.len(),
        seeds.end - seeds.start,
        failed.join("\n")
    );
}
