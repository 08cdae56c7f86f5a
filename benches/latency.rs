//! How long single calls take, up to the slowest: criterion sees batches, an order sees one call.
//!
//! Reading the clock twice costs about as much as a cheap call, so that is measured too and its median taken off. The
//! slowest calls are those on which the ring journal copies the state, and those in which the machine did something
//! else: the row of the clock alone shows how much of that there is.
//!
//! `cargo bench -p risk-benches --bench latency`; with `-- --json` one JSON object instead of the table.

use std::hint::black_box;
use std::time::{Duration, Instant};

use risk_benches::door::Door;
use risk_benches::fixture::{BATCH, BUSY_DAY, Cap, DESK, Group, HOUSE, World};
use risk_examples::latency::{Latencies, Percentiles};
use risk_examples::look;
use serde_json::{Map, Value, json};

/// Calls of one row: 200 of them are above p99.9.
const CALLS: usize = 200 * 1_024;
/// A place in a thousand, and its name.
const PLACES: [(&str, usize); 4] = [("p50", 500), ("p99", 990), ("p99.9", 999), ("max", 1_000)];

fn main() {
    // The caches, the branch predictor and the clock speed are as a running system has them.
    let _ = judged(World::new(DESK, Group::All), 0);
    let clock = clock();
    let off = clock.per_mille(500);
    let mut reduced = World::new(DESK, Group::All);
    reduced.reduce(Cap::Quantity);
    let rows = [
        ("all gates", judged(World::new(DESK, Group::All), off)),
        ("gates of the first issue", judged(World::new(DESK, Group::FirstIssue), off)),
        ("reduced by quantity", judged(reduced, off)),
        ("all gates, guard", judged(World::guarded(DESK, Group::All), off)),
        ("1,000,000 ids", judged(World::new(BUSY_DAY, Group::All), off)),
        ("10,000 instruments, 1,000 accounts", judged(World::new(HOUSE, Group::All), off)),
        ("the clock alone, not taken off", clock),
    ];
    if std::env::args().any(|arg| arg == "--json") {
        let rows = rows.iter().map(|(name, times)| ((*name).to_owned(), in_json(times)));
        println!("{}", Value::Object(rows.collect::<Map<_, _>>()));
    } else {
        let head: Vec<&str> = ["ns per call"].into_iter().chain(PLACES.map(|(name, _)| name)).collect();
        let mut table = look::table(&head);
        for (name, times) in &rows {
            let times = PLACES.map(|(_, place)| look::count(times.per_mille(place)));
            table.add_row([(*name).to_owned()].into_iter().chain(times));
        }
        println!("{table}");
    }
}

/// Times of single calls, less what the clock takes. Making orders and giving permits back is not in them.
fn judged<D: Door>(mut world: World<D>, off: u32) -> Percentiles {
    let off = Duration::from_nanos(u64::from(off));
    let mut times = Latencies::with_capacity(CALLS);
    let mut permits = Vec::with_capacity(CALLS.min(1_024));
    let mut noted = 0;
    while noted < CALLS {
        for order in world.orders(BATCH) {
            let begin = Instant::now();
            world.judge(&order, &mut permits);
            times.note(begin.elapsed().saturating_sub(off));
            noted += 1;
        }
        world.release(&mut permits);
    }
    times.sorted()
}

/// Times of doing nothing.
fn clock() -> Percentiles {
    let mut times = Latencies::with_capacity(CALLS);
    for _ in 0..CALLS {
        let begin = black_box(Instant::now());
        times.note(begin.elapsed());
    }
    times.sorted()
}

fn in_json(times: &Percentiles) -> Value {
    Value::Object(
        PLACES.iter().map(|(name, place)| ((*name).to_owned(), json!(times.per_mille(*place)))).collect(),
    )
}
