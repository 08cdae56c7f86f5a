//! What an answer costs: approved with every gate and with each group of gates, reduced, rejected; by the engine and
//! by the guard around it. The floor stands beside it.

use std::hint::black_box;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use risk_benches::door::Door;
use risk_benches::fixture::{BATCH, Cap, DESK, Group, World};
use risk_benches::floor::Floor;
use risk_benches::timing::calls;
use risk_core::Scope;

/// One row, timed in batches.
fn row<D: Door>(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, mut world: World<D>) {
    group.bench_function(name, |b| b.iter_custom(|rounds| world.time(rounds)));
}

fn approve(c: &mut Criterion) {
    let mut group = c.benchmark_group("approve");
    group.throughput(Throughput::Elements(u64::from(BATCH)));
    let mut orders = World::new(DESK, Group::None);
    let mut floor = Floor::new(&orders.orders(DESK.live));
    group.bench_function("floor", |b| {
        b.iter_custom(|rounds| floor.time(rounds, |count| orders.orders(count)));
    });
    row(&mut group, "all gates", World::new(DESK, Group::All));
    row(&mut group, "all gates, guard", World::guarded(DESK, Group::All));
    for (name, gates) in [
        ("gates of the first issue", Group::FirstIssue),
        ("always-on gates", Group::None),
        ("+ rate", Group::Rate),
        ("+ data and collar", Group::Data),
        ("+ order size", Group::Size),
        ("+ loss", Group::Loss),
        ("+ exposure", Group::Exposure),
    ] {
        row(&mut group, name, World::new(DESK, gates));
    }
    group.finish();
}

fn reduce(c: &mut Criterion) {
    let mut group = c.benchmark_group("reduce");
    group.throughput(Throughput::Elements(u64::from(BATCH)));
    for (name, cap) in [("by quantity", Cap::Quantity), ("by notional", Cap::Notional)] {
        let mut world = World::new(DESK, Group::All);
        world.reduce(cap);
        row(&mut group, name, world);
    }
    group.finish();
}

fn reject(c: &mut Criterion) {
    let mut group = c.benchmark_group("reject");
    group.throughput(Throughput::Elements(u64::from(BATCH)));
    let mut world = World::new(DESK, Group::All);
    let order = world.order();
    let _ = world.door.halt(Scope::Firm, "bench", "bench");
    group.bench_function("firm halt", |b| {
        b.iter_custom(|rounds| calls(rounds, || world.door.evaluate(black_box(&order))));
    });
    // The mean, not the median: what the ring journal's copies of the state come to for each record.
    group.throughput(Throughput::Elements(1));
    group.bench_function("firm halt, with the ring's copies", |b| {
        b.iter(|| world.door.evaluate(black_box(&order)));
    });
    group.throughput(Throughput::Elements(u64::from(BATCH)));
    // Nearly nothing but the guard is left here, so its own cost is seen best.
    let mut world = World::guarded(DESK, Group::All);
    let order = world.order();
    let _ = world.door.halt(Scope::Firm, "bench", "bench");
    group.bench_function("firm halt, guard", |b| {
        b.iter_custom(|rounds| calls(rounds, || world.door.evaluate(black_box(&order))));
    });
    group.finish();
}

criterion_group!(benches, approve, reduce, reject);
criterion_main!(benches);
