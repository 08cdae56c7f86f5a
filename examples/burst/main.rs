//! The first tenth of a second of a NASDAQ day, message by message, through the guard.
//!
//!     cargo run --release --example burst
//!
//! 54,216 messages about orders of 3,939 symbols in 99.9 ms: one every 1.84 us. Can the guard keep up?

mod counts;
mod fetch;
#[expect(dead_code, reason = "some fields are for the guard, whose place a stand-in takes")]
mod flow;
mod itch;
mod judge;
mod quotes;

use std::collections::BTreeMap;
use std::error::Error;
use std::process::ExitCode;
use std::time::Instant;

use risk_examples::latency::{Latencies, Percentiles};
use risk_examples::look::{self, count, nanos};

use crate::counts::Counts;
use crate::flow::{Flow, What};
use crate::itch::{Message, Messages, Symbol};
use crate::judge::Judge;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("burst: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let file = fetch::burst()?;
    let messages = Messages::new(&file).collect::<Result<Vec<Message>, _>>()?;
    let (counts, skipped) = counts::count(&messages);
    if counts != Counts::EXPECTED {
        return Err(format!("the file holds {counts:?}, expected {:?}", Counts::EXPECTED).into());
    }
    show(&counts, &skipped);

    let symbols = names(&messages);
    let Flow { seeds, steps } = flow::flow(&messages, quotes::seeds(&messages));
    println!("{} steps, {} symbols start with a quote", count(steps.len()), count(seeds.len()));
    let inferred =
        steps.iter().filter(|step| matches!(step.what, What::New(new) if new.side_inferred)).count();
    let quotes = steps.iter().filter(|step| matches!(step.what, What::Quote(_))).count();
    println!("{} orders with a side inferred from the quote, {} new quotes", count(inferred), count(quotes));

    let mut judge = Judge::new(&symbols, &seeds);
    let mut times = Latencies::with_capacity(steps.len());
    let begun = Instant::now();
    for step in &steps {
        let asked = Instant::now();
        judge.feed(step);
        times.note(asked.elapsed());
    }
    let took = begun.elapsed();
    let per_second = steps.len() as f64 / took.as_secs_f64();
    println!("{} orders approved, {:.1} million steps per second", count(judge.approved), per_second / 1e6);
    compare(&times.sorted(), counts.span_ns / counts.orders());
    Ok(())
}

/// The name of every symbol's number.
fn names(messages: &[Message]) -> BTreeMap<u16, Symbol> {
    let named = messages.iter().filter_map(|message| match message.what {
        itch::What::Directory { name } => Some((message.symbol, name)),
        _ => None,
    });
    named.collect()
}

fn show(counts: &Counts, skipped: &BTreeMap<char, u64>) {
    let milliseconds = counts.span_ns as f64 / 1e6;
    let mut table = look::table(&[&format!("in {milliseconds:.1} ms"), "messages"]);
    let rows = [
        ("adds", counts.adds),
        ("replaces", counts.replaces),
        ("deletes", counts.deletes),
        ("partial cancels", counts.partial_cancels),
        ("executions", counts.executions),
        ("about orders", counts.orders()),
    ];
    for (what, messages) in rows {
        table.add_row([what.to_owned(), count(messages)]);
    }
    println!("{table}");
    let others: Vec<_> =
        skipped.iter().map(|(kind, messages)| format!("{kind} {}", count(*messages))).collect();
    println!("{} symbols; skipped by type: {}", count(counts.symbols), others.join(", "));
}

fn compare(times: &Percentiles, keeping_up_ns: u64) {
    let mut table = look::table(&["per step", "time", "to keep up"]);
    let keeping_up = nanos(u32::try_from(keeping_up_ns).unwrap_or(u32::MAX));
    for (what, rank) in [("p50", 500), ("p99", 990), ("p99.9", 999), ("maximum", 1000)] {
        table.add_row([what.to_owned(), nanos(times.per_mille(rank)), keeping_up.clone()]);
    }
    println!("{table}");
}
