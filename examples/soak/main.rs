//! A hundred million orders through one engine: does anything add up wrongly, grow, or slow down?
//!
//!     cargo run --release --example soak
//!     cargo run --release --example soak -- --orders 1000000000
//!
//! A desk of 16 accounts buys and sells 32 instruments without end; orders are approved, reduced and refused, sent, filled
//! in parts, cancelled, given back. Beside the engine runs a ledger that knows nothing but what it was told: which
//! orders were passed and what was executed. From time to time the two are compared, number by number.

mod desk;

use std::collections::BTreeMap;
use std::error::Error;
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use risk_examples::look::{count, progress, table};

use crate::desk::Desk;

/// Runs orders without end through one engine, and checks that everything adds up.
#[derive(Parser)]
#[command(name = "soak")]
struct Args {
    /// How many orders are judged
    #[arg(long, default_value_t = 100_000_000, value_parser = clap::value_parser!(u64).range(1..))]
    orders: u64,
    /// What the numbers are drawn from
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Print one JSON object instead of a table
    #[arg(long)]
    json: bool,
}

/// Comparisons in a run.
const CHECKS: u64 = 100;

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("soak: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<(), Box<dyn Error>> {
    let mut desk = Desk::new(args.seed);
    let bar = progress(usize::try_from(args.orders)?, "orders");
    let begin = Instant::now();
    // What a process needs to get going is no growth: memory counts from a tenth of the way.
    let mut memory = Vec::new();
    for check in 1..=CHECKS {
        let until = args.orders * check / CHECKS;
        while desk.tally.orders < until {
            desk.step();
        }
        desk.check().map_err(|wrong| format!("after {} orders: {wrong}", count(desk.tally.orders)))?;
        if check >= CHECKS / 10 {
            memory.extend(resident_bytes());
        }
        bar.set_position(desk.tally.orders);
    }
    bar.finish_and_clear();
    let seconds = begin.elapsed().as_secs_f64();
    let growth = memory.iter().max().zip(memory.first()).map(|(most, first)| most.saturating_sub(*first));
    report(args, &desk, seconds, growth);
    Ok(())
}

/// Memory of this process, where the system tells.
fn resident_bytes() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = text.split_whitespace().nth(1)?.parse().ok()?;
    Some(pages * 4_096)
}

fn report(args: &Args, desk: &Desk, seconds: f64, growth: Option<u64>) {
    let tally = &desk.tally;
    if args.json {
        let reasons: BTreeMap<_, _> = tally.refused.iter().map(|(reason, n)| (reason.code(), *n)).collect();
        let object = serde_json::json!({
            "orders": tally.orders,
            "approved": tally.approved,
            "reduced": tally.reduced,
            "refused": tally.refused.values().sum::<u64>(),
            "by_reason": reasons,
            "executions": tally.executions,
            "records": desk.records(),
            "checks": CHECKS,
            "numbers_compared": tally.compared,
            "seconds": seconds,
            "memory_growth_bytes": growth,
        });
        println!("{object}");
        return;
    }
    let mut rows = table(&["", "count"]);
    rows.add_row(["orders", &count(tally.orders)]);
    rows.add_row(["approved", &count(tally.approved)]);
    rows.add_row(["reduced", &count(tally.reduced)]);
    for (reason, refused) in &tally.refused {
        rows.add_row([&format!("refused: {}", reason.code()), &count(*refused)]);
    }
    rows.add_row(["executions", &count(tally.executions)]);
    rows.add_row(["records", &count(desk.records())]);
    rows.add_row(["numbers compared with the ledger", &count(tally.compared)]);
    println!("{rows}");
    let memory = growth.map_or_else(
        || "memory is not told here".to_owned(),
        |g| format!("memory grew by {} bytes", count(g)),
    );
    println!("{seconds:.1} s, {memory}; every comparison agrees");
}
