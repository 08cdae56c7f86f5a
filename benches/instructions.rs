//! Instruction counts under callgrind: steady on any machine, however busy. Bounds stand in `instructions.toml`.

#![allow(missing_docs, reason = "the macros make items of their own")]

use std::hint::black_box;

use gungraun::{library_benchmark, library_benchmark_group, main};
use risk_benches::fixture::{DESK, Group, Size, World};
use risk_core::{Decision, Order, Scope};

/// One order for each account, each in another instrument: one holder for each that is quoted.
const SMALL: Size = Size { live: 8, ..DESK };

/// A warm world and the order to judge. It is boxed, so that handing it over and back is not what is counted.
fn ready(group: Group) -> (Box<World>, Order) {
    let mut world = World::new(SMALL, group);
    let first = world.order_of(1, 7);
    world.hold(&first);
    let order = world.order_of(0, 0);
    (Box::new(world), order)
}

fn halted() -> (Box<World>, Order) {
    let (mut world, order) = ready(Group::All);
    let _ = world.door.halt(Scope::Firm, "bench", "bench");
    (world, order)
}

fn quoted() -> (Box<World>, Order) {
    ready(Group::All)
}

#[library_benchmark]
#[bench::all_gates(ready(Group::All))]
#[bench::always_on_gates(ready(Group::None))]
#[bench::firm_halt(halted())]
fn evaluate((mut world, order): (Box<World>, Order)) -> (Box<World>, Decision) {
    let decision = black_box(world.door.evaluate(black_box(&order)));
    (world, decision)
}

#[library_benchmark]
#[bench::holders(quoted())]
fn quote((mut world, order): (Box<World>, Order)) -> Box<World> {
    world.quote(black_box(order.instrument), 10_010);
    world
}

library_benchmark_group!(name = engine, benchmarks = [evaluate, quote]);
main!(library_benchmark_groups = engine);
