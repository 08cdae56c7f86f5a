//! The table of speeds, with the floor beside it.

use criterion::{Criterion, criterion_group, criterion_main};
use risk_benches::fixture::{BATCH, DESK, Group, World};
use risk_benches::floor::Floor;
use risk_core::Scope;

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
        group.bench_function(name, |b| {
            b.iter_custom(|rounds| world.time(rounds));
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

/// Rejecting at a firm halt, and taking a quote in with holders and without.
fn others(c: &mut Criterion) {
    let mut world = World::new(DESK, Group::All);
    let instrument = world.instruments[0];
    let mut mid = 10_000;
    c.bench_function("ingest a quote, every account a holder", |b| {
        b.iter(|| {
            mid = if mid == 10_000 { 10_002 } else { 10_000 };
            world.quote(instrument, mid);
        });
    });
    let order = world.order();
    let _ = world.engine.halt(Scope::Firm, "bench", "bench");
    c.bench_function("reject at a firm halt", |b| b.iter(|| world.engine.evaluate(&order)));
}

criterion_group!(benches, approve, others);
criterion_main!(benches);
