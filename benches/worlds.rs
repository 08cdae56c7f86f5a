//! What the size of the world costs: more ids than a cache holds, more instruments and accounts. Every gate is on.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use risk_benches::fixture::{BATCH, BUSY_DAY, DESK, Group, HOUSE, Size, World};
use risk_benches::floor::Floor;

/// No orders but those that are judged: everything stays in the cache.
const QUIET: Size = Size { live: 0, ..DESK };

fn worlds(c: &mut Criterion) {
    let mut group = c.benchmark_group("world");
    group.throughput(Throughput::Elements(u64::from(BATCH)));
    for (name, size) in [
        ("no live ids", QUIET),
        ("65,536 live ids", DESK),
        ("1,000,000 ids", BUSY_DAY),
        ("10,000 instruments, 1,000 accounts", HOUSE),
    ] {
        let mut world = World::new(size, Group::All);
        group.bench_function(name, |b| b.iter_custom(|rounds| world.time(rounds)));
    }
    let mut orders = World::new(QUIET, Group::None);
    let mut floor = Floor::new(&orders.orders(1_000_000));
    group.bench_function("floor, 1,000,000 ids", |b| {
        b.iter_custom(|rounds| floor.time(rounds, |count| orders.orders(count)));
    });
    group.finish();
}

criterion_group!(benches, worlds);
criterion_main!(benches);
