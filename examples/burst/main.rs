//! The first tenth of a second of a NASDAQ day, message by message, through the guard.
//!
//!     cargo run --release --example burst
//!
//! 54,216 messages about orders of 3,939 symbols in 99.9 ms: one every 1.84 us. Can the guard keep up?

mod counts;
mod desk;
mod fetch;
mod flow;
mod itch;
mod judge;
mod quotes;
mod report;

use std::error::Error;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use risk_examples::latency::Latencies;

use crate::counts::Counts;
use crate::flow::What;
use crate::itch::{Message, Messages};
use crate::judge::{Call, Judge};
use crate::report::Report;

/// Runs the opening of a NASDAQ day through the guard, and measures it.
#[derive(Parser)]
#[command(name = "burst")]
struct Args {
    /// Print one JSON object instead of tables
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("burst: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<(), Box<dyn Error>> {
    let file = fetch::burst()?;
    let messages = Messages::new(&file).collect::<Result<Vec<Message>, _>>()?;
    let (counts, skipped) = counts::count(&messages);
    if counts != Counts::EXPECTED {
        return Err(format!("the file holds {counts:?}, expected {:?}", Counts::EXPECTED).into());
    }

    // Everything that is not the guard's work is done before the clock starts.
    let symbols = desk::symbols(&messages);
    let seeds = quotes::seeds(&messages);
    let flow = flow::flow(&messages, seeds.clone());
    let steps = || flow.iter().flat_map(|message| &message.steps);
    let orders = steps().filter(|step| matches!(step.what, What::New(_))).count();
    let inferred = steps().filter(|step| matches!(step.what, What::New(new) if new.side_inferred)).count();
    let config = desk::config(&symbols, orders);
    let mut judge = Judge::new(&config, &symbols, seeds.len() + flow.len() * Judge::RECORDS_MAX + 1)?;
    judge.open(flow.first().map_or(0, |message| message.at_ns), &seeds)?;
    let ready: Vec<(u64, Vec<Call>)> =
        flow.iter().map(|message| (message.at_ns, judge.calls(message))).collect();

    let mut times = Latencies::with_capacity(ready.len());
    let mut queue = Queue::default();
    let begun = Instant::now();
    for (at_ns, calls) in &ready {
        let asked = Instant::now();
        judge.feed(*at_ns, calls)?;
        let took = asked.elapsed();
        times.note(took);
        queue.note(Duration::from_nanos(*at_ns), took);
    }
    let took = begun.elapsed();

    let (anomalies, records) = judge.noted();
    let (answers, times) = (&judge.answers, &times.sorted());
    let counts = &counts;
    let report =
        Report { counts, skipped, inferred, answers, anomalies, records, times, took, behind: queue.behind };
    if args.json {
        println!("{}", report.json()?);
        return Ok(());
    }
    report.show();
    Ok(())
}

/// Messages that arrive as recorded and wait until those before them are done.
#[derive(Default)]
struct Queue {
    free_at: Duration,
    behind: Duration,
}

impl Queue {
    fn note(&mut self, arrived: Duration, took: Duration) {
        self.free_at = self.free_at.max(arrived) + took;
        self.behind = self.behind.max(self.free_at - arrived);
    }
}
