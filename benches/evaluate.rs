//! The table of speeds, with the floor beside it.

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use risk_benches::fixture::{DESK, Group, Size, World};
use risk_benches::floor::Floor;
use risk_core::{ManualClock, MemoryJournal, RiskGuard, Scope, Side};

const BATCH: u32 = 1_024;

fn approve(c: &mut Criterion) {
    let mut group = c.benchmark_group("approve");
    group.throughput(criterion::Throughput::Elements(u64::from(BATCH)));
    for (name, gates) in [
        ("all gates", Group::All),
        ("always-on gates", Group::None),
        ("+ rate", Group::Rate),
        ("+ data and collar", Group::Data),
        ("+ order size", Group::Size),
        ("+ loss", Group::Loss),
        ("+ exposure", Group::Exposure),
    ] {
        let mut world = World::new(DESK, gates);
        let mut permits = Vec::with_capacity(BATCH as usize);
        group.bench_function(name, |b| {
            b.iter_custom(|rounds| {
                let mut spent = std::time::Duration::ZERO;
                for _ in 0..rounds {
                    let orders = world.orders(BATCH);
                    let begin = std::time::Instant::now();
                    world.judge(&orders, &mut permits);
                    spent += begin.elapsed();
                    world.release(&mut permits);
                }
                spent
            });
        });
    }
    let mut world = World::new(DESK, Group::None);
    let live = world.orders(DESK.live);
    let mut floor = Floor::new(&live);
    group.bench_function("floor", |b| {
        b.iter_custom(|rounds| {
            let mut spent = std::time::Duration::ZERO;
            for _ in 0..rounds {
                let orders = world.orders(BATCH);
                let begin = std::time::Instant::now();
                for order in &orders {
                    std::hint::black_box(floor.pass(order));
                }
                spent += begin.elapsed();
                orders.iter().for_each(|order| floor.release(order));
            }
            spent
        });
    });
    group.finish();
}

criterion_group!(benches, approve);
criterion_main!(benches);
