//! `decide` at 2, 100 and 10,000 adapters: a steady state, a first exposure, an outage.
//!
//! Machines are noisy, so look at the ratios within one run: time per adapter should stay the same.

#![allow(missing_docs, reason = "what criterion's macros make needs no docs")]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use dittofs_core::testing::Given;
use dittofs_core::{decide, wire};

fn adapters(count: u16) -> Vec<(String, u16)> {
    (0..count).map(|n| (format!("a{n:04}"), 10_000 + n)).collect()
}

fn given(count: u16, settled: bool) -> Given {
    let adapters = adapters(count);
    let adapters: Vec<(&str, u16)> = adapters.iter().map(|(name, port)| (name.as_str(), *port)).collect();
    let given = Given::default().running(&adapters);
    if settled { given.settled(&adapters) } else { given.settled(&[]) }
}

fn decides(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decide");
    for count in [2, 100, 10_000] {
        group.throughput(Throughput::Elements(u64::from(count)));
        let mut outage = given(count, true);
        outage.observed = wire::observe(503, None, b"");
        for (name, given) in
            [("steady", given(count, true)), ("first exposure", given(count, false)), ("outage", outage)]
        {
            let (server, cluster) = (given.server(), given.cluster());
            group.bench_with_input(BenchmarkId::new(name, count), &given, |bencher, given| {
                bencher.iter(|| decide(black_box(&given.observed), black_box(&cluster), black_box(&server)));
            });
        }
    }
    group.finish();
}

fn reads(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("read the view");
    for count in [2, 100, 10_000] {
        group.throughput(Throughput::Elements(u64::from(count)));
        let given = given(count, true);
        group.bench_with_input(BenchmarkId::from_parameter(count), &given, |bencher, given| {
            bencher.iter(|| black_box(given).cluster());
        });
    }
    group.finish();
}

criterion_group!(benches, decides, reads);
criterion_main!(benches);
