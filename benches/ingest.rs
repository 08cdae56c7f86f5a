//! A quote that moves the mark: every holder of the instrument is valued anew, and nobody else.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use risk_benches::fixture::{BATCH, Group, Size, World};
use risk_benches::timing::calls;
use risk_core::{Input, Quote};
use rust_decimal::Decimal;

const ACCOUNTS: Size = Size { accounts: 64, instruments: 64, live: 0, ended: 0 };

/// Times by the number of holders. A holder is an account with a position, which its strategy has too.
fn quote(c: &mut Criterion) {
    let mut group = c.benchmark_group("quote, holders");
    group.throughput(Throughput::Elements(u64::from(BATCH)));
    let mut world = World::new(ACCOUNTS, Group::All);
    let instrument = world.instruments[0];
    let now = world.now;
    let around = |mid: i64| Quote::new(instrument, Decimal::new(mid - 1, 2), Decimal::new(mid + 1, 2), now);
    let quotes = [around(10_000), around(10_002)];
    let (mut holders, mut next) = (0, 0);
    for wanted in [0, 1, 2, 4, 8, 16, 32, 64] {
        while holders < wanted {
            let order = world.order_of(holders, 0);
            world.hold(&order);
            holders += 1;
        }
        group.bench_function(BenchmarkId::from_parameter(wanted), |b| {
            b.iter_custom(|rounds| {
                calls(rounds, || {
                    next ^= 1;
                    world.door.ingest(Input::Quote(quotes[next]))
                })
            });
        });
    }
    group.finish();
}

criterion_group!(benches, quote);
criterion_main!(benches);
